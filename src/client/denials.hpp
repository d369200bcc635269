// What a refusal means, in the words that fit the broker: AWS IoT's policies, or whatever another
// broker has instead. Pure text.
#pragma once

#include "client/link_values.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cogniot::client {

/// The broker closed after CONNECT. @param how_it_ended  what was seen of it, may be empty
error connect_denied(link_settings const&, error const& how_it_ended);
/// The broker hung up twice on this message.
error publish_denied(link_settings const&, message const&);
/// The broker hung up after this QoS 0 message, which is not sent twice.
error qos0_hung_up(link_settings const&, message const&);
/// The broker hung up twice on a SUBSCRIBE of this filter alone.
error subscribe_denied(link_settings const&, std::string_view filter);
/// SUBACK 0x80. @param granted  subscriptions that this connection holds already
error filter_refused(link_settings const&, std::string_view filter, std::size_t granted);
/// The message was sent, nothing came back in time, and the connection stayed.
std::string unacknowledged(link_settings const&, message const&);
/// Why the broker ends a connection of this age over nothing; empty if age says nothing.
std::string old_age(link_settings const&, duration age);
/// Connection after connection died young over nothing.
error taken_over(link_settings const&);
/// The topic was denied `denials_allowed` times in a row.
error topic_given_up(link_settings const&, std::string_view topic);

} // namespace cogniot::client
