#include "base/random_source.hpp"

#include "base/uuid.hpp"

#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>

namespace cogniot {

std::uint64_t random_below(random_source& from, std::uint64_t bound) {
    assert(bound > 0 && "an empty range has no random number");
    // Values past the last whole multiple of `bound` are drawn again, or low results were likelier.
    std::uint64_t const excess = (UINT64_MAX % bound + 1) % bound;
    for (;;) {
        std::array<unsigned char, 8> bytes{};
        from.fill(bytes);
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data(), bytes.size());
        if (value <= UINT64_MAX - excess)
            return value % bound;
    }
}

std::string random_uuid(random_source& from) {
    std::array<unsigned char, 16> bytes{};
    from.fill(bytes);
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
    return print_uuid(bytes);
}

std::string random_text(random_source& from, std::string_view alphabet, std::size_t length) {
    std::string out;
    out.reserve(length);
    for (std::size_t i = 0; i < length; ++i)
        out += alphabet[random_below(from, alphabet.size())];
    return out;
}

} // namespace cogniot
