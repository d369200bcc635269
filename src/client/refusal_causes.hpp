// What a refusal most likely means, in plain words, most likely cause first, and the command that
// tells for sure. AWS's SDKs say only "unexpected hangup". Pure text.
//
// @source spec iot-broker 8.2 (causes as reported in AWS's and others' issue trackers). What this
// client never does has no text here: a session token signed into the URL, MQTT 5, a will of QoS 2,
// more than eight filters in a SUBSCRIBE.
#pragma once

#include "client/aws_error.hpp"
#include "client/link_values.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace cogniot::client {

/// Who tells of a refusal, and what is known beside it.
struct told_by {
    /// The connection's: policies may hang on it, so the commands ask with it.
    std::string_view client_id{};
    /// It saw the hang-up once, and names no command: it is the one that tells.
    bool is_doctor = false;
    /// An IoT policy was seen on the identity: that there is none is no cause.
    bool has_iot_policy = false;
    /// The policies were seen to allow it: they are the last to be thought of.
    bool policies_allow = false;
};

/// The broker hung up on this message.
std::string publish_denied_causes(message const&, told_by const&);
/// The broker hung up right after this QoS 0 message, which is never sent twice.
std::string qos0_hang_up_causes(message const&, told_by const&);
/// The message was sent, nothing came back, and the connection stayed.
std::string unacknowledged_causes(message const&);
/// The broker hung up on a SUBSCRIBE.
std::string subscribe_denied_causes(std::string_view filter, told_by const&);
/// SUBACK 0x80.
/// @param granted  subscriptions that this connection holds already
std::string suback_refusal_causes(std::string_view filter, told_by const&, std::size_t granted = 0);
/// The broker closed after CONNECT without CONNACK.
std::string connect_denied_causes(told_by const&);
std::string takeover_causes(std::string_view client_id);
/// Why the broker ends a connection of this age over nothing; empty if age says nothing.
/// @param age  since CONNACK
std::string old_age_hint(std::chrono::seconds age);
/// CONNACK with a return code other than 0 (MQTT 3.1.1 table 3.1).
std::string connack_refusal_causes(unsigned code, std::string_view client_id);

/// An upgrade that was answered with something else than 101.
/// @param skew  clock_skew::report(), empty if the clock is right
error upgrade_error(aws_error const& answer, std::string const& skew);

} // namespace cogniot::client
