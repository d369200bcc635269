// The primitive data types of MQTT: integers, variable byte integers, strings. Internal to the
// codec and to whoever composes packets by hand for speed (src/broker).
//
// @source MQTT 3.1.1 section 1.5 and 2.2.3; MQTT 5.0 section 1.5.
#pragma once

#include "mqtt/codec.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cogniot::mqtt {

/// The largest value of a variable byte integer: 268,435,455.
inline constexpr std::uint32_t max_varint = 0x0FFF'FFFF;

/// UTF-8 without U+0000 and without surrogates [MQTT-1.5.3-1] [MQTT-1.5.3-2].
bool is_text(std::string_view bytes);

/// Reads fields one after the other. The first failure sticks: everything read after it is zero or
/// empty, so that a packet is read in one go and asked once, at the end.
class reader {
  public:
    reader(std::string_view bytes, version v) : rest_(bytes), version_(v) {}

    std::uint8_t u8() {
        if (rest_.empty())
            return truncated(), std::uint8_t{0};
        auto const value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    std::uint16_t u16() {
        if (rest_.size() < 2)
            return truncated(), std::uint16_t{0};
        auto const value = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
        rest_.remove_prefix(2);
        return value;
    }
    std::uint32_t u32() {
        if (rest_.size() < 4)
            return truncated(), 0u;
        auto const value = byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
        rest_.remove_prefix(4);
        return value;
    }
    std::uint32_t varint();
    /// Length-prefixed bytes.
    std::string_view binary() {
        std::size_t const size = u16();
        if (rest_.size() < size)
            return truncated(), std::string_view{};
        auto const value = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return value;
    }
    /// Length-prefixed UTF-8.
    std::string_view text() {
        auto const value = binary();
        if (!is_text(value))
            fail(errc::malformed_packet,
                 version_ == version::v5
                     ? "a string that is not UTF-8 or holds U+0000 [MQTT-1.5.4-1] [MQTT-1.5.4-2]"
                     : "a string that is not UTF-8 or holds U+0000 [MQTT-1.5.3-1] [MQTT-1.5.3-2]");
        return value;
    }
    /// Takes `size` bytes off as they are.
    std::string_view take(std::size_t size) {
        if (rest_.size() < size)
            return truncated(), std::string_view{};
        auto const value = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return value;
    }
    std::string_view rest() {
        auto const value = rest_;
        rest_ = {};
        return value;
    }
    std::size_t left() const { return rest_.size(); }
    bool is_empty() const { return rest_.empty(); }
    version level() const { return version_; }
    void set_level(version v) { version_ = v; }

    /// The first call counts. `detail` must be a literal.
    void fail(errc which, char const* detail) {
        if (ok()) {
            which_ = which;
            detail_ = detail;
        }
        rest_ = {};
    }
    bool ok() const { return detail_ == nullptr; }
    error failure() const { return cogniot::fail(which_, detail_); }
    errc which() const { return which_; }
    char const* reason() const { return detail_; }

  private:
    unsigned byte(std::size_t at) const { return static_cast<unsigned char>(rest_[at]); }
    void truncated() { fail(errc::malformed_packet, "a field reaches past the end of the packet"); }

    std::string_view rest_;
    version version_;
    errc which_{};
    char const* detail_ = nullptr;
};

inline void put_u8(std::string& out, unsigned value) {
    out.push_back(static_cast<char>(value));
}
inline void put_u16(std::string& out, unsigned value) {
    char const bytes[] = {static_cast<char>(value >> 8), static_cast<char>(value)};
    out.append(bytes, 2);
}
inline void put_u32(std::string& out, std::uint32_t value) {
    put_u16(out, value >> 16);
    put_u16(out, value & 0xFFFF);
}
inline void put_varint(std::string& out, std::size_t value) {
    assert(value <= max_varint && "a variable byte integer has 28 bits");
    while (value >= 128) {
        put_u8(out, static_cast<unsigned>(value & 127) | 128u);
        value >>= 7;
    }
    put_u8(out, static_cast<unsigned>(value));
}
inline void put_binary(std::string& out, std::string_view bytes) {
    assert(bytes.size() <= 65535 && "MQTT strings have a 16 bit length");
    put_u16(out, static_cast<unsigned>(bytes.size()));
    out.append(bytes);
}
/// Bytes that put_varint() takes.
inline std::size_t varint_size(std::size_t value) {
    return value < 128 ? 1 : value < 16'384 ? 2 : value < 2'097'152 ? 3 : 4;
}

} // namespace cogniot::mqtt
