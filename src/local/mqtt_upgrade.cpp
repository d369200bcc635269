#include "local/mqtt_upgrade.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"
#include "local/authenticate.hpp"
#include "local/faults/api_faults.hpp"
#include "net/server.hpp"

#include <boost/json/object.hpp>

#include <utility>
#include <vector>

namespace cogniot::local {
namespace {

/// The Host values a client may have signed: as received, then without the port, then with ours.
/// AWS's CRT clients send and sign the bare name; browsers' and older SDKs sign host:port.
std::vector<std::string> hosts_to_try(net::http_request const& request, std::uint16_t port) {
    std::string const received(request.headers.find("host").value_or(""));
    std::vector<std::string> hosts{received};
    auto const colon = received.rfind(':');
    bool const has_port =
        colon != std::string::npos && received.find(']', colon) == std::string::npos;
    hosts.push_back(has_port ? received.substr(0, colon) : received + ":" + std::to_string(port));
    return hosts;
}

struct logged_reason {
    std::string_view reason;
    std::string_view details;
};

/// @source spec iot-broker 1.7; for clock skew AWS's reason is not confirmed
logged_reason reason_of(auth_fault why) {
    switch (why) {
    case auth_fault::unknown_key:
    case auth_fault::token_invalid:
        return {"SECURITY_TOKEN_INVALID", "The security token included in the request is invalid"};
    case auth_fault::token_expired:
        return {"SECURITY_TOKEN_EXPIRED", "The security token is expired"};
    case auth_fault::missing:
    case auth_fault::incomplete:
        return {"NOT_AUTHENTICATED", "The credentials provided could not be authenticated"};
    case auth_fault::signature_differs:
    case auth_fault::token_was_signed:
    case auth_fault::outside_time:
    case auth_fault::wrong_scope:
        break;
    }
    return {"SECURITY_TOKEN_SIGNATURE_MISMATCH",
            "Request signature does not match the signature provided"};
}

/// Names under which this machine is called, for the commonest cause of a wrong signature.
constexpr std::string_view own_names[] = {"localhost", "127.0.0.1", "[::1]",
                                          "host.docker.internal"};

/// The host that the client did sign, if it is one of ours under another name.
std::optional<std::string> find_signed_host(cloud::world const& world,
                                            sigv4::request const& request,
                                            sigv4::verify_options options, std::uint16_t port,
                                            utc_time now) {
    for (auto const name : own_names)
        for (auto const& host :
             {std::string(name), std::string(name) + ":" + std::to_string(port)}) {
            options.host_alternatives = {host};
            if (authenticate(world, request, "iotdata", options, now))
                return host;
        }
    return {};
}

/// What is wrong with the upgrade and what to do, for people.
std::string explain(auth_refusal const& why, std::string_view received_host,
                    std::optional<std::string> const& signed_host) {
    switch (why.why) {
    case auth_fault::missing:
        return "the request carries no signature: neither X-Amz-… query parameters nor an "
               "Authorization header";
    case auth_fault::token_was_signed:
        return "the session token is part of what was signed, and AWS IoT wants it added behind "
               "the "
               "signature: X-Amz-Security-Token after X-Amz-Signature (AWS's IoT SDKs and `cogniot "
               "presign` do it so, other query signers do not)";
    case auth_fault::outside_time:
        if (why.message.starts_with("Signature not yet"))
            return "the client's clock is ahead: its request was " + why.because +
                   "; set its clock (NTP)";
        return "the request was " + why.because +
               ": either the URL was used again (sign a new one for every connection), or the "
               "client's clock is behind (NTP)";
    case auth_fault::token_expired:
        return "the credentials are no longer valid: " + why.because +
               "; ask the identity pool for new ones before each reconnect. A connection that is "
               "open stays open";
    case auth_fault::unknown_key:
    case auth_fault::token_invalid:
        return why.because + "; ask this cloud's identity pool for credentials";
    case auth_fault::signature_differs:
        if (signed_host)
            return "the URL was signed for host " + *signed_host +
                   ", but the request says `Host: " + printable(received_host, 200) +
                   "`: sign for the host that is connected to";
        return "the secret access key is not the one that belongs to this access key, or the URL "
               "was changed after it was signed, or it was signed for another host than `" +
               printable(received_host, 200) + "` or another path than /mqtt";
    case auth_fault::wrong_scope:
        if (!why.because.empty())
            return "the URL was signed for another region than the broker's: " + why.because;
        break;
    case auth_fault::incomplete:
        break;
    }
    return why.message + (why.because.empty() ? "" : " [" + why.because + "]");
}

net::http_response refuse(int status, std::string_view type, std::string_view message,
                          std::string const& request_id, utc_time now) {
    net::http_response made;
    made.status = status;
    made.headers.add("content-type", "application/json");
    made.headers.add("x-amzn-RequestId", request_id);
    made.headers.add("x-amzn-ErrorType", std::string(type) + ":");
    made.headers.add("access-control-allow-origin", "*");
    made.headers.add("access-control-expose-headers",
                     "x-amzn-ErrorMessage,x-amzn-RequestId,x-amzn-ErrorType,Date");
    made.headers.add("Date", print_http(now));
    made.body = json::print(boost::json::object{{"message", message}, {"traceId", request_id}});
    return made;
}

void log_refused(api_context& in, request_source const& from, connection_target const& target,
                 logged_reason reason, std::string_view access_key_id, std::string_view explanation,
                 utc_time now) {
    in.log.write({.type = "Connection.AuthNError", .success = false, .source_ip = from.ip}, now,
                 [&](log_fields& line) {
                     line.text("protocol", "MQTT")
                         .text("authenticationType", "AWS_SIGV4")
                         .text("sourceIp", from.ip)
                         .number("sourcePort", from.port)
                         .text("targetIp", target.ip)
                         .number("targetPort", target.port)
                         .text("serverNameIndication", target.server_name)
                         .text("reason", reason.reason)
                         .text("details", reason.details)
                         .text("accessKeyId", printable(access_key_id, 128))
                         .explanation(explanation);
                 });
}

} // namespace

std::string choose_subprotocol(net::http_request const& request) {
    bool older = false;
    for (auto const& [name, value] : request.headers.fields()) {
        if (!equals_ignoring_case(name, "sec-websocket-protocol"))
            continue;
        for (auto const offered : split(value, ',')) {
            if (trim(offered) == "mqtt")
                return "mqtt";
            older = older || trim(offered) == "mqttv3.1";
        }
    }
    return older ? "mqttv3.1" : "";
}

std::variant<mqtt_admission, net::http_response>
admit_mqtt(api_context& in, net::http_request const& request, request_source const& from,
           connection_target const& target, utc_time now) {
    auto const request_id = random_uuid(in.random);
    if (!net::is_websocket_upgrade(request)) {
        auto answer = refuse(426, "InvalidRequestException", "Upgrade Required", request_id, now);
        answer.headers.add("Upgrade", "websocket");
        answer.headers.add("Sec-WebSocket-Version", "13");
        return answer;
    }
    sigv4::verify_options options;
    using token = sigv4::verify_options::token;
    options.skew = in.upgrade.skew;
    options.session_token =
        in.upgrade.token_may_be_signed ? token::either : token::must_not_be_signed;
    options.honour_expires = in.upgrade.honour_expires;
    options.keys = &in.keys;
    if (in.upgrade.host_without_port)
        options.host_alternatives = hosts_to_try(request, target.port);
    auto const signed_request = to_signed_request(request);
    auto known = authenticate(in.world, signed_request, "iotdata", options, now);
    if (known && in.faults.has(fault_kind::refuse_upgrade)) {
        auto const& who = *known->who;
        auto const& identity = who.identity_id.empty() ? who.user_id : who.identity_id;
        if (auto const* rule =
                in.faults.strike(fault_kind::refuse_upgrade, {.identity = identity}, now)) {
            in.log.begin_request(request_id);
            auto const words = name_rule(*rule) + " refused the upgrade";
            log_fault(in.log, *rule, {.identity = identity}, words, now);
            log_refused(
                in, from, target,
                {"NOT_AUTHENTICATED", "The credentials provided could not be authenticated"},
                who.access_key_id, words, now);
            auto answer =
                refuse(403, "ForbiddenException",
                       rule->message.empty() ? "Forbidden" : std::string_view(rule->message),
                       request_id, now);
            if (!rule->body.empty())
                answer.body = rule->body;
            return answer;
        }
    }
    if (known)
        return mqtt_admission{std::move(known->who), std::move(known->region),
                              choose_subprotocol(request)};

    auto const& why = known.error();
    auto const reason = reason_of(why.why);
    in.log.begin_request(request_id);
    auto const signed_host =
        why.why == auth_fault::signature_differs
            ? find_signed_host(in.world, signed_request, options, target.port, now)
            : std::nullopt;
    log_refused(in, from, target, reason, why.access_key_id,
                explain(why, request.headers.find("host").value_or(""), signed_host), now);

    if (why.why == auth_fault::incomplete)
        return refuse(400, "InvalidRequestException", why.message, request_id, now);
    auto const message = why.why == auth_fault::missing || in.upgrade.opaque_403
                             ? "Forbidden"
                             : std::string_view(why.message);
    return refuse(403, "ForbiddenException", message, request_id, now);
}

} // namespace cogniot::local
