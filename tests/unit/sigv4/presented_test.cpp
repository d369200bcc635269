#include "sigv4/sigv4.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using sigv4::errc;

namespace {

constexpr std::string_view signature_text =
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

sigv4::request with_header(std::string authorization) {
    return {.method = "GET",
            .path = "/",
            .headers = {{"Host", "example.amazonaws.com"},
                        {"X-Amz-Date", "20150830T123600Z"},
                        {"Authorization", std::move(authorization)}}};
}

sigv4::request with_query(std::string query) {
    return {.method = "GET",
            .path = "/mqtt",
            .query = std::move(query),
            .headers = {{"Host", "example.amazonaws.com"}}};
}

std::string const good_query =
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20150830%2Fus-east-1%2Fs"
    "%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Signature=" +
    std::string(signature_text);

/// `good_query` with the first `from` replaced by `to`.
sigv4::request changed(std::string_view from, std::string_view to) {
    std::string query = good_query;
    query.replace(query.find(from), from.size(), to);
    return with_query(std::move(query));
}

} // namespace

TEST_CASE("an Authorization header is read with and without spaces after its commas") {
    for (char const* separator : {", ", ",", " ,  "}) {
        auto const shown = sigv4::read_presented(with_header(
            std::string("AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/iam/aws4_request") +
            separator + "SignedHeaders=host;x-amz-date" + separator +
            "Signature=" + std::string(signature_text)));
        REQUIRE(shown.has_value());
        CHECK(shown->where == sigv4::presented::form::header);
        CHECK(shown->access_key_id == "AKID");
        CHECK(shown->scope_date == "20150830");
        CHECK(shown->in == sigv4::scope{.region = "us-east-1", .service = "iam"});
        CHECK(shown->at_text == "20150830T123600Z");
        CHECK(shown->signed_headers == std::vector<std::string>{"host", "x-amz-date"});
        CHECK(shown->signature == signature_text);
    }
}

TEST_CASE("query parameters are read percent-decoded, in any order") {
    auto request = with_query(good_query + "&X-Amz-Security-Token=a%2Fb%3D&X-Amz-Expires=60");
    auto const shown = sigv4::read_presented(request);
    REQUIRE(shown.has_value());
    CHECK(shown->where == sigv4::presented::form::query);
    CHECK(shown->session_token == "a/b=");
    CHECK(shown->expires == std::chrono::seconds(60));
}

TEST_CASE("a Date header stands in for X-Amz-Date [IAM user guide, elements of a request]") {
    auto request = with_header("AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/iam/"
                               "aws4_request, SignedHeaders=date;host, Signature=" +
                               std::string(signature_text));
    request.headers[1] = {"Date", "Sun, 30 Aug 2015 12:36:00 GMT"};
    auto const shown = sigv4::read_presented(request);
    REQUIRE(shown.has_value());
    CHECK(shown->at_text == "20150830T123600Z");
}

