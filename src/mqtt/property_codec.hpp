// MQTT 5 properties on the wire: which packet may carry which, and each one's type.
//
// @source MQTT 5.0 section 2.2.2 and table 2-4.
#pragma once

#include "mqtt/packet.hpp"
#include "mqtt/wire.hpp"

#include <cstdint>
#include <string>

namespace cogniot::mqtt {

/// Where a set of properties stands. The numbers are the packet types; a will has its own set.
enum class property_place : std::uint8_t {
    will = 0,
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    pubrec = 5,
    pubrel = 6,
    pubcomp = 7,
    subscribe = 8,
    suback = 9,
    unsubscribe = 10,
    unsuback = 11,
    disconnect = 14,
    auth = 15,
};

/// Reads the property length and the properties. Failures stick to the reader.
void decode_properties(reader& in, property_place where, properties& out);

/// Whether properties that did not come in a packet could have: text is UTF-8 without U+0000, a
/// response topic has no wildcard. @errors string_too_long, and what decode_properties() finds
result<void> check_properties(properties const&, property_place where);

/// Appends the property length and the properties that are set.
void encode_properties(properties const&, std::string& out);
/// Bytes that encode_properties() appends.
std::size_t encoded_properties_size(properties const&);
/// The properties without their length in front.
void encode_property_list(properties const&, std::string& out);

} // namespace cogniot::mqtt
