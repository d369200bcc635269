// WebSocket frames (RFC 6455 section 5) as this project uses them: binary messages only, no
// extensions, and messages understood as one stream of bytes (MQTT 3.1.1 section 6). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cogniot::net {

enum class websocket_role { client, server };

enum class websocket_opcode : unsigned char {
    continuation = 0x0,
    text = 0x1,
    binary = 0x2,
    close = 0x8,
    ping = 0x9,
    pong = 0xA,
};

/// Status codes of a Close frame (RFC 6455 section 7.4.1).
enum class websocket_close : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    unsupported_data = 1003,
    no_status = 1005, // never on the wire
    bad_payload = 1007,
    too_big = 1009,
};

/// One whole frame. A client masks its frames with `mask`; a server passes none.
std::string encode_websocket_frame(websocket_opcode, std::string_view payload,
                                   std::array<unsigned char, 4> const* mask = nullptr);

/// What stands before the payload of an unmasked frame: 2 to 10 bytes.
std::string_view encode_websocket_header(websocket_opcode, std::size_t payload_bytes,
                                         std::array<char, 10>& into);

/// A Close frame's payload: the code, big-endian; empty for no_status.
std::string websocket_close_payload(websocket_close);

/// Takes frames apart as their bytes arrive. Holds no payload except that of a control frame.
class websocket_decoder {
  public:
    websocket_decoder(websocket_role ours, std::size_t max_message_bytes)
        : max_message_bytes_(max_message_bytes), ours_(ours) {}

    /// Decodes in place: the payload bytes of binary messages move to the front of `bytes`.
    /// @return how many they are. After a Close or a violation the rest is ignored.
    std::size_t decode(std::span<char> bytes);

    /// What the peer did that ends the connection.
    enum class ending { none, closed, violation };
    ending how_it_ends() const { return ending_; }
    /// The code to send in our Close: the peer's own, or what it violated.
    websocket_close close_code() const { return close_code_; }
    /// What was violated, in words.
    std::string_view violation() const { return violation_; }

    /// The payload of the newest ping that has not been taken yet (RFC 6455 section 5.5.3 lets us
    /// answer only that one).
    bool has_ping() const { return has_ping_; }
    std::string take_ping();

  private:
    std::size_t header_size() const;
    void read_header();
    bool check_start();
    void end_frame();
    void end_by_close();
    void violate(websocket_close, char const* what);

    std::size_t max_message_bytes_;
    std::uint64_t message_bytes_ = 0;
    std::uint64_t left_ = 0; // payload bytes of this frame still to come
    char const* violation_ = "";
    std::string control_; // payload of a control frame
    std::string ping_;
    std::array<unsigned char, 14> header_{};
    std::array<unsigned char, 4> mask_{};
    websocket_close close_code_ = websocket_close::no_status;
    unsigned char header_have_ = 0;
    unsigned char mask_at_ = 0;
    websocket_role ours_;
    ending ending_ = ending::none;
    bool in_payload_ = false;
    bool in_message_ = false;
    bool has_ping_ = false;
};

} // namespace cogniot::net
