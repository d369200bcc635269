// SetV2LoggingOptions, GetV2LoggingOptions and the levels of single targets.
#include "cloud/iot/entity.hpp"
#include "cloud/iot/operations.hpp"
#include "cloud/logs/entity.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <array>
#include <utility>

namespace cogniot::cloud::iot {

namespace {

constexpr std::string_view levels[]{"DEBUG", "INFO", "ERROR", "WARN", "DISABLED"};
constexpr std::string_view target_types[]{"DEFAULT", "THING_GROUP", "CLIENT_ID", "SOURCE_IP",
                                          "PRINCIPAL_ID"};
/// The event types that this local cloud logs, as GetV2LoggingOptions lists them when asked to be
/// verbose. @source AWS IoT developer guide, "CloudWatch log entries"
constexpr std::string_view event_types[]{
    "Connect",    "Connection.AuthNError", "DeleteThingShadow",
    "Disconnect", "GetThingShadow",        "Ping",
    "Publish-In", "Publish-Out",           "Queued",
    "Subscribe",  "Unsubscribe",           "UpdateThingShadow"};
/// Ours, to keep a record's size within reason.
constexpr std::size_t max_targets = 1'000;

pattern const group_pattern{R"(^[.\-_/#A-Za-z0-9]+$)", &logs::is_group_name};

text_rule const level_rule{.values = levels};
text_rule const target_type_rule{.values = target_types};
text_rule const target_name_rule{.max = 2048};

api_error not_configured() {
    return {.code = "NotConfiguredException",
            .status = 404,
            .message = "The resource is not configured. Call SetV2LoggingOptions first."};
}

logging& logging_of(call& c) {
    auto& found = c.world.iot.at(c.region).logging;
    found.region = c.region;
    return found;
}

std::map<std::string, event_logging, std::less<>> read_events(input_reader& in,
                                                              json::array const& list) {
    std::map<std::string, event_logging, std::less<>> events;
    for (std::size_t i = 0; i < list.size(); ++i) {
        auto const path = "eventConfigurations." + std::to_string(i + 1);
        auto const* const one = list[i].if_object();
        if (one == nullptr) {
            in.note(path, {}, "be an object");
            continue;
        }
        auto inside = in.inside(path, *one);
        auto const type = inside.text("eventType", {.min = 1, .max = 512});
        event_logging setting;
        if (auto const level = inside.find_text("logLevel", level_rule))
            setting.level = parse_log_level(*level);
        if (auto const group =
                inside.find_text("logDestination", {.min = 1, .max = 512, .form = &group_pattern}))
            setting.destination = *group;
        events.insert_or_assign(std::string(type), std::move(setting));
    }
    return events;
}

json::object print_event(std::string_view type, event_logging const& setting) {
    json::object out{{"eventType", type}};
    if (setting.level)
        out["logLevel"] = print(*setting.level);
    if (!setting.destination.empty())
        out["logDestination"] = setting.destination;
    return out;
}

} // namespace

outcome<json::object> set_v2_logging_options(call& c, json::object const& input) {
    input_reader in(input);
    auto const role = in.find_text("roleArn", {.max = 2048});
    auto const level = in.find_text("defaultLogLevel", level_rule);
    auto const disabled = in.find_flag("disableAllLogs");
    auto const* const events = in.find_array("eventConfigurations");
    std::optional<std::map<std::string, event_logging, std::less<>>> changed;
    if (events != nullptr)
        changed = read_events(in, *events);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto& known = logging_of(c);
    if (!known.is_configured && (!role || !level))
        return invalid_request(
            "roleArn and defaultLogLevel are needed when logging is configured for the first time");
    known.is_configured = true;
    if (role)
        known.role_arn = *role;
    if (level)
        known.default_level = parse_log_level(*level).value_or(log_level::disabled);
    if (disabled)
        known.all_disabled = *disabled;
    if (changed)
        known.events = std::move(*changed);
    c.persist.push_back(print_record(known));
    return json::object{};
}

outcome<json::object> get_v2_logging_options(call& c, json::object const& input) {
    input_reader in(input);
    bool const verbose = in.find_flag("verbose").value_or(false);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const& known = logging_of(c);
    if (!known.is_configured)
        return not_configured();
    json::object answer{{"roleArn", known.role_arn},
                        {"defaultLogLevel", print(known.default_level)},
                        {"disableAllLogs", known.all_disabled}};
    auto shown = known.events;
    if (verbose)
        for (auto const type : event_types)
            shown.try_emplace(std::string(type));
    if (!shown.empty()) {
        json::array list;
        for (auto const& [type, setting] : shown)
            list.push_back(print_event(type, setting));
        answer["eventConfigurations"] = std::move(list);
    }
    return answer;
}

outcome<json::object> set_v2_logging_level(call& c, json::object const& input) {
    input_reader in(input);
    auto const* const target = in.object("logTarget");
    auto const level_text = in.text("logLevel", level_rule);
    std::string_view type, name;
    if (target != nullptr) {
        auto inside = in.inside("logTarget", *target);
        type = inside.text("targetType", target_type_rule);
        name = inside.find_text("targetName", target_name_rule).value_or("");
    }
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto& known = logging_of(c);
    if (!known.is_configured)
        return not_configured();
    if ((type == "DEFAULT") != name.empty())
        return invalid_request(name.empty() ? "targetName is needed for this targetType"
                                            : "targetName must be absent for targetType DEFAULT");
    auto const level = parse_log_level(level_text).value_or(log_level::disabled);
    if (type == "DEFAULT") {
        known.default_level = level;
    } else {
        std::pair key{std::string(type), std::string(name)};
        if (known.targets.size() >= max_targets && !known.targets.contains(key))
            return api_error{.code = "LimitExceededException",
                             .status = 410,
                             .message = "There are 1000 log targets already"};
        known.targets.insert_or_assign(std::move(key), level);
    }
    c.persist.push_back(print_record(known));
    return json::object{};
}

outcome<json::object> list_v2_logging_levels(call& c, json::object const& input) {
    input_reader in(input);
    auto const wanted = read_token_page(in);
    auto const type = in.find_text("targetType", target_type_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const& known = logging_of(c);
    if (!known.is_configured)
        return not_configured();
    // In the order of the answer, each under a key that a token can name.
    std::map<std::string, json::object> entries;
    if (!type || *type == "DEFAULT")
        entries.emplace("DEFAULT", json::object{{"logTarget", {{"targetType", "DEFAULT"}}},
                                                {"logLevel", print(known.default_level)}});
    for (auto const& [target, level] : known.targets)
        if (!type || *type == target.first)
            entries.emplace(
                target.first + "/" + target.second,
                json::object{
                    {"logTarget", {{"targetType", target.first}, {"targetName", target.second}}},
                    {"logLevel", print(level)}});
    std::vector<std::string_view> keys;
    for (auto const& [key, entry] : entries)
        keys.push_back(key);
    json::object answer;
    json::array list;
    for (auto const key : cut_page(keys, wanted, answer, "nextToken"))
        list.push_back(entries.at(std::string(key)));
    answer["logTargetConfigurations"] = std::move(list);
    return answer;
}

outcome<json::object> delete_v2_logging_level(call& c, json::object const& input) {
    input_reader in(input);
    auto const type = in.text("targetType", target_type_rule);
    auto const name = in.text("targetName", target_name_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto& known = logging_of(c);
    // What is not there counts as deleted (unconfirmed; no error of AWS's model fits).
    if (known.targets.erase({std::string(type), std::string(name)}) > 0)
        c.persist.push_back(print_record(known));
    return json::object{};
}

} // namespace cogniot::cloud::iot
