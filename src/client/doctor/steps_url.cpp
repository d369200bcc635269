// A presigned URL: what it says, and what the gateway says to it. No MQTT is spoken: nobody's
// connection is disturbed.
#include "base/text.hpp"
#include "client/doctor/chart.hpp"
#include "client/doctor/checks.hpp"
#include "client/doctor/url_check.hpp"
#include "client/errors.hpp"
#include "client/refusal_causes.hpp"
#include "net/with_timeout.hpp"

#include <utility>

namespace cogniot::client::doctor {
namespace {

constexpr std::chrono::seconds connect_timeout{8};
constexpr std::chrono::seconds upgrade_timeout{10};

/// A URL is signed wherever it is signed: this machine's clock is no fault of it.
finding judge_clock(std::optional<std::chrono::milliseconds> ahead_of_us) {
    auto out = check_clock(ahead_of_us);
    if (out.how == verdict::failed) {
        out.how = verdict::passed;
        out.says += "; the URL is judged by AWS's clock";
        out.code = {};
        if (!out.remedy.empty())
            out.details.push_back(std::exchange(out.remedy, {}));
    }
    return out;
}

error explain_refusal(aws_error const& said) {
    bool const is_untimely = said.message.find("Signature expired") != std::string::npos ||
                             said.message.find("Signature not yet current") != std::string::npos;
    if (!is_untimely)
        return upgrade_error(said, {});
    return fail(errc::signature_refused, "the WebSocket upgrade was answered with " +
                                             std::to_string(said.status) + ", " +
                                             printable(said.message, 400) +
                                             "; the URL is too old, or its signer's clock is off");
}

net::task<finding> try_upgrade(chart& c, gateway_url url) {
    auto connecting = net::connect(url.at, c.who.trust, connect_timeout);
    auto stream = co_await std::move(connecting);
    if (!stream)
        co_return failed(step::upgrade, stream.error(),
                         "check host and port, then network, firewall and proxy");
    auto const sent = c.aws().now();
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
    auto const& said = answer->answer;
    if (auto const date = said.headers.find("Date"))
        c.aws().skew().observe(*date, sent, c.aws().now());
    c.refused_since = c.server_time() - (c.aws().now() - sent);
    c.was_refused_at_upgrade = true;
    auto const read =
        read_aws_error(wire_form::rest_json, said.status, said.headers.find("x-amzn-ErrorType"),
                       said.headers.find("x-amzn-RequestId"), said.body);
    co_return failed(step::upgrade, explain_refusal(read),
                     "sign a new URL, with new credentials, and ask again");
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
    auto measuring = measure_clock(c);
    co_await std::move(measuring);
    // First, as a refusal's Date is the gateway's own clock.
    auto trying = try_upgrade(c, *url);
    auto tried = co_await std::move(trying);
    auto const skew = c.aws().skew().measured();
    c.tell(judge_clock(skew));
    std::optional<time_of_judgement> at({.now = c.server_time(), .is_aws = skew.has_value()});
    if (!skew && tried.how == verdict::passed)
        at.reset();
    for (auto& found : check_url(*url, at, signer))
        c.tell(std::move(found));
    if (tried.how == verdict::failed && c.report.cause())
        tried.remedy = "mend the URL first, see above";
    c.tell(std::move(tried));
}

} // namespace cogniot::client::doctor