TEST_CASE("a signature that is not whole is refused, in AWS's words where they are known") {
    struct row {
        char const* id;
        sigv4::request request;
        errc code;
        std::string_view detail;
    };
    std::string const start =
        "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/iam/aws4_request";
    std::string const rest =
        ", SignedHeaders=host;x-amz-date, Signature=" + std::string(signature_text);
    auto no_date = with_header(start + rest);
    no_date.headers.erase(no_date.headers.begin() + 1);
    auto twice = with_header(start + rest);
    twice.headers.push_back(twice.headers.back());
    auto both = with_header(start + rest);
    both.query = good_query;
    auto unsigned_target = with_header(start + rest);
    unsigned_target.headers.emplace_back("X-Amz-Target", "Service.DeleteEverything");
    for (auto const& [id, request, code, detail] : {
             row{"nothing", with_query("a=1"), errc::authorization_missing, ""},
             row{"bearer", with_header("Bearer abc"), errc::algorithm_unknown,
                 "Unsupported AWS 'algorithm': 'Bearer'"},
             row{"sigv4a", with_header("AWS4-ECDSA-P256-SHA256 Credential=x"),
                 errc::algorithm_unknown, "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'"},
             row{"no parts", with_header("AWS4-HMAC-SHA256"), errc::authorization_incomplete,
                 "Authorization header requires 'Credential' parameter. Authorization header "
                 "requires 'Signature' parameter. Authorization header requires 'SignedHeaders' "
                 "parameter."},
             row{"no signature", with_header(start + ", SignedHeaders=host"),
                 errc::authorization_incomplete,
                 "Authorization header requires 'Signature' parameter."},
             row{"no date", no_date, errc::authorization_incomplete,
                 "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                 "header."},
             row{"signature twice", with_header(start + rest + ", Signature=00"),
                 errc::duplicate_parameter, "`Signature` is given twice in Authorization"},
             row{"authorization twice", twice, errc::duplicate_parameter,
                 "the header `authorization` is given more than once"},
             row{"both ways", both, errc::duplicate_parameter,
                 "the request is signed both in the Authorization header and in the query"},
             row{"target not signed", unsigned_target, errc::header_not_signed,
                 "the header `x-amz-target` was sent but is not signed"},
             row{"host not signed", with_header(start + ", SignedHeaders=x-amz-date, Signature=00"),
                 errc::host_not_signed,
                 "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
             row{"four parts", changed("%2Fs%2F", "%2F"), errc::scope_malformed,
                 "Credential must have exactly 5 slash-delimited elements, e.g. "
                 "keyid/date/region/service/term, got 'AKID/20150830/us-east-1/aws4_request'"},
             row{"terminator", changed("aws4_request", "aws5"), errc::scope_malformed,
                 "Credential should be scoped with a valid terminator: 'aws4_request', not "
                 "'aws5'."},
             row{"no region", changed("us-east-1", ""), errc::scope_malformed,
                 "Credential should be scoped to a valid region, not ''. "},
             row{"other day", changed("20150830%2F", "20150831%2F"), errc::scope_date_differs,
                 "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                 "from HTTP: '20150831' != '20150830', from '20150830T123600Z'."},
             row{"date", changed("20150830T123600Z", "20150830T12:36"), errc::date_malformed,
                 "Date must be in ISO-8601 'basic format'. Got '20150830T12:36'. See "
                 "http://en.wikipedia.org/wiki/ISO_8601"},
             row{"no such day", changed("20150830T123600Z", "20150231T123600Z"),
                 errc::date_malformed,
                 "Date must be in ISO-8601 'basic format'. Got '20150231T123600Z'. See "
                 "http://en.wikipedia.org/wiki/ISO_8601"},
             row{"query host", changed("SignedHeaders=host", "SignedHeaders=x"),
                 errc::host_not_signed,
                 "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
             row{"query incomplete", changed("X-Amz-Date", "Y-Amz-Date"),
                 errc::authorization_incomplete,
                 "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the "
                 "query-string parameters."},
             row{"query twice", with_query(good_query + "&X-Amz-Signature=00"),
                 errc::duplicate_parameter, "the query parameter `X-Amz-Signature` is given twice"},
             row{"query twice, disguised", with_query(good_query + "&X%2DAmz-Date=x"),
                 errc::duplicate_parameter, "the query parameter `X-Amz-Date` is given twice"},
             row{"expires", with_query(good_query + "&X-Amz-Expires=604801"),
                 errc::lifetime_out_of_range, "X-Amz-Expires is `604801`"},
             row{"expires text", with_query(good_query + "&X-Amz-Expires=1h"),
                 errc::lifetime_out_of_range, "X-Amz-Expires is `1h`"},
         }) {
        CAPTURE(id);
        auto const shown = sigv4::read_presented(request);
        REQUIRE_FALSE(shown.has_value());
        CHECK(shown.error().code == make_error_code(code));
        CHECK(shown.error().detail == detail);
    }
}
