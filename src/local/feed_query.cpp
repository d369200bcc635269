#include "local/feed_query.hpp"

#include "base/error_category.hpp"
#include "base/text.hpp"

#include <charconv>
#include <chrono>

namespace cogniot::local {
namespace {

/// A hundred years: whoever asks for more means everything, and nothing overflows.
constexpr std::int64_t most_seconds = 3'155'760'000;

std::int64_t seconds_of(char unit) {
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3'600;
    case 'd':
        return 86'400;
    case 'w':
        return 604'800;
    default:
        return 0;
    }
}

} // namespace

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

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    auto const unit = text.empty() ? 0 : seconds_of(text.back());
    std::int64_t number = 0;
    if (unit == 0)
        return {};
    auto const* const end = text.data() + text.size() - 1;
    auto const [stopped, fault] = std::from_chars(text.data(), end, number);
    if (fault != std::errc{} || stopped != end || number < 0)
        return {};
    return std::chrono::seconds(number > most_seconds / unit ? most_seconds : number * unit);
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
