// STS: a role assumed with other credentials, or with a web identity's token.
#include "base/text.hpp"
#include "client/backend_credentials_fetch.hpp"
#include "client/errors.hpp"
#include "client/retry.hpp"
#include "client/xml_answer.hpp"
#include "crypto/random.hpp"

namespace cogniot::client {
namespace {

using parameters = std::vector<std::pair<std::string, std::string>>;

/// What an answer means for trying again; nothing if it is final.
std::optional<failure> reason_to_retry(result<net::http_response> const& answer) {
    if (!answer)
        return answer.error().code == make_error_code(net::errc::timed_out) ? failure::timed_out
                                                                            : failure::transient;
    if (answer->status >= 500)
        return failure::transient;
    for (std::string_view code : {"Throttling", "RequestLimitExceeded", "IDPCommunicationError"})
        if (answer->status != 200 && read_sts_error(answer->body).starts_with(code))
            return failure::throttled;
    return std::nullopt;
}

/// Asks with AWS's standard retries. @param signer  nothing for an unsigned call
net::task<result<found_credentials>> ask_sts(fetch_context with, std::string action,
                                             parameters fields,
                                             std::optional<sigv4::credentials> signer) {
    std::string const region = with.config.region().value_or("us-east-1");
    auto const base = net::parse_base_url(with.config.endpoint("sts", region));
    if (!base)
        co_return base.error();
    std::string const path = base->path + "/";
    std::string const host = base->at.host_header();
    std::string const body = make_query_body(action, "2011-06-15", fields);
    retry_quota quota;
    retry_plan attempts(quota, with.config.max_attempts());
    for (;;) {
        net::http_request request{.method = "POST", .target = path, .headers = {}, .body = body};
        request.headers.add("Host", host);
        request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
        if (signer) {
            auto const added = sigv4::sign(
                {.method = "POST", .path = path, .headers = request.headers.fields(), .body = body},
                *signer, {.region = region, .service = "sts"}, with.tools.now());
            if (!added)
                co_return added.error();
            for (auto const& [name, value] : *added)
                request.headers.add(name, value);
        }
        auto const answer =
            co_await with.http.send(base->at, std::move(request), std::chrono::seconds(10));
        if (auto const why = reason_to_retry(answer)) {
            auto const pause = attempts.next(*why, crypto::system_random());
            if (pause) {
                bool const slept = co_await net::sleep_for(*pause);
                if (!slept)
                    co_return fail(net::errc::cancelled);
                continue;
            }
        }
        if (!answer)
            co_return answer.error();
        if (answer->status == 200)
            co_return read_sts_answer(answer->body);
        std::string const said = read_sts_error(answer->body);
        co_return fail(errc::backend_credentials_refused,
                       "STS at " + host + " answered " + std::to_string(answer->status) +
                           (said.empty() ? std::string() : ", " + said));
    }
}

} // namespace

net::task<result<found_credentials>> fetch_from_role(fetch_context with, assume_role how) {
    auto const source = co_await fetch_credentials(with, *how.with);
    if (!source)
        co_return source.error();
    parameters fields = {{"RoleArn", how.role_arn}, {"RoleSessionName", how.session_name}};
    if (how.external_id)
        fields.emplace_back("ExternalId", *how.external_id);
    if (how.duration)
        fields.emplace_back("DurationSeconds", std::to_string(how.duration->count()));
    co_return co_await ask_sts(with, "AssumeRole", std::move(fields), source->keys);
}

net::task<result<found_credentials>> fetch_from_web_identity(fetch_context with, web_identity how) {
    auto const token = with.tools.around.read_file(how.token_path);
    if (!token)
        co_return token.error();
    if (!*token || trim(**token).empty())
        co_return fail(errc::backend_credentials_refused,
                       "the token file `" + printable(how.token_path) + "` is missing or empty");
    parameters fields = {{"RoleArn", how.role_arn},
                         {"RoleSessionName", how.session_name},
                         {"WebIdentityToken", std::string(trim(**token))}};
    co_return co_await ask_sts(with, "AssumeRoleWithWebIdentity", std::move(fields), std::nullopt);
}

} // namespace cogniot::client
