#include "client/transports.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"
#include "client/refusal_causes.hpp"
#include "net/with_timeout.hpp"
#include "sigv4/sigv4.hpp"

namespace cogniot::client {
namespace {

using failed = happened::transport_failed;
constexpr std::chrono::seconds connect_timeout{15};
constexpr std::chrono::seconds upgrade_timeout{10};

/// Errors that time may mend; all others end the link.
bool may_pass(error const& e) {
    if (e.code == make_error_code(errc::throttled) ||
        e.code == make_error_code(errc::service_unavailable))
        return true;
    for (auto const net_error :
         {net::errc::timed_out, net::errc::host_not_found, net::errc::connection_refused,
          net::errc::connection_lost, net::errc::end_of_stream, net::errc::host_unreachable,
          net::errc::tls_handshake_failed, net::errc::not_http, net::errc::cancelled})
        if (e.code == net::make_error_code(net_error))
            return true;
    return false;
}

transport no_stream(error why) {
    auto const how = may_pass(why) ? failed::kind::network : failed::kind::hopeless;
    return {.failure = failed{.why = std::move(why), .how = how}};
}

/// What a server meant by answering the upgrade with something else than 101.
transport refused(aws_caller& aws, net::http_response const& answer, utc_time sent) {
    if (auto const date = answer.headers.find("Date"))
        aws.skew().observe(*date, sent, aws.now());
    auto const read =
        read_aws_error(wire_form::rest_json, answer.status, answer.headers.find("x-amzn-ErrorType"),
                       answer.headers.find("x-amzn-RequestId"), answer.body);
    auto why = upgrade_error(read, aws.skew().report());
    bool const may = may_pass(why);
    return {.failure = failed{.why = std::move(why),
                              .how = may ? failed::kind::network : failed::kind::refused}};
}

net::task<transport> open_for_flow(user_flow& user, error after) {
    if (after.code == make_error_code(errc::connect_denied)) {
        // If the policy was only remembered as attached, it may have been detached since. Should
        // that fail too, the next denial still tells the cause; the step has told this failure.
        auto attaching = user.attach_again();
        (void)co_await std::move(attaching);
    }
    auto asking = user.credentials();
    auto const who = co_await std::move(asking);
    if (!who)
        co_return no_stream(who.error());
    auto opening =
        open_presigned_websocket(user.aws(), user.mqtt_carrier(), user.job().iot_endpoint, *who);
    auto opened = co_await std::move(opening);
    if (opened.failure && opened.failure->how == failed::kind::refused)
        user.distrust_credentials();
    co_return opened;
}

} // namespace

transport_opener open_presigned_websocket(user_flow& user) {
    return [&user](error after) { return open_for_flow(user, std::move(after)); };
}

net::task<transport> open_presigned_websocket(aws_caller& aws, net::http_client& over,
                                              net::origin to, user_credentials who) {
    auto opening = over.take_stream(to, connect_timeout);
    auto opened = co_await std::move(opening);
    if (!opened)
        co_return no_stream(opened.error());
    // Signed as late as possible: the gateway takes a URL for five minutes.
    auto const sent = aws.now();
    auto region = region_of_iot_endpoint(to.host);
    if (region.empty())
        region = aws.settings().region;
    auto const url = sigv4::presign(to.host_header(), who.for_signing(),
                                    {region, "iotdevicegateway"}, aws.skew().signing_time(sent));
    if (!url)
        co_return no_stream(url.error());
    auto const target = url->substr(url->find("/mqtt"));
    auto answer = std::make_shared<net::refused_upgrade>();
    auto upgrading =
        net::upgrade_to_websocket(std::move(*opened), to.host_header(), target, "mqtt", answer);
    auto bounded = net::with_timeout(upgrade_timeout, std::move(upgrading));
    auto upgraded = co_await std::move(bounded);
    if (upgraded)
        co_return transport{.stream = std::move(*upgraded)};
    if (upgraded.error().code == net::make_error_code(net::errc::upgrade_refused))
        co_return refused(aws, answer->answer, sent);
    co_return no_stream(upgraded.error());
}

transport_opener open_plain_mqtt(net::origin to, std::shared_ptr<net::client_tls const> trust) {
    return [to = std::move(to), trust = std::move(trust)](error const&) -> net::task<transport> {
        return [](net::origin at,
                  std::shared_ptr<net::client_tls const> whom) -> net::task<transport> {
            auto opening = net::connect(std::move(at), std::move(whom), connect_timeout);
            auto opened = co_await std::move(opening);
            if (!opened)
                co_return no_stream(opened.error());
            co_return transport{.stream = std::move(*opened)};
        }(to, trust);
    };
}

} // namespace cogniot::client
