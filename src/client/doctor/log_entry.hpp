// One entry of AWSIotLogsV2 as the doctor reads it. Fields that the entry lacks are empty. Pure.
//
// @source AWS IoT developer guide, "CloudWatch log entries"; spec iot-broker 5
#pragma once

#include "base/utc_time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::client::doctor {

struct log_entry {
    /// The epoch if the entry has none.
    utc_time at{};
    std::string timestamp{};
    std::string event_type{};
    bool success = false;
    std::string trace_id{};
    std::string client_id{};
    std::string principal_id{};
    std::string source_ip{};
    /// Subscribe: all filters, joined by `,`.
    std::string topic{};
    bool retain = false;
    std::string reason{};
    std::string details{};
    std::string disconnect_reason{};
    /// Connection.AuthNError: the host that the client named in TLS.
    std::string server_name{};
    /// What a local cloud adds in words; AWS does not.
    std::string explanation{};
    /// MQTT 5 Subscribe: each filter and its reason code.
    std::vector<std::pair<std::string, unsigned>> subscriptions{};

    bool is(std::string_view type) const { return event_type == type; }
    bool is_denial() const { return reason == "AUTHORIZATION_FAILURE"; }
    /// AWS's word for it is not confirmed: THROTTLED or THROTTLE.
    bool is_throttled() const { return reason.starts_with("THROTTL"); }
    bool is_takeover() const {
        return reason == "DUPLICATE_CLIENT_ID" || disconnect_reason == "DUPLICATE_CLIENTID";
    }
};

/// Nothing if it is no JSON object.
std::optional<log_entry> read_log_entry(std::string_view message);
/// Why it failed, as the entry says it: the explanation, else reason and details.
std::string words_of(log_entry const&);
/// The entry in a line, as it stands: `2026-01-02 03:04:05.678, Publish-In, Failure, …`
std::string print(log_entry const&);

} // namespace cogniot::client::doctor
