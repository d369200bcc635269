// Log lines of what the broker and the shadow service do, field for field as AWSIotLogsV2 has them.
//
// @source AWS IoT developer guide, "CloudWatch log entries"; spec iot-broker 5.3
#pragma once

#include "broker/broker.hpp"
#include "local/event_log.hpp"
#include "local/shadow_service.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cogniot::local {

/// Whom the lines of one session are about. Made once and shared by lines that are made in great
/// numbers and seldom read.
struct log_subject {
    broker::peer from;
    std::string client_id;
    std::string region;
    std::string identity_id;
};

/// @param subject  of the last message's event of the same connection: kept by the caller from
///                 event to event, made (anew) when there is need
void write_broker_event(event_log&, broker::log_event const&,
                        std::shared_ptr<log_subject const>& subject, utc_time now);

/// @param topic    that the request was published on
/// @param region   of the client that asked; empty = the local cloud's own
/// @param request  broker::log_event::request of the publish: both have one traceId
void write_shadow_event(event_log&, shadow_outcome const&, std::string_view topic,
                        std::string_view region, std::uint64_t request, utc_time now);

} // namespace cogniot::local
