#include "base/text.hpp"

#include "base/ascii.hpp"
#include "base/secret.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cogniot {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string encode_with(std::string_view bytes, std::string_view alphabet, bool pad) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (unsigned char byte : bytes) {
        bits = bits << 8 | byte;
        for (count += 8; count >= 6; count -= 6)
            out += alphabet[bits >> (count - 6) & 63];
    }
    if (count > 0)
        out += alphabet[bits << (6 - count) & 63];
    while (pad && out.size() % 4 != 0)
        out += '=';
    return out;
}

std::optional<std::string> decode_with(std::string_view text, std::string_view alphabet) {
    if (text.size() % 4 == 1)
        return {};
    std::array<signed char, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (unsigned char c : text) {
        if (values[c] < 0)
            return {};
        bits = bits << 6 | static_cast<std::uint32_t>(values[c]);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> count & 255);
        }
    }
    // Leftover bits must be zero, or two texts would decode to the same bytes.
    if ((bits & ((1U << count) - 1)) != 0)
        return {};
    return out;
}

bool is_unreserved(char c) {
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// How many bytes the first character has; 0 if it is none of UTF-8 (RFC 3629).
/// @param bytes  not empty
std::size_t first_character(std::string_view bytes) {
    auto const lead = static_cast<unsigned char>(bytes.front());
    if (lead < 0x80)
        return 1;
    std::size_t length = 0;
    std::uint32_t code = 0;
    std::uint32_t least = 0;
    if ((lead & 0xE0) == 0xC0) {
        length = 2, code = lead & 0x1FU, least = 0x80;
    } else if ((lead & 0xF0) == 0xE0) {
        length = 3, code = lead & 0x0FU, least = 0x800;
    } else if ((lead & 0xF8) == 0xF0) {
        length = 4, code = lead & 0x07U, least = 0x10000;
    }
    if (length == 0 || length > bytes.size())
        return 0;
    for (char const each : bytes.substr(1, length - 1)) {
        auto const byte = static_cast<unsigned char>(each);
        if ((byte & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (byte & 0x3FU);
    }
    bool const is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < least || code > 0x10FFFF || is_surrogate ? 0 : length;
}

/// U+0000 to U+001F, U+007F, and U+0080 to U+009F, which terminals may obey as well.
bool is_control(std::string_view character) {
    auto const lead = static_cast<unsigned char>(character.front());
    return lead < 0x20 || lead == 0x7F ||
           (lead == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0);
}

} // namespace

std::string encode_hex(std::string_view bytes) {
    std::string out(bytes.size() * 2, '\0');
    std::size_t at = 0;
    for (unsigned char byte : bytes) {
        out[at++] = hex_digits[byte >> 4];
        out[at++] = hex_digits[byte & 15];
    }
    return out;
}

std::optional<std::string> decode_hex(std::string_view text) {
    if (text.size() % 2 != 0)
        return {};
    std::string out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        int const high = hex_value(text[i]);
        int const low = hex_value(text[i + 1]);
        if (high < 0 || low < 0)
            return {};
        out += static_cast<char>(high << 4 | low);
    }
    return out;
}

std::string encode_base64(std::string_view bytes) {
    return encode_with(bytes, base64_alphabet, true);
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0)
        return {};
    if (text.ends_with("=="))
        text.remove_suffix(2);
    else if (text.ends_with('='))
        text.remove_suffix(1);
    return decode_with(text, base64_alphabet);
}

std::string encode_base64url(std::string_view bytes) {
    return encode_with(bytes, base64url_alphabet, false);
}

std::optional<std::string> decode_base64url(std::string_view text) {
    return decode_with(text, base64url_alphabet);
}

std::string percent_encode(std::string_view bytes, slash how) {
    constexpr std::string_view upper = "0123456789ABCDEF";
    std::string out;
    out.reserve(bytes.size());
    for (;;) {
        // What needs no escape is taken at once.
        auto const* const at = std::ranges::find_if(
            bytes, [how](char c) { return !is_unreserved(c) && (c != '/' || how != slash::keep); });
        auto const plain = static_cast<std::size_t>(at - bytes.begin());
        out.append(bytes.substr(0, plain));
        if (plain == bytes.size())
            return out;
        auto const byte = static_cast<unsigned char>(*at);
        out += '%';
        out += upper[byte >> 4];
        out += upper[byte & 15];
        bytes.remove_prefix(plain + 1);
    }
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (;;) {
        // What stands between two escapes is taken at once.
        auto const at = text.find('%');
        out.append(text.substr(0, at));
        if (at == std::string_view::npos)
            return out;
        if (at + 2 >= text.size())
            return {};
        int const high = hex_value(text[at + 1]);
        int const low = hex_value(text[at + 2]);
        if (high < 0 || low < 0)
            return {};
        out += static_cast<char>(high << 4 | low);
        text.remove_prefix(at + 3);
    }
}

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const length = first_character(bytes);
        if (length == 0)
            return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::string to_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        c = to_lower(c);
    return out;
}

std::string to_upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        c = to_upper(c);
    return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return x == y || to_lower(x) == to_lower(y); });
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    auto const first = text.find_first_not_of(blank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    parts.reserve(8); // most texts have no more
    for (;;) {
        auto const end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::string printable(std::string_view foreign, std::size_t limit) {
    std::string out;
    auto rest = foreign;
    while (!rest.empty()) {
        auto const length = first_character(rest);
        auto const taken = rest.substr(0, std::max(length, std::size_t{1}));
        if (foreign.size() - rest.size() + taken.size() > limit)
            return out + "...";
        if (length > 0 && !is_control(taken)) {
            out += taken;
        } else {
            for (unsigned char const byte : taken) {
                out += "\\x";
                out += hex_digits[byte >> 4];
                out += hex_digits[byte & 15];
            }
        }
        rest.remove_prefix(taken.size());
    }
    return out;
}

std::string masked(std::string_view value) {
    if (value.size() < 12)
        return value.empty() ? "" : "***";
    return std::string(value.substr(0, 4)) + "***(" + std::to_string(value.size()) + " characters)";
}

} // namespace cogniot
