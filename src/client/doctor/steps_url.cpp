// A presigned URL: what it says, and what the gateway says to it. No MQTT is spoken: nobody's
// connection is disturbed.
#include "client/doctor/chart.hpp"
#include "client/doctor/url_check.hpp"
#include "client/errors.hpp"
#include "client/refusal_causes.hpp"
#include "net/with_timeout.hpp"

namespace cogniot::client::doctor {
namespace {

constexpr std::chrono::seconds connect_timeout{8};
constexpr std::chrono::seconds upgrade_timeout{10};

net::task<finding> try_upgrade(chart& c, gateway_url url) {
    auto connecting = net::connect(url.at, c.who.trust, connect_timeout);
    auto stream = co_await std::move(connecting);
    if (!stream)
        co_return failed(step::upgrade, stream.error(),
                         "check host and port, then network, firewall and proxy");
    auto const since = c.server_time();
    auto answer = std::make_shared<net::refused_upgrade>();
    auto upgrading = net::upgrade_to_websocket(std::move(*stream), url.host,
                                               url.path + "?" + url.query, "mqtt", answer);
    auto bounded = net::with_timeout(upgrade_timeout, std::move(upgrading));
    auto upgraded = co_await std::move(bounded);
    if (upgraded) {
        (*upgraded)->abort();
        co_return passed(step::upgrade, "the gateway took the URL (101)");
    }
    if (upgraded.error().code != net::make_error_code(net::errc::upgrade_refused))
        co_return failed(step::upgrade, upgraded.error(), "see the message");
    c.refused_since = since;
    c.was_refused_at_upgrade = true;
    auto const& said = answer->answer;
    auto const read =
        read_aws_error(wire_form::rest_json, said.status, said.headers.find("x-amzn-ErrorType"),
                       said.headers.find("x-amzn-RequestId"), said.body);
    co_return failed(step::upgrade, upgrade_error(read, {}),
                     c.report.cause() ? "mend the URL first, see above"
                                      : "sign a new URL, with new credentials, and ask again");
}

} // namespace

net::task<void> examine_url(chart& c) {
    auto const url = parse_gateway_url(c.who.asked.url);
    if (!url) {
        c.tell(failed(step::url, url.error(), "give it as the client connects to it"));
        co_return;
    }
    for (auto& hidden : secrets_of(*url))
        c.secrets.push_back(std::move(hidden));
    c.gateway_host = url->at.host;
    std::optional<sigv4::credentials> signer;
    if (c.aws().backend().find) {
        auto asking = c.aws().backend().find();
        auto backend = co_await std::move(asking);
        if (backend)
            signer = std::move(*backend);
    }
    for (auto& found : check_url(*url, c.server_time(), signer))
        c.tell(std::move(found));
    auto trying = try_upgrade(c, *url);
    auto tried = co_await std::move(trying);
    c.tell(std::move(tried));
}

} // namespace cogniot::client::doctor
