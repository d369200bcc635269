#include "client/aws_caller.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"
#include "client/xml_answer.hpp"
#include "json/parse.hpp"

#include <algorithm>
#include <cassert>

namespace cogniot::client {
namespace {

/// `signed` calls are scoped to a service; the APIs called here are named like their services.
std::string wire_path(net::base_url const& to, aws_call const& what) {
    return to.path.empty() ? what.path : to.path + what.path;
}

/// The keys are expired or gone, whatever was asked with them.
bool is_about_credentials(aws_error const& refused) {
    for (auto const* code : {"ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException",
                             "InvalidClientTokenId"})
        if (refused.code == code)
            return true;
    return false;
}

} // namespace

aws_caller::aws_caller(aws_settings settings, carriers over, credentials_source backend,
                       clock_and_chance around)
    : settings_(std::move(settings)), over_(std::move(over)), backend_(std::move(backend)),
      around_(std::move(around)) {}

net::base_url const& aws_caller::endpoint(service s) const {
    auto const found = settings_.endpoints.find(s);
    assert(found != settings_.endpoints.end() && "every service has an endpoint");
    return found->second;
}

net::task<result<sigv4::credentials>> aws_caller::find_signer(aws_call const& what) {
    if (what.by)
        co_return *what.by;
    if (!backend_.find)
        co_return fail(errc::backend_credentials_missing);
    auto finding = backend_.find();
    co_return co_await std::move(finding);
}

net::task<result<net::http_request>> aws_caller::make_request(aws_call const& what,
                                                              retry_plan const& plan) {
    auto const& to = endpoint(what.to);
    auto const target = wire_path(to, what);
    auto const mark = std::min(target.find('?'), target.size());
    sigv4::request shown{.method = what.method,
                         .path = target.substr(0, mark),
                         .query = mark < target.size() ? target.substr(mark + 1) : "",
                         .body = what.body};
    shown.headers = {{"Host", to.at.host_header()},
                     {"Content-Type", std::string(content_type(what.form))},
                     {"amz-sdk-invocation-id", random_uuid(*around_.random)},
                     {"amz-sdk-request", "attempt=" + std::to_string(plan.attempt()) +
                                             "; max=" + std::to_string(plan.max_attempts())}};
    shown.headers.insert(shown.headers.end(), what.headers.begin(), what.headers.end());
    if (auto name = amz_target(what))
        shown.headers.emplace_back("X-Amz-Target", std::move(*name));
    if (what.is_signed) {
        auto finding = find_signer(what);
        auto const who = co_await std::move(finding);
        if (!who)
            co_return who.error();
        auto signature = sigv4::sign(
            shown, *who, {settings_.region_for(what.to), std::string(service_name(what.to))},
            skew_.signing_time(around_.now()));
        if (!signature)
            co_return signature.error();
        for (auto& header : *signature)
            shown.headers.push_back(std::move(header));
    }
    net::http_request request{.method = what.method, .target = target, .body = what.body};
    for (auto& [name, value] : shown.headers)
        request.headers.add(std::move(name), std::move(value));
    request.headers.add("User-Agent", "cogniot/" COGNIOT_VERSION);
    co_return request;
}

net::task<result<net::http_response>> aws_caller::send_once(aws_call const& what,
                                                            retry_plan const& plan) {
    auto making = make_request(what, plan);
    auto request = co_await std::move(making);
    if (!request)
        co_return request.error();
    auto const sent = around_.now();
    auto sending = over_(what.to).send(endpoint(what.to).at, std::move(*request), attempt_timeout);
    auto response = co_await std::move(sending);
    if (response && !response->headers.find("Age"))
        if (auto const date = response->headers.find("Date"))
            skew_.observe(*date, sent, around_.now());
    co_return response;
}

failure aws_caller::classify_network(error const& e) {
    using net::errc;
    if (e.code == net::make_error_code(errc::timed_out))
        return failure::timed_out;
    // Asking again does not make a certificate trusted or a name exist.
    for (auto const once : {errc::connection_lost, errc::connection_refused, errc::end_of_stream,
                            errc::tls_handshake_failed})
        if (e.code == net::make_error_code(once))
            return failure::transient;
    return failure::final;
}

net::task<result<aws_answer>> aws_caller::call(aws_call what) {
    retry_plan plan(quota_, settings_.max_attempts);
    bool has_renewed = false;
    for (;;) {
        auto sending = send_once(what, plan);
        auto response = co_await std::move(sending);
        failure why = failure::final;
        if (!response) {
            why = classify_network(response.error());
        } else if (response->status < 300) {
            plan.succeeded();
            aws_answer out{.status = response->status, .attempts = plan.attempt()};
            if (trim(response->body).empty())
                co_return out; // an operation without output
            auto parsed = what.form == wire_form::query_xml
                              ? read_query_answer(what.operation, response->body)
                              : json::parse_object(response->body);
            if (!parsed)
                co_return fail(errc::answer_not_understood,
                               what.operation + ": " + parsed.error().detail);
            out.body = std::move(*parsed);
            co_return out;
        } else {
            auto const& headers = response->headers;
            auto request_id = headers.find("x-amzn-RequestId");
            aws_answer out{.refused = read_aws_error(what.form, response->status,
                                                     headers.find("x-amzn-ErrorType"), request_id,
                                                     response->body),
                           .status = response->status,
                           .attempts = plan.attempt()};
            why = classify(*out.refused);
            // Keys that were rotated before their time: others may be there by now.
            if (what.is_signed && !what.by && backend_.distrust && !has_renewed &&
                is_about_credentials(*out.refused)) {
                has_renewed = true;
                backend_.distrust();
                continue;
            }
            // Without a wrong clock a refused signature stays refused.
            if (why == failure::clock && !skew_.is_correcting())
                why = failure::final;
            auto const wait = plan.next(why, *around_.random);
            if (!wait)
                co_return out;
            auto sleeping = around_.sleep(*wait);
            bool const slept = co_await std::move(sleeping);
            if (!slept)
                co_return fail(net::errc::cancelled);
            continue;
        }
        auto const wait = plan.next(why, *around_.random);
        if (!wait) {
            auto e = response.error();
            e.detail = what.operation + ": " + e.detail;
            co_return e;
        }
        auto sleeping = around_.sleep(*wait);
        bool const slept = co_await std::move(sleeping);
        if (!slept)
            co_return fail(net::errc::cancelled);
    }
}

} // namespace cogniot::client
