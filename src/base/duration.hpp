// How long ago or how far ahead, as people write it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace cogniot {

/// `30s`, `10m`, `2h`, `1d`, `1w`, a thousand years if it is more; nothing if it is none.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

} // namespace cogniot
