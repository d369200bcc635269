#include "local/feed_query.hpp"

#include "base/duration.hpp"
#include "base/error_category.hpp"
#include "base/text.hpp"

#include <chrono>

namespace cogniot::local {

std::string_view describe(query_errc e) {
    switch (e) {
    case query_errc::not_decodable:
        return "the query is not well percent-encoded";
    case query_errc::unknown_parameter:
        return "no such parameter; there are since, client-id and identity";
    case query_errc::not_an_instant:
        return "since takes how long ago (30s, 10m, 2h, 1d, 1w) or an instant "
               "(2026-01-02T03:04:05Z)";
    }
    return "unknown query error";
}

error_code make_error_code(query_errc e) {
    return enum_code("query", e);
}

std::optional<utc_time> parse_since(std::string_view text, utc_time now) {
    if (auto const ago = parse_duration(text))
        return now - *ago;
    return parse_extended(text);
}

result<feed_query> parse_feed_query(std::string_view query, utc_time now) {
    feed_query asked;
    if (query.empty())
        return asked;
    for (auto const pair : split(query, '&')) {
        if (pair.empty())
            continue;
        auto const equals = pair.find('=');
        auto const name = pair.substr(0, equals);
        auto const value = percent_decode(
            equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
        if (!value)
            return fail(query_errc::not_decodable, "`" + printable(pair) + "`");
        if (name == "since") {
            asked.since = parse_since(*value, now);
            if (!asked.since)
                return fail(query_errc::not_an_instant, "`" + printable(*value) + "`");
        } else if (name == "client-id") {
            asked.client_id = *value;
        } else if (name == "identity") {
            asked.identity = *value;
        } else {
            return fail(query_errc::unknown_parameter, "`" + printable(name) + "`");
        }
    }
    return asked;
}

std::string print_milliseconds(utc_time at) {
    auto text = print_log(at); // `2026-01-02 03:04:05.678`
    text[10] = 'T';
    return text + "Z";
}

} // namespace cogniot::local
