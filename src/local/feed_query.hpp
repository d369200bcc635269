// What a reader of /_cogniot/denials, /events or /decisions asks for: `?since=10m&client-id=C`.
#pragma once

#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "net/http.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::local {

struct feed_query {
    std::optional<utc_time> since{};
    /// Empty = any.
    std::string client_id{};
    std::string identity{};
};

enum class query_errc { not_decodable = 1, unknown_parameter, not_an_instant };
std::string_view describe(query_errc);
error_code make_error_code(query_errc);

/// Reads `since` (an instant or how long ago), `client-id` and `identity`.
/// @errors query_errc, quoting what cannot be used
result<feed_query> parse_feed_query(std::string_view query, utc_time now);

/// `10m` before `now`, in s, m, h, d or w, or an instant of ISO 8601; nothing if it is neither.
std::optional<utc_time> parse_since(std::string_view text, utc_time now);

/// `2026-01-02T03:04:05.678Z`
std::string print_milliseconds(utc_time at);

} // namespace cogniot::local
