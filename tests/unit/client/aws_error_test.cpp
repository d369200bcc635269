#include "client/aws_error.hpp"

#include <doctest/doctest.h>

using namespace cogniot::client;

TEST_CASE("the error code is found where AWS's SDKs look for it (botocore parsers.py, JS v3)") {
    struct row {
        char const* id;
        wire_form form;
        int status;
        std::optional<std::string_view> header;
        std::string_view body;
        std::string_view code;
        std::string_view message;
    };
    using enum wire_form;
    for (
        auto const& r : {
            row{"cognito", json_1_1, 400, "NotAuthorizedException:",
                R"({"__type":"NotAuthorizedException","message":"Incorrect username or password."})",
                "NotAuthorizedException", "Incorrect username or password."},
            row{"namespaced type",
                json_1_1,
                400,
                {},
                R"({"__type":"com.amazon.coral#ThrottlingException:http://x","Message":"slow"})",
                "ThrottlingException",
                "slow"},
            row{"header only", json_1_1, 400, "UserNotFoundException:", R"({"message":"m"})",
                "UserNotFoundException", "m"},
            row{"rest header wins", rest_json, 404, "ResourceNotFoundException:http://internal/",
                R"({"message":"Policy not found","traceId":"u","code":"Other"})",
                "ResourceNotFoundException", "Policy not found"},
            row{"rest body code",
                rest_json,
                403,
                {},
                R"({"code":"AccessDeniedException"})",
                "AccessDeniedException",
                ""},
            row{"query: IAM API reference, common errors",
                query_xml,
                404,
                {},
                "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>"
                "<Type>Sender</Type><Code>NoSuchEntity</Code><Message>The role with name r cannot "
                "be found.</Message></Error><RequestId>u</RequestId></ErrorResponse>",
                "NoSuchEntity",
                "The role with name r cannot be found."},
            row{"query: html", query_xml, 503, {}, "<html>busy</html>", "HTTP 503", ""},
            row{"html from a proxy", json_1_1, 502, {}, "<html>Bad gateway</html>", "HTTP 502", ""},
            row{"plain text", rest_json, 400, {}, " go away ", "HTTP 400", "go away"},
            row{"empty", json_1_1, 500, {}, "", "HTTP 500", ""},
        }) {
        CAPTURE(r.id);
        auto const e = read_aws_error(r.form, r.status, r.header, {}, r.body);
        CHECK(e.code == r.code);
        CHECK(e.message == r.message);
        CHECK(e.status == r.status);
    }
}

TEST_CASE("a foreign message is printed without its control characters") {
    aws_error const e{.status = 400, .code = "X", .message = "a\x1b[31mb"};
    CHECK(e.text().find('\x1b') == std::string::npos);
}

TEST_CASE("refusals are classified as botocore's standard mode does") {
    auto const kind = [](int status, std::string code) {
        return classify({.status = status, .code = std::move(code)});
    };
    CHECK(kind(400, "TooManyRequestsException") == failure::throttled);
    CHECK(kind(410, "LimitExceededException") == failure::throttled);
    CHECK(kind(429, "HTTP 429") == failure::throttled);
    CHECK(kind(503, "HTTP 503") == failure::transient);
    CHECK(kind(400, "RequestTimeout") == failure::transient);
    CHECK(kind(403, "SignatureDoesNotMatch") == failure::clock);
    CHECK(kind(400, "NotAuthorizedException") == failure::final);
    CHECK(kind(501, "NotImplemented") == failure::final);
}
