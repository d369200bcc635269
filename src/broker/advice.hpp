// What a refusal means that no policy made, and what to do about it: the `explanation` of log
// lines, for people. AWS's own `reason` and `details` stand beside it. What explains a limit of
// AWS's is empty on the standard's profile.
// @source AWS IoT developer guide, "MQTT"; AWS General Reference, "AWS IoT Core message broker and
// protocol limits and quotas"; spec iot-broker 8.2
#pragma once

#include "base/result.hpp"
#include "broker/broker.hpp"
#include "broker/profile.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cogniot::broker::advice {

/// Another connection came with the same client ID.
std::string taken_over(std::string_view client_id, peer const& by);
/// The client ID is too long, begins with `$` or was assigned to an earlier connection.
std::string client_id(std::string_view client_id, profile const&);
/// Empty, and the session is to persist.
std::string no_client_id();
std::string connected_too_soon(std::string_view client_id, profile const&);
std::string will_of_qos_2();
std::string will_topic(std::string_view topic, bool retain, profile const&);

std::string qos_2();
std::string payload(std::size_t bytes, profile const&);
std::string packet(std::string_view found, profile const&);
/// MQTT 5: AUTH and what leads to it.
std::string enhanced_authentication(profile const&);
/// MQTT 5: the client takes packets of so few bytes only.
std::string small_packets(std::size_t client_takes, profile const&);
std::string property(large_property const&);
/// A topic or filter that is none, too long or too deep.
/// @param why  what mqtt::check_topic() or check_filter() says of it
std::string unusable_topic(error const& why);
/// A `$` topic that clients may not publish to, or not with RETAIN.
std::string reserved_topic(std::string_view topic, bool retain);
std::string published_too_fast(profile const&);
std::string received_too_fast(profile const&);
/// A limit of the whole account, by its name among the settings.
std::string account_rate(std::string_view setting);

/// A `$` filter that clients may not subscribe to.
std::string reserved_filter(std::string_view filter);
std::string filters(std::size_t count, profile const&);
std::string subscriptions(profile const&);
/// What AWS IoT's wildcards do not do; empty if no filter has a reason to be surprised.
std::string wildcards(std::span<mqtt::subscription const>, profile const&);

inline constexpr std::string_view open_for_a_day = "open for 24 hours";
/// @param how_long  `open for 24 hours`, or what a setting has instead
std::string websocket_expired(std::string_view how_long = open_for_a_day);
/// A connection that was there when the process before this one ended.
std::string killed();

/// In an explanation of which only the outcome is told: whoever knows more says more.
inline constexpr std::string_view not_explained = "this one is not explained at length";

} // namespace cogniot::broker::advice
