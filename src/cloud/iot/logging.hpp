// AWS IoT's V2 logging: which events reach CloudWatch Logs, and which log group.
//
// `disableAllLogs` beats all; a level of a target (client ID, source IP, principal) beats that of
// an event type, which beats the default. Of several targets that fit, the most verbose counts
// (unconfirmed). Ping and Connection.AuthNError are off unless an event type or target says more.
// @source AWS IoT developer guide, "Configure AWS IoT logging"; spec iot-broker 5.1
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cogniot::cloud {
class stored_object;
}

namespace cogniot::cloud::iot {

/// Each includes those before it.
enum class log_level { disabled, error, warn, info, debug };
std::string_view print(log_level); // `INFO`
std::optional<log_level> parse_log_level(std::string_view text);

/// What counts until SetV2LoggingOptions is called. AWS logs nothing then; the local cloud does.
struct logging_defaults {
    log_level level = log_level::info;
    /// Whether refused handshakes are logged without being asked for; AWS wants to be asked.
    bool authn_errors = true;
};

struct event_logging {
    std::optional<log_level> level{};
    /// A log group of its own; empty = AWSIotLogsV2.
    std::string destination{};
};

/// Of one region.
struct logging {
    std::string region{};
    /// SetV2LoggingOptions was called.
    bool is_configured = false;
    std::string role_arn{};
    log_level default_level = log_level::disabled;
    bool all_disabled = false;
    /// By event type.
    std::map<std::string, event_logging, std::less<>> events{};
    /// By (target type, target name), DEFAULT excepted.
    std::map<std::pair<std::string, std::string>, log_level> targets{};
};

/// What decides about one event.
struct logged_event {
    std::string_view type;
    log_level severity = log_level::info;
    std::string_view client_id{};
    std::string_view source_ip{};
    std::string_view principal_id{};
};

/// The log group that gets the event; nothing if it is not logged. Does not allocate unless there
/// are target levels.
/// @param of  null for a region whose logging was never configured
std::optional<std::string_view> find_log_group(logging const* of, logged_event const&,
                                               logging_defaults const&);

/// Kept as kind `iot_logging`, key REGION.
record print_record(logging const&);
logging restore_logging(stored_object&);

} // namespace cogniot::cloud::iot
