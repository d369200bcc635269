// What a verifier accepts beyond the vectors, and what it must refuse. The mutations of generated
// requests are in tests/diff/signing_test.py.
#include "sigv4/sigv4.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace std::chrono_literals;
using sigv4::errc;

namespace {

sigv4::credentials const who{.access_key_id = "AKIDEXAMPLE",
                             .secret_access_key =
                                 secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")};
sigv4::scope const in{.region = "us-east-1", .service = "iot"};
utc_time const at = *parse_basic("20260102T030405Z");

sigv4::request signed_in_headers(std::string body = {}, sigv4::header_list more = {}) {
    sigv4::request out{.method = "POST",
                       .path = "/policies/p",
                       .headers = {{"Host", "iot.us-east-1.amazonaws.com"}},
                       .body = std::move(body)};
    out.headers.insert(out.headers.end(), more.begin(), more.end());
    auto const added = sigv4::sign(out, who, in, at);
    out.headers.insert(out.headers.end(), added->begin(), added->end());
    return out;
}

sigv4::request signed_in_query(std::optional<std::chrono::seconds> life) {
    sigv4::request out{.method = "GET", .path = "/mqtt", .headers = {{"Host", "localhost:4566"}}};
    out.query =
        sigv4::presign_query(out, who, in, at, life, sigv4::token_placement::beside_the_signature)
            ->query;
    return out;
}

error_code verdict(sigv4::request const& what, utc_time now,
                   sigv4::verify_options const& options = {}) {
    auto const shown = sigv4::read_presented(what);
    REQUIRE(shown.has_value());
    auto const verified = sigv4::verify(what, *shown, who.secret_access_key, now, options);
    return verified ? error_code() : verified.error().code;
}

} // namespace

TEST_CASE("a clock may be five minutes off, both ways [AWS: signature expired, not yet current]") {
    auto const request = signed_in_headers();
    CHECK_FALSE(verdict(request, at));
    CHECK_FALSE(verdict(request, at + 5min));
    CHECK_FALSE(verdict(request, at - 5min));
    CHECK(verdict(request, at + 5min + 1s) == make_error_code(errc::expired));
    CHECK(verdict(request, at - 5min - 1s) == make_error_code(errc::not_yet_valid));
    auto const shown = *sigv4::read_presented(request);
    auto const detail = [&](utc_time now) {
        return sigv4::verify(request, shown, who.secret_access_key, now).error().detail;
    };
    CHECK(detail(at + 14min + 3s) == "signed 14 min 3 s ago; 5 min 0 s are allowed");
    CHECK(detail(at - 6min) == "signed 6 min 0 s in the future; 5 min 0 s are allowed");
    CHECK(detail(at + 24h * 400) == "signed 400 days ago; 5 min 0 s are allowed");
}

TEST_CASE("X-Amz-Expires bounds a query's validity where it is honoured, not at IoT's gateway") {
    sigv4::verify_options const gateway{.honour_expires = false};
    auto const day = signed_in_query(86'400s);
    CHECK_FALSE(verdict(day, at + 23h));
    CHECK(verdict(day, at + 24h) == make_error_code(errc::expired));
    CHECK(verdict(day, at + 23h, gateway) == make_error_code(errc::expired));
    auto const minute = signed_in_query(60s);
    CHECK(verdict(minute, at + 60s) == make_error_code(errc::expired));
    CHECK_FALSE(verdict(minute, at + 2min, gateway));
    auto const open = signed_in_query(std::nullopt);
    CHECK_FALSE(verdict(open, at + 5min));
    CHECK(verdict(open, at + 5min + 1s) == make_error_code(errc::expired));
}

TEST_CASE("a host signed in lower case is accepted when it was sent otherwise") {
    auto request = signed_in_query(60s);
    request.headers[0].second = "LocalHost:4566";
    CHECK_FALSE(verdict(request, at));
    request.headers[0].second = "localhost";
    CHECK(verdict(request, at) == make_error_code(errc::signature_differs));
    CHECK_FALSE(verdict(
        request, at, sigv4::verify_options{.host_alternatives = {"localhost", "localhost:4566"}}));
}

TEST_CASE("a claimed body hash must be the body's") {
    // printf %s body | sha256sum
    std::string const hash = "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5";
    auto request = signed_in_headers("body", {{"x-amz-content-sha256", hash}});
    CHECK_FALSE(verdict(request, at));
    request.body = "other";
    CHECK(verdict(request, at) == make_error_code(errc::body_hash_differs));

    auto const open = signed_in_headers("body", {{"x-amz-content-sha256", "UNSIGNED-PAYLOAD"}});
    CHECK(verdict(open, at) == make_error_code(errc::body_hash_differs));
    CHECK_FALSE(verdict(open, at, sigv4::verify_options{.allow_unsigned_payload = true}));
    auto const streaming =
        signed_in_headers("body", {{"x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}});
    CHECK(verdict(streaming, at, sigv4::verify_options{.allow_unsigned_payload = true}) ==
          make_error_code(errc::body_hash_differs));
}

TEST_CASE("a signed header that was taken away is named") {
    auto request = signed_in_headers({}, {{"X-Custom", "1"}});
    std::erase_if(request.headers, [](auto const& field) { return field.first == "X-Custom"; });
    auto const verified =
        sigv4::verify(request, *sigv4::read_presented(request), who.secret_access_key, at);
    REQUIRE_FALSE(verified.has_value());
    CHECK(verified.error().code == make_error_code(errc::signed_header_absent));
    CHECK(verified.error().detail == "the header `x-custom` is signed but was not sent");
}

TEST_CASE("signing asks for a host and replaces a stale date, token and authorization") {
    CHECK(sigv4::sign({.method = "GET", .path = "/"}, who, in, at).error().code ==
          make_error_code(errc::host_empty));
    auto request = signed_in_headers();
    auto const again = sigv4::sign(request, who, in, at);
    REQUIRE(again.has_value());
    CHECK(again->back() == request.headers.back());
}
