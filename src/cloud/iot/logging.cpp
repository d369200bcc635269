#include "cloud/iot/logging.hpp"

#include "cloud/logs/state.hpp"
#include "cloud/stored.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>

namespace cogniot::cloud::iot {

namespace {

constexpr std::array<std::pair<std::string_view, log_level>, 5> level_names{
    {{"DISABLED", log_level::disabled},
     {"ERROR", log_level::error},
     {"WARN", log_level::warn},
     {"INFO", log_level::info},
     {"DEBUG", log_level::debug}}};

/// @source AWS IoT developer guide, "CloudWatch log entries": opt-in and disabled by default
bool is_opt_in(std::string_view type) {
    return type == "Ping" || type == "Connection.AuthNError";
}

bool has(log_level asked, log_level severity) {
    return asked != log_level::disabled && severity <= asked;
}

std::optional<log_level> find_target_level(logging const& of, logged_event const& e) {
    if (of.targets.empty())
        return {};
    std::optional<log_level> found;
    auto const look = [&](std::string_view type, std::string_view name) {
        auto const at = of.targets.find({std::string(type), std::string(name)});
        if (at != of.targets.end())
            found = std::max(found.value_or(at->second), at->second);
    };
    look("CLIENT_ID", e.client_id);
    look("SOURCE_IP", e.source_ip);
    look("PRINCIPAL_ID", e.principal_id);
    return found;
}

} // namespace

std::string_view print(log_level level) {
    return std::ranges::find(level_names, level, &std::pair<std::string_view, log_level>::second)
        ->first;
}

std::optional<log_level> parse_log_level(std::string_view text) {
    auto const* const found =
        std::ranges::find(level_names, text, &std::pair<std::string_view, log_level>::first);
    if (found == level_names.end())
        return {};
    return found->second;
}

std::optional<std::string_view> find_log_group(logging const* of, logged_event const& e,
                                               logging_defaults const& defaults) {
    if (of == nullptr || !of->is_configured) {
        bool const wanted = e.type == "Connection.AuthNError"
                                ? defaults.authn_errors
                                : !is_opt_in(e.type) && has(defaults.level, e.severity);
        return wanted ? std::optional(logs::iot_group) : std::nullopt;
    }
    if (of->all_disabled)
        return {};
    auto const event = of->events.find(e.type);
    bool const is_known = event != of->events.end();
    auto level = is_opt_in(e.type) && !is_known ? log_level::disabled : of->default_level;
    if (is_known && event->second.level)
        level = *event->second.level;
    if (auto const target = find_target_level(*of, e))
        level = *target;
    if (!has(level, e.severity))
        return {};
    if (is_known && !event->second.destination.empty())
        return std::string_view(event->second.destination);
    return logs::iot_group;
}

record print_record(logging const& of) {
    json::array events;
    for (auto const& [type, setting] : of.events)
        events.push_back(
            json::object{{"type", type},
                         {"level", setting.level ? print(*setting.level) : std::string_view()},
                         {"destination", setting.destination}});
    json::array targets;
    for (auto const& [target, level] : of.targets)
        targets.push_back(
            json::object{{"type", target.first}, {"name", target.second}, {"level", print(level)}});
    return {"iot_logging", of.region,
            json::print(json::object{{"region", of.region},
                                     {"role_arn", of.role_arn},
                                     {"default_level", print(of.default_level)},
                                     {"all_disabled", of.all_disabled},
                                     {"events", std::move(events)},
                                     {"targets", std::move(targets)}})};
}

logging restore_logging(stored_object& from) {
    auto const level_of = [&from](std::string const& text) {
        auto const level = parse_log_level(text);
        if (!level)
            from.note(fail(json::errc::field_mistyped, "`" + text + "` is no log level"));
        return level.value_or(log_level::disabled);
    };
    logging made{.region = from.text("region"),
                 .is_configured = true,
                 .role_arn = from.text("role_arn"),
                 .default_level = level_of(from.text("default_level")),
                 .all_disabled = from.flag("all_disabled")};
    for (auto& one : from.objects("events")) {
        event_logging setting{.destination = one.text("destination")};
        if (auto const level = one.text("level"); !level.empty())
            setting.level = level_of(level);
        made.events.emplace(one.text("type"), std::move(setting));
        if (one.fault())
            from.note(*one.fault());
    }
    for (auto& one : from.objects("targets")) {
        made.targets.emplace(std::pair(one.text("type"), one.text("name")),
                             level_of(one.text("level")));
        if (one.fault())
            from.note(*one.fault());
    }
    return made;
}

} // namespace cogniot::cloud::iot
