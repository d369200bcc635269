#include "policy/dead_resource.hpp"

#include "base/text.hpp"
#include "policy/arn.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

/// Calls `plain` for text and `inside` for what stands between `${` and `}`.
template <typename Plain, typename Inside>
void scan(std::string_view text, Plain plain, Inside inside) {
    while (!text.empty()) {
        auto const begin = text.find("${");
        auto const end = begin == std::string_view::npos ? begin : text.find('}', begin);
        plain(text.substr(0, end == std::string_view::npos ? end : begin));
        if (end == std::string_view::npos)
            return;
        inside(text.substr(begin + 2, end - begin - 2));
        text.remove_prefix(end + 1);
    }
}

/// The kinds of resources that the actions ask for; nothing if one may ask for any.
std::optional<std::vector<std::string_view>> types_of(std::span<std::string const> actions) {
    std::vector<std::string_view> types;
    for (auto const& action : actions) {
        auto const type = resource_type_of_action(action);
        if (!type)
            return {};
        types.push_back(*type);
    }
    return types;
}

} // namespace

std::vector<std::string> variables_of(std::string_view text) {
    std::vector<std::string> names;
    scan(
        text, [](std::string_view) {},
        [&](std::string_view inside) {
            bool const is_escape = inside == "*" || inside == "?" || inside == "$";
            if (!is_escape && inside.find(',') == std::string_view::npos)
                names.emplace_back(trim(inside));
        });
    return names;
}

std::string without_variables(std::string_view text) {
    std::string out;
    scan(
        text, [&](std::string_view plain) { out += plain; }, [](std::string_view) {});
    return out;
}

std::optional<dead> find_dead(std::string_view resource, std::span<std::string const> actions,
                              vocabulary words) {
    auto const parts = split_arn(resource);
    auto const types = types_of(actions);
    if (!parts || !types || types->empty())
        return {};
    auto const rest = (*parts)[arn_resource];
    auto const type = rest.substr(0, rest.find('/'));
    bool const is_plain = type.find_first_of("*?") == std::string_view::npos;
    if (is_plain && std::find(types->begin(), types->end(), type) == types->end())
        return dead::wrong_type;
    if (type == "topic" && without_variables(rest).find_first_of("+#") != std::string::npos)
        return dead::mqtt_wildcard;
    if (words == vocabulary::iam)
        for (auto const& name : variables_of(rest))
            if (to_lower(name).starts_with("iot:"))
                return dead::variable_never_set;
    return {};
}

} // namespace cogniot::policy
