#include "local/clock_page.hpp"

#include "base/duration.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "local/feed_query.hpp"
#include "local/page.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace cogniot::local {
namespace {

/// Beyond this, instants would leave what dates can be written as.
constexpr std::chrono::seconds most = std::chrono::hours(24 * 36'525);

/// `61m`, `+61m`, `-90s`
std::optional<std::chrono::seconds> parse_signed(std::string_view text) {
    bool const is_back = text.starts_with('-');
    if (is_back || text.starts_with('+'))
        text.remove_prefix(1);
    auto const by = parse_duration(text);
    return by && is_back ? std::optional(-*by) : by;
}

/// The offset that a query asks for; nothing if it asks for none that can be.
std::optional<std::chrono::seconds> read_offset(clock const& time, std::string_view query) {
    auto const equals = query.find('=');
    auto const name = query.substr(0, equals);
    if (equals == std::string_view::npos)
        return {};
    auto const value = percent_decode(query.substr(equals + 1)).value_or("");
    if (name == "advance")
        if (auto const by = parse_signed(value))
            return time.offset() + *by;
    if (name == "offset")
        if (auto const seconds = parse_number<std::int64_t>(value))
            return std::chrono::seconds(*seconds);
    if (name == "to")
        if (auto const at = parse_extended(value))
            return time.offset() + std::chrono::ceil<std::chrono::seconds>(*at - time.now());
    return {};
}

} // namespace

std::optional<net::http_response> answer_clock(clock& time, net::http_request const& request) {
    if (request.path() != "/_cogniot/clock")
        return {};
    auto const refuse = [&](int status, std::string_view why) {
        return refuse_page(status, why, time.now());
    };
    if (request.method == "POST") {
        if (request.headers.find("origin"))
            return refuse(403, "the clock is not for web pages");
        auto const offset = read_offset(time, request.query());
        if (!offset || *offset > most || *offset < -most)
            return refuse(400, "say where to: ?advance=61m (s, m, h, d, w; -61m goes back), "
                               "?to=2026-01-02T03:04:05Z, or ?offset=SECONDS from the machine's "
                               "clock, 0 to go back to it; up to a hundred years");
        time.set_offset(*offset);
    } else if (request.method != "GET" && request.method != "HEAD") {
        return refuse(405, "GET tells the time, POST ?advance=61m moves it");
    }
    return answer_json(
        {{"now", print_milliseconds(time.now())}, {"offset_seconds", time.offset().count()}},
        time.now());
}

} // namespace cogniot::local
