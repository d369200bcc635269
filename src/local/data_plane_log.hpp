// Log lines of AWS IoT's data plane over HTTPS, field for field as AWSIotLogsV2 has them.
//
// @source AWS IoT developer guide, "CloudWatch log entries"; spec iot-broker 5.3
#pragma once

#include "cloud/service.hpp"
#include "local/event_log.hpp"

#include <boost/json/fwd.hpp>

#include <string_view>

namespace cogniot::local {

/// Why a call of the data plane failed.
struct data_plane_failure {
    /// `AUTHORIZATION_FAILURE`, …
    std::string_view reason;
    std::string_view details;
    /// A policy's refusal, as cloud::explain() gives it; empty for every other.
    std::string_view because{};
    /// It went through all the same (--soft).
    bool soft = false;
};

/// One line for a call other than Publish, whose line is the broker's. AWS has none for
/// ListNamedShadowsForThing: its refusals are told as any other call's, its successes not at all.
/// @param output  what was answered; null if it failed
void write_data_plane_event(event_log&, cloud::operation const&, cloud::call const&,
                            boost::json::object const& input, boost::json::object const* output,
                            data_plane_failure const& = {});

} // namespace cogniot::local
