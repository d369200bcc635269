// A Unicode character as bytes: what escapes in JSON and XML stand for.
#pragma once

#include <cstdint>
#include <string>

namespace cogniot {

/// U+0000 to U+10FFFF without the halves of surrogate pairs: what UTF-8 can hold (RFC 3629).
constexpr bool is_character(std::uint32_t code) {
    return code < 0xD800 || (code > 0xDFFF && code <= 0x10FFFF);
}

/// Appends a character as UTF-8. REQUIRES: is_character(code).
void append_utf8(std::string& to, std::uint32_t code);

} // namespace cogniot
