// Actions by themselves, and what only all statements of a document together tell: a Subscribe
// without Receive, a Deny that a wider filter walks around.
#include "base/edit_distance.hpp"
#include "base/text.hpp"
#include "policy/arn.hpp"
#include "policy/check_inside.hpp"
#include "policy/words.hpp"

#include <algorithm>
#include <array>

namespace cogniot::policy {
namespace {

constexpr std::array<std::string_view, 5> mqtt_actions{
    "iot:Connect", "iot:Publish", "iot:Subscribe", "iot:Receive", "iot:RetainPublish"};

void check_spelling(written_text const& action, check_report& report) {
    auto const lower = to_lower(action.text());
    if (!lower.starts_with("iot:") || lower.find_first_of("*?") != std::string::npos ||
        resource_type_of_action(lower))
        return;
    for (auto const known : mqtt_actions)
        if (edit_distance(lower, to_lower(known)) <= 2)
            report.add("action-misspelt", action,
                       quoted(action.text()) + " is not `" + std::string(known) + "`");
}

/// The first action of an Allow that names this one; nullptr if none does.
written_text const* find_allowed(written_document const& in, std::string_view action) {
    for (auto const& s : in.statements)
        if (s.allows && !s.actions.empty() && s.names_action(action)) {
            auto const lower = to_lower(action);
            auto const named = std::find_if(s.actions.begin(), s.actions.end(), [&](auto const& a) {
                return covers(to_lower(a.text()), lower);
            });
            return named == s.actions.end() ? &s.actions.front() : &*named;
        }
    return nullptr;
}

/// `arn:…:topic/a/x` for `arn:…:topicfilter/a/#`; nothing for other resources and shared filters.
std::optional<std::string> topic_of_filter(std::string_view resource) {
    constexpr std::string_view type = "topicfilter/";
    auto arn = split_arn(resource);
    if (!arn || !(*arn)[arn_resource].starts_with(type))
        return {};
    auto topic = "topic/" + std::string((*arn)[arn_resource].substr(type.size()));
    if (topic.starts_with("topic/$share/"))
        return {};
    std::replace(topic.begin(), topic.end(), '+', 'x');
    std::replace(topic.begin(), topic.end(), '#', 'x');
    (*arn)[arn_resource] = topic;
    return join_arn(*arn);
}

void check_receive(written_document const& in, check_report& report) {
    auto const* const subscribe = find_allowed(in, "iot:Subscribe");
    if (subscribe == nullptr)
        return;
    if (find_allowed(in, "iot:Receive") == nullptr) {
        report.add("receive-forgotten", *subscribe, subscribe->text() + " without iot:Receive");
        return;
    }
    auto const is_received = [&](std::string const& topic) {
        return std::any_of(in.statements.begin(), in.statements.end(), [&](auto const& s) {
            return s.allows && s.names_action("iot:Receive") &&
                   (s.resource_negated ||
                    std::any_of(s.resources.begin(), s.resources.end(),
                                [&](auto const& r) { return covers(r.text(), topic); }));
        });
    };
    for (auto const& s : in.statements)
        if (s.allows && !s.resource_negated && s.names_action("iot:Subscribe"))
            for (auto const& r : s.resources)
                if (auto const topic = topic_of_filter(r.text()); topic && !is_received(*topic))
                    report.add("receive-elsewhere", r,
                               "no iot:Receive for the topics of " + quoted(r.text()));
}

void check_denied_filters(written_document const& in, check_report& report) {
    auto const denies_receive =
        std::any_of(in.statements.begin(), in.statements.end(),
                    [](auto const& s) { return !s.allows && s.names_action("iot:Receive"); });
    if (denies_receive)
        return;
    for (auto const& s : in.statements)
        if (!s.allows && !s.resource_negated && s.names_action("iot:Subscribe"))
            for (auto const& r : s.resources)
                if (topic_of_filter(r.text()))
                    report.add("deny-filter-only", r,
                               "Deny of iot:Subscribe on " + quoted(r.text()));
}

} // namespace

void check_actions(written_document const& in, check_report& report) {
    bool const for_cognito =
        report.how.what == kind::iot && report.how.principal == principal_kind::cognito;
    for (auto const& s : in.statements)
        for (auto const& action : s.actions) {
            check_spelling(action, report);
            bool const is_data_plane = resource_type_of_action(action.text()).has_value();
            if (for_cognito && is_data_plane && !is_governed_by_iot_policy(action.text()))
                report.add("governed-by-role", action, action.text() + " in an IoT policy");
        }
    check_receive(in, report);
    check_denied_filters(in, report);
    auto const* used = find_allowed(in, "iot:Publish");
    if (used == nullptr)
        used = find_allowed(in, "iot:Subscribe");
    if (used != nullptr && find_allowed(in, "iot:Connect") == nullptr)
        report.add("connect-forgotten", *used, used->text() + " without iot:Connect");
    auto const* const publish = find_allowed(in, "iot:Publish");
    if (publish != nullptr && !for_cognito && find_allowed(in, "iot:RetainPublish") == nullptr)
        report.add("retain-forgotten", *publish, publish->text() + " without iot:RetainPublish");
}

} // namespace cogniot::policy
