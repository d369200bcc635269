// How long a text is for Cognito's rules: in characters, not bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace cogniot::identity {

/// Code points of a UTF-8 text; bytes that continue one do not count.
inline std::size_t count_characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

} // namespace cogniot::identity
