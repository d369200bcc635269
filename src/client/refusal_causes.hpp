// What a refusal most likely means, in plain words, most likely cause first, and what would tell
// for sure. AWS's SDKs say only "unexpected hangup". Pure text.
//
// @source spec iot-broker 8.2 (causes as reported in AWS's and others' issue trackers)
#pragma once

#include "client/aws_error.hpp"
#include "client/link_values.hpp"

#include <string>
#include <string_view>

namespace cogniot::client {

/// The broker hung up twice on this message.
std::string publish_denied_causes(message const&);
/// The broker hung up right after this QoS 0 message, which is never sent twice.
std::string qos0_hang_up_causes(message const&);
/// The broker hung up twice on a SUBSCRIBE of this filter alone.
std::string subscribe_denied_causes(std::string_view filter);
/// SUBACK 0x80.
std::string suback_refusal_causes(std::string_view filter);
/// The broker closed after CONNECT without CONNACK.
std::string connect_denied_causes(std::string_view client_id);
std::string takeover_causes(std::string_view client_id);
/// CONNACK with a return code other than 0 (MQTT 3.1.1 table 3.1).
std::string connack_refusal_causes(unsigned code, std::string_view client_id);

/// An upgrade that was answered with something else than 101.
/// @param skew  clock_skew::report(), empty if the clock is right
error upgrade_error(aws_error const& answer, std::string const& skew);

} // namespace cogniot::client
