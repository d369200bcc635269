#include "mqtt/wire.hpp"

#include "base/text.hpp"

#include <cstring>

namespace cogniot::mqtt {

bool is_text(std::string_view bytes) {
    // Eight bytes at a time while all of them are ASCII and none is zero: nearly every topic.
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data() + at, 8);
        constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
        if ((word & highs) != 0 || ((word - ones) & ~word & highs) != 0)
            break;
    }
    auto const rest = bytes.substr(at);
    return rest.find('\0') == std::string_view::npos && is_utf8(rest);
}

std::uint32_t reader::varint() {
    std::uint32_t value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
        auto const next = u8();
        if (!ok())
            return 0;
        value |= static_cast<std::uint32_t>(next & 127) << shift;
        if (next < 128) {
            if (next == 0 && shift > 0)
                fail(errc::malformed_packet,
                     "a variable byte integer is longer than it must be [MQTT-1.5.5-1]");
            return ok() ? value : 0;
        }
    }
    fail(errc::malformed_packet, "a variable byte integer of more than four bytes");
    return 0;
}

} // namespace cogniot::mqtt
