// What a user may set otherwise than AWS has it: limits, rates, and what nobody could confirm. One
// table: the file of `--settings`, `cogniot local settings` and docs/settings.md come from it.
// @source AWS General Reference, "AWS IoT Core endpoints and quotas"; spec iot-broker 7 and 9
#pragma once

#include "base/result.hpp"
#include "broker/profile.hpp"
#include "local/upgrade_rules.hpp"
#include "shadow/document.hpp"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::local {

/// How AWS IoT's data plane and shadow service hold their callers; rates are 0 where any number
/// may.
struct service_limits {
    /// Shadow requests of one thing within a second.
    std::uint32_t shadow_requests_per_second = 0;
    /// Requests of one connection for one thing's shadows that came together.
    std::uint32_t shadow_requests_in_flight = 0;
    /// GetConnection, DeleteConnection, ListSubscriptions: each, for one client ID and in all.
    std::uint32_t connection_calls_per_client_id = 0;
    std::uint32_t connection_calls_per_second = 0;
    /// Bytes of one connection within a second, both directions together.
    std::uint32_t connection_bytes_per_second = 0;
    shadow::limits shadow{};
    /// How long a WebSocket lives.
    std::chrono::seconds websocket_life{86'400};
};

struct settings {
    /// AWS's profile, as far as nothing is set otherwise.
    broker::profile broker = broker::aws_profile();
    upgrade_rules upgrade{};
    service_limits services{};
};

/// One setting, for people.
struct setting {
    std::string_view name;
    enum class group { limits, rates, unconfirmed } of = group::limits;
    /// `0 to 100`, `true or false`, `close, connack_5, connack_7`
    std::string values{};
    /// What holds unless it is set.
    std::string fallback{};
    /// AWS's own value, where that is another one: a rate.
    std::string aws{};
    std::string_view meaning{};
};
std::vector<setting> all_settings();
/// The table as Markdown: docs/settings.md.
std::string print_settings_page();
/// One object a setting.
std::string print_settings_json();

enum class settings_errc { unknown_setting = 1, not_a_value };
std::string_view describe(settings_errc);
error_code make_error_code(settings_errc);

/// What an object says, e.g. `{"publishes_per_second": 100, "opaque_403": true}`. `enforce_rates`
/// sets all rates to AWS's; those that are named beside it count.
/// @errors settings_errc with the name and what is known or possible
result<settings> parse_settings(boost::json::object const&);
/// The same from a YAML or JSON file. @errors with path, line and column in front; template_errc;
/// the system's
result<settings> read_settings(std::filesystem::path const&);

} // namespace cogniot::local
