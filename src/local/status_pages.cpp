#include "local/status_pages.hpp"

#include "base/text.hpp"
#include "local/console_page.hpp"
#include "local/dispatch.hpp"
#include "local/feed_query.hpp"
#include "local/page.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace cogniot::local {
namespace {

using boost::json::array;
using boost::json::object;

/// The rings hold finished JSON: lines are joined, not parsed again.
net::http_response answer_ring(std::string_view name, cloud::logs::ring const& ring,
                               feed_query const& asked, utc_time now) {
    std::string body = "{\"" + std::string(name) + "\":[";
    for (auto const& one : ring.all()) {
        if (!fits(*one, asked))
            continue;
        if (body.back() != '[')
            body += ',';
        body += one->line();
    }
    bool const complete = ring.last_dropped() == 0 || (asked.since && !ring.all().empty() &&
                                                       ring.all().front()->at() < *asked.since);
    body += complete ? R"(],"complete":true})" : R"(],"complete":false})";
    return answer_page("application/json", std::move(body), now);
}

bool wants_stream(net::http_request const& request) {
    return to_lower(request.headers.find("accept").value_or("")).find("text/event-stream") !=
           std::string::npos;
}

/// One of the feeds: decisions, denials, events.
net::http_answer answer_feed(status_source const& from, net::http_request const& request,
                             std::string_view which, utc_time now) {
    auto asked = parse_feed_query(request.query(), now);
    if (!asked)
        return refuse_page(400, asked.error().message(), now);
    if (which == "decisions")
        return answer_json(from.log.decisions().print(*asked), now);
    bool const is_denials = which == "denials";
    auto const& ring = is_denials ? from.log.denials() : from.log.events();
    if (wants_stream(request) && request.method == "GET")
        return from.stream.open(ring, is_denials ? "denial" : "event", std::move(*asked),
                                request.headers.find("last-event-id").value_or(""));
    return answer_ring(which, ring, *asked, now);
}

object health() {
    object services;
    for (auto const* s : cloud::all_services())
        // What a service cannot do yet is answered with 501 and a name; these can do their job.
        services[s->name] = s->operations.empty() ? "disabled" : "available";
    return {
        {"services", std::move(services)}, {"edition", "cogniot"}, {"version", COGNIOT_VERSION}};
}

object info(status_source const& from, utc_time now) {
    auto const& ready = from.ready;
    return {{"version", COGNIOT_VERSION},
            {"endpoint", ready.endpoint},
            {"http_endpoint", ready.http_endpoint},
            {"mqtts", ready.mqtts},
            {"insecure_mqtt", ready.insecure_mqtt ? boost::json::value(*ready.insecure_mqtt)
                                                  : boost::json::value(nullptr)},
            {"ca_file", ready.ca_file},
            {"region", ready.region},
            {"account", ready.account},
            {"soft", from.soft},
            {"clock", print_extended(now)},
            {"started", print_extended(from.started)},
            {"user_pools", from.world.cognito_idp.pools.size()},
            {"identity_pools", from.world.cognito_identity.pools.size()},
            {"connections", from.host.connection_count()},
            {"refusals", from.log.denial_count()}};
}

} // namespace

std::optional<net::http_answer> answer_status(status_source const& from,
                                              net::http_request const& request, utc_time now) {
    if (request.method != "GET" && request.method != "HEAD")
        return {};
    auto const path = request.path();
    if (path == "/_localstack/health")
        return answer_json(health(), now);
    if (path == "/healthz")
        return answer_json({{"status", "ok"}}, now);
    if (path == "/_cogniot/" || path == "/_cogniot")
        return answer_page("text/html; charset=utf-8", std::string(console_page), now);
    if (path == "/_cogniot/info")
        return answer_json(info(from, now), now);
    for (std::string_view const feed : {"decisions", "denials", "events"})
        if (path.starts_with("/_cogniot/") && path.substr(10) == feed)
            return answer_feed(from, request, feed, now);
    if (path == "/_cogniot/connections")
        return answer_json({{"connections", from.host.describe_connections()}}, now);
    return {};
}

} // namespace cogniot::local
