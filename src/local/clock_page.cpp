#include "local/clock_page.hpp"

#include "base/text.hpp"
#include "local/feed_query.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <string_view>
#include <utility>

namespace cogniot::local {
namespace {

/// Beyond this, instants would leave what dates can be written as.
constexpr std::chrono::seconds most = std::chrono::hours(24 * 36'525);

net::http_response answer(int status, boost::json::object const& body, utc_time now) {
    net::http_response made;
    made.status = status;
    made.headers.add("Content-Type", "application/json");
    made.headers.add("Cache-Control", "no-store");
    made.headers.add("Date", print_http(now));
    made.body = boost::json::serialize(body);
    return made;
}

std::optional<std::chrono::seconds> read_advance(std::string_view query) {
    for (auto const pair : split(query, '&')) {
        if (!pair.starts_with("advance="))
            continue;
        auto text = percent_decode(pair.substr(8)).value_or("");
        if (text.starts_with('+'))
            text.erase(0, 1);
        return parse_duration(text);
    }
    return {};
}

} // namespace

std::optional<net::http_response> answer_clock(clock& time, net::http_request const& request) {
    if (request.path() != "/_cogniot/clock")
        return {};
    auto const refuse = [&](int status, std::string_view why) {
        return answer(status, {{"error", why}}, time.now());
    };
    if (request.method == "POST") {
        if (request.headers.find("origin"))
            return refuse(403, "the clock is not for web pages");
        auto const by = read_advance(request.query());
        if (!by || time.offset() + *by > most)
            return refuse(400, "say how far: ?advance=90s, 61m, 24h or 7d; only onwards, and up to "
                               "a hundred years in all");
        time.advance(*by);
    } else if (request.method != "GET" && request.method != "HEAD") {
        return refuse(405, "GET tells the time, POST ?advance=61m moves it on");
    }
    return answer(
        200, {{"now", print_milliseconds(time.now())}, {"offset_seconds", time.offset().count()}},
        time.now());
}

} // namespace cogniot::local
