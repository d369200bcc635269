// One packet's body to a value. Internal: decoder (codec.hpp) finds the packets in a stream first.
#pragma once

#include "mqtt/codec.hpp"
#include "mqtt/wire.hpp"

#include <cstdint>

namespace cogniot::mqtt {

/// Why a first byte cannot stand there, or nothing: packet type 0, a packet that the other end
/// never sends, reserved flags. Known before a byte of the body is.
char const* refuse_first_byte(std::uint8_t first, version, decoder::role);

/// Reads the body of a packet whose first byte passed refuse_first_byte(). Failures stick to `in`.
/// A CONNECT sets the reader's level.
void decode_body(std::uint8_t first, reader& in, decoder::role, packet& out);

} // namespace cogniot::mqtt
