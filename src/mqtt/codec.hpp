// Bytes to packets and packets to bytes, for clients, brokers, tests and fuzzers alike. Pure.
//
// @source MQTT 3.1.1 (OASIS, 2014) section 2 and 3; MQTT 5.0 (OASIS, 2019) section 2 and 3.
#pragma once

#include "base/result.hpp"
#include "mqtt/packet.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::mqtt {

enum class errc {
    malformed_packet = 1, // MQTT 5 reason 0x81
    protocol_error,       // 0x82
    packet_too_large,     // 0x95
    unsupported_version,  // 0x84 (3.x: CONNACK 1)
    not_utf8,
    string_too_long,
    topic_empty,
    topic_has_wildcard,
    topic_too_long,
    topic_too_deep,
    filter_malformed,
};
std::string_view describe(errc);
error_code make_error_code(errc);

/// Splits a byte stream into packets. One decoder per direction of a connection.
///
///     in.append(received);
///     while (auto next = in.next(); next && *next) use(**next);
///
/// Views in a packet stay valid until the next call of append() or next().
class decoder {
  public:
    /// Which end's packets to expect: a broker reads what clients send, and the other way round.
    enum class role { reads_from_client, reads_from_server };
    explicit decoder(role, std::size_t max_packet_bytes = 268'435'460);

    /// Adds received bytes. Memory used is bounded by max_packet_bytes plus one read.
    void append(std::string_view received);
    /// The next whole packet; nothing when more bytes are needed; an error ends the connection
    /// (detail cites the clause). After an error the decoder answers only errors.
    result<std::optional<packet>> next();
    /// The same into a packet of the caller's, which is cheaper when many follow each other: false
    /// when more bytes are needed. On an error `into` holds whatever was read so far.
    result<bool> next(packet& into);
    /// Gives memory back that a large read took, if no bytes are pending. Call it when the
    /// connection has nothing to read; views in earlier packets end here.
    void release();
    /// Learned from CONNECT by itself; a client tells its own decoder before CONNACK arrives.
    void set_version(version v) { version_ = v; }
    version level() const { return version_; }
    void set_max_packet_bytes(std::size_t bytes) { max_packet_bytes_ = bytes; }
    /// Bytes held that do not make a packet yet.
    std::size_t pending() const { return buffer_.size() - at_; }

  private:
    role role_;
    version version_ = version::v311;
    std::size_t max_packet_bytes_;
    std::string buffer_;
    std::size_t at_ = 0;
    bool broken_ = false;
};

/// Appends the packet's bytes to `out`. The packet must be well-formed (assert): use check_…
/// functions of topic.hpp on foreign input first. Properties are written for v5 only.
void encode(packet const&, version, std::string& out);
void encode(publish const&, version, std::string& out);
void encode(ack const&, version, std::string& out);
std::string encode(packet const&, version);

} // namespace cogniot::mqtt
