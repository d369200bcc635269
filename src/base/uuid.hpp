// How UUIDs are written.
#pragma once

#include <array>
#include <string>

namespace cogniot {

/// 8-4-4-4-12 hexadecimal digits in lower case, RFC 9562.
std::string print_uuid(std::array<unsigned char, 16> const&);

} // namespace cogniot
