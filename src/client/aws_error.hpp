// An AWS service's refusal, read the way AWS's SDKs read it. Pure.
//
// @source botocore parsers.py; AWS SDK for JavaScript v3 (JSON 1.1, REST-JSON and query errors)
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cogniot::client {

/// How a service writes requests, answers and errors.
enum class wire_form { json_1_1, query_xml, rest_json };

/// A refusal. `code` is the bare name (`NotAuthorizedException`); `message` is the peer's own text,
/// untrusted: printable() it before it reaches a person.
struct aws_error {
    int status = 0;
    std::string code{};
    std::string message{};
    std::string request_id{};

    /// `NotAuthorizedException: Incorrect username or password.` in printable characters.
    std::string text() const;
    friend bool operator==(aws_error const&, aws_error const&) = default;
};

/// @param error_type  the x-amzn-ErrorType header, if any
/// @param body        as received; need be neither JSON nor XML (proxies answer HTML)
aws_error read_aws_error(wire_form, int status, std::optional<std::string_view> error_type,
                         std::optional<std::string_view> request_id, std::string_view body);

/// What a refusal means for trying again. @source botocore retries/standard.py
enum class failure {
    /// Trying again would be answered the same.
    final,
    throttled,
    /// HTTP 500, 502, 503, 504, or the connection was lost.
    transient,
    /// No answer or no connection in time: costs more of the retry quota.
    timed_out,
    /// Signed with a wrong clock: worth one more try after the clock is corrected.
    clock,
};
failure classify(aws_error const&);

} // namespace cogniot::client
