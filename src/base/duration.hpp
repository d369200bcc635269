// How long ago or how far ahead, as people write it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot {

/// `30s`, `10m`, `2h`, `1d`, `1w`, a thousand years if it is more; nothing if it is none.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
/// `24 hours`, `1 minute`, `90 seconds`: in the largest of these that makes it a whole number.
std::string print_duration(std::chrono::seconds);

} // namespace cogniot
