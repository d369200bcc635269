#include "policy/arn.hpp"

#include "base/ascii.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

struct iot_action {
    std::string_view name;
    std::string_view resource_type;
    bool governed_by_iot_policy;
};

constexpr std::array<iot_action, 10> iot_actions{{{"iot:Connect", "client", true},
                                                  {"iot:Publish", "topic", true},
                                                  {"iot:Subscribe", "topicfilter", true},
                                                  {"iot:Receive", "topic", true},
                                                  {"iot:RetainPublish", "topic", false},
                                                  {"iot:SendDirectMessage", "client", false},
                                                  {"iot:GetRetainedMessage", "topic", false},
                                                  {"iot:GetThingShadow", "thing", true},
                                                  {"iot:UpdateThingShadow", "thing", true},
                                                  {"iot:DeleteThingShadow", "thing", true}}};

iot_action const* find_action(std::string_view name) {
    auto const found =
        std::find_if(iot_actions.begin(), iot_actions.end(),
                     [&](iot_action const& each) { return equals_ignoring_case(each.name, name); });
    return found == iot_actions.end() ? nullptr : &*found;
}

} // namespace

std::optional<arn_parts> split_arn(std::string_view text) {
    arn_parts parts;
    for (std::size_t i = 0; i < arn_resource; ++i) {
        // Colons within `${…}` belong to a variable's name; those come only later.
        auto const colon = text.find(':');
        if (colon == std::string_view::npos)
            return {};
        parts[i] = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    parts[arn_resource] = text;
    return parts;
}

std::string join_arn(arn_parts const& parts) {
    std::string out(parts[0]);
    for (std::size_t i = 1; i < parts.size(); ++i)
        out.append(":").append(parts[i]);
    return out;
}

std::string_view account_of(std::string_view arn) {
    auto const parts = split_arn(arn);
    return parts ? (*parts)[arn_account] : std::string_view{};
}

bool is_aws_managed_policy(std::string_view arn) {
    auto const parts = split_arn(arn);
    return parts && (*parts)[2] == "iam" && (*parts)[arn_account] == "aws" &&
           (*parts)[arn_resource].starts_with("policy/");
}

bool is_account(std::string_view text) {
    return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_region(std::string_view text) {
    auto const parts = split(text, '-');
    if (parts.size() < 3 || parts[0].size() != 2 || parts.back().empty())
        return false;
    auto const is_small = [](char c) { return c >= 'a' && c <= 'z'; };
    return std::ranges::all_of(parts.back(), is_digit) &&
           std::all_of(parts.begin(), parts.end() - 1, [&](std::string_view part) {
               return !part.empty() && std::ranges::all_of(part, is_small);
           });
}

std::string_view resource_type(std::string_view resource) {
    return resource.substr(0, resource.find_first_of("/:"));
}

bool has_levels(std::string_view type) {
    return type == "topic" || type == "topicfilter";
}

std::optional<std::string_view> resource_type_of_action(std::string_view action) {
    auto const* const known = find_action(action);
    return known != nullptr ? std::optional(known->resource_type) : std::nullopt;
}

bool is_governed_by_iot_policy(std::string_view action) {
    auto const* const known = find_action(action);
    return known != nullptr && known->governed_by_iot_policy;
}

} // namespace cogniot::policy
