// A record that stands for many: forget every key of a kind that begins alike. A session with a
// million messages is forgotten by three of them.
#pragma once

#include "base/record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cogniot {

inline constexpr std::string_view forget_below_kind = "forget_below";

/// Forgets all keys of `kind` that begin with `prefix`. Its place in a batch counts: what comes
/// later stays.
inline record forget_below(std::string_view kind, std::string_view prefix) {
    std::string key(kind);
    key += '\0';
    key += prefix;
    return {.kind = std::string(forget_below_kind), .key = std::move(key), .value = {}};
}

/// Kind and prefix, if it is such a record.
inline std::optional<std::pair<std::string_view, std::string_view>>
read_forget_below(record const& r) {
    if (r.kind != forget_below_kind)
        return {};
    auto const key = std::string_view(r.key);
    auto const end = key.find('\0');
    return std::pair{key.substr(0, end), key.substr(end + 1)};
}

/// The first key behind all that begin with `prefix`, which is not empty and does not end in 0xFF.
inline std::string end_of_prefix(std::string_view prefix) {
    std::string end(prefix);
    ++end.back();
    return end;
}

} // namespace cogniot
