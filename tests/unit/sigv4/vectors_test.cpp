// Rows of tests/vectors/sigv4/signing.jsonl: a failure names the stage that broke first.
#include "base/text.hpp"
#include "json/parse.hpp"
#include "sigv4/signing_keys.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

using namespace cogniot;

namespace {

struct row {
    std::string id;
    sigv4::request request;
    sigv4::credentials who;
    sigv4::scope in;
    utc_time at;
    std::optional<std::chrono::seconds> expires;
    bool is_query = false;
    bool token_is_beside = false;
    std::string wire_query;
    sigv4::stages made_of;
};

row read_row(json::object const& from) {
    auto const text = [](json::object const& object, char const* key) {
        return std::string(object.at(key).as_string());
    };
    json::object const& request = from.at("request").as_object();
    json::object const& who = from.at("credentials").as_object();
    row out;
    out.id = text(from, "id");
    out.request = {.method = text(request, "method"),
                   .path = text(request, "path"),
                   .query = text(request, "query"),
                   .headers = {},
                   .body = *decode_base64(text(request, "body"))};
    for (auto const& field : request.at("headers").as_array())
        out.request.headers.emplace_back(field.at(0).as_string(), field.at(1).as_string());
    out.who = {.access_key_id = text(who, "access_key_id"),
               .secret_access_key = secret(text(who, "secret_access_key")),
               .session_token = text(who, "session_token")};
    out.in = {.region = text(from, "region"), .service = text(from, "service")};
    out.at = *parse_basic(text(from, "at"));
    out.made_of = {.canonical_request = text(from, "canonical_request"),
                   .string_to_sign = text(from, "string_to_sign"),
                   .signature = text(from, "signature")};
    if (out.is_query = text(from, "form") == "query"; out.is_query) {
        if (auto const life = json::find_integer(from, "expires"))
            out.expires = std::chrono::seconds(*life);
        out.token_is_beside = text(from, "token") == "beside";
        out.wire_query = text(from, "wire_query");
    }
    return out;
}

std::vector<row> read_rows() {
    std::vector<row> out;
    std::ifstream file(COGNIOT_VECTORS "/sigv4/signing.jsonl");
    for (std::string line; std::getline(file, line);)
        out.push_back(read_row(json::parse_object(line).value()));
    return out;
}

void check_stages(sigv4::stages const& ours, sigv4::stages const& expected) {
    REQUIRE(ours.canonical_request == expected.canonical_request);
    REQUIRE(ours.string_to_sign == expected.string_to_sign);
    REQUIRE(ours.signature == expected.signature);
}

} // namespace

TEST_CASE("every stage equals what AWS's own signers made of the same request") {
    auto const rows = read_rows();
    REQUIRE(rows.size() >= 33);
    for (row const& expected : rows) {
        CAPTURE(expected.id);
        sigv4::request received = expected.request;
        if (expected.is_query) {
            auto const made = sigv4::presign_query(
                expected.request, expected.who, expected.in, expected.at, expected.expires,
                expected.token_is_beside ? sigv4::token_placement::beside_the_signature
                                         : sigv4::token_placement::signed_with_the_rest);
            REQUIRE(made.has_value());
            check_stages(made->made_of, expected.made_of);
            CHECK(made->query == expected.wire_query);
            received.query = made->query;
        } else {
            auto const made =
                sigv4::sign_in_stages(expected.request, expected.who, expected.in, expected.at);
            REQUIRE(made.has_value());
            check_stages(made->made_of, expected.made_of);
            received.headers.insert(received.headers.end(), made->added.begin(), made->added.end());
        }

        auto const shown = sigv4::read_presented(received);
        REQUIRE(shown.has_value());
        CHECK(shown->access_key_id == expected.who.access_key_id);
        CHECK(shown->session_token == expected.who.session_token);
        CHECK(shown->in == expected.in);
        CHECK(shown->at == expected.at);
        // Kept from vector to vector: no key may stand for another secret, day, region or service.
        static sigv4::signing_keys keys;
        sigv4::verify_options options{.keys = &keys};
        if (expected.token_is_beside)
            options.session_token = sigv4::verify_options::token::must_not_be_signed;
        auto const verified = sigv4::verify(received, *shown, expected.who.secret_access_key,
                                            expected.at + std::chrono::seconds(1), options);
        REQUIRE(verified.has_value());
        check_stages(*verified, expected.made_of);
    }
}
