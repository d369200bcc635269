#include "client/doctor/url_check.hpp"
#include "client/errors.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cogniot;
using namespace cogniot::client;
using namespace cogniot::client::doctor;
using namespace std::chrono_literals;

namespace {

std::string const host = "x-ats.iot.ap-northeast-1.amazonaws.com";
utc_time const at = *parse_extended("2026-01-02T03:04:05Z");
sigv4::credentials const key{"ASIAEXAMPLE", secret("the-secret"), "the/token"};
sigv4::scope const here{"ap-northeast-1", "iotdevicegateway"};

std::string signed_for(std::string const& name = host, sigv4::scope const& in = here) {
    return *sigv4::presign(name, key, in, at);
}

/// As services other than AWS IoT want it: the token is signed with the rest.
std::string with_token_signed() {
    auto const made =
        sigv4::presign_query({.method = "GET", .path = "/mqtt", .headers = {{"host", host}}}, key,
                             here, at, {}, sigv4::token_placement::signed_with_the_rest);
    return "wss://" + host + "/mqtt?" + made->query;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    auto const found = text.find(what);
    REQUIRE(found != std::string::npos);
    return text.replace(found, what.size(), by);
}

} // namespace

TEST_CASE("a presigned URL is judged by what it says, and by its signature if the secret is known "
          "(spec iot-broker 1.4, 8.2)") {
    enum class secret_is { unknown, known, another };
    struct row {
        char const* id;
        std::string url;
        secret_is how;
        verdict expected;
        std::string_view says;
        std::chrono::seconds later = 0s;
    };
    using enum verdict;
    using enum secret_is;
    for (auto const& r : {
             row{"right", signed_for(), known, passed, "the signature is that of access key ASIA"},
             row{"right, as far as can be seen", signed_for(), unknown, passed, "by itself"},
             row{"token signed", with_token_signed(), known, failed, "part of what was signed"},
             row{"token signed or not: where it stands does not tell", with_token_signed(), unknown,
                 passed, "by itself"},
             row{"wrong secret", signed_for(), another, failed, "another secret was used"},
             row{"host with another port",
                 replaced(signed_for(host + ":443"), host + ":443", host + ":9000"), known, failed,
                 "amazonaws.com:443` and leads to"},
             row{"loopback by another name",
                 replaced(signed_for("localhost"), "localhost", "127.0.0.1"), known, failed,
                 "signed for host `localhost` and leads to `127.0.0.1`"},
             row{"changed", replaced(signed_for(), "Algorithm", "Algorithm=&x"), known, failed, ""},
             row{"region", signed_for(host, {"eu-west-1", "iotdevicegateway"}), unknown, failed,
                 "for region `eu-west-1` and leads to ap-northeast-1"},
             row{"service", signed_for(host, {"ap-northeast-1", "iot"}), unknown, failed,
                 "for service `iot`"},
             row{"used again", signed_for(), unknown, failed, "signed 5 min 1 s ago", 301s},
             row{"in time", signed_for(), unknown, passed, "by itself", 300s},
             row{"clock ahead", signed_for(), unknown, failed, "6 min 0 s in the future", -360s},
             row{"no token", *sigv4::presign(host, {"ASIAEXAMPLE", secret("s"), ""}, here, at),
                 unknown, failed, "no X-Amz-Security-Token"},
             row{"path", replaced(signed_for(), "/mqtt?", "/other?"), unknown, failed, "/other"},
             row{"no signature", "wss://" + host + "/mqtt", unknown, failed,
                 "carries no signature"},
         }) {
        CAPTURE(r.id);
        auto const url = parse_gateway_url(r.url);
        REQUIRE(url.has_value());
        std::optional<sigv4::credentials> signer;
        if (r.how != unknown)
            signer = {key.access_key_id, r.how == known ? key.secret_access_key : secret("other"),
                      key.session_token};
        auto const found = check_url(*url, time_of_judgement{at + r.later}, signer);
        CAPTURE(found.front().says);
        CHECK(std::any_of(found.begin(), found.end(), [&](finding const& f) {
            return f.how == r.expected && f.says.find(r.says) != std::string::npos;
        }));
        if (r.expected != failed)
            CHECK(found.size() == 1);
    }
}

TEST_CASE("by a clock that nothing was compared with a URL's age is at most suspected") {
    auto const url = parse_gateway_url(signed_for());
    REQUIRE(url.has_value());
    for (auto const later : {301s, -301s}) {
        auto const found = check_url(*url, time_of_judgement{at + later, false}, key);
        REQUIRE(found.size() == 2);
        CHECK(found.front().how == verdict::suspected);
        CHECK(found.front().says.find("this machine's clock") != std::string::npos);
        CHECK_FALSE(found.front().remedy.empty());
        CHECK(found.back().how == verdict::passed);
        CHECK(check_url(*url, {}, key).size() == 1);
    }
}

TEST_CASE("what is no gateway's URL is told, and its secrets are known") {
    for (auto const* const bad : {"", "x", "https://h/mqtt", "wss://", "wss://h:0/mqtt",
                                  "wss://h:x/mqtt", "wss://h_/mqtt", "wss://h/mqtt? "}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_gateway_url(bad).has_value());
    }
    auto const hidden = secrets_of(*parse_gateway_url(signed_for()));
    auto const has = [&](std::string_view text) {
        return std::any_of(hidden.begin(), hidden.end(),
                           [&](secret const& s) { return s.reveal() == text; });
    };
    CHECK(has("the/token"));
    CHECK(has("the%2Ftoken"));
    CHECK(hidden.size() == 4);
    CHECK_FALSE(parse_gateway_url("wss").has_value());
    CHECK_FALSE(parse_gateway_url("ws").has_value());
    auto const plain = parse_gateway_url("ws://127.0.0.1:4566/mqtt?a=b");
    REQUIRE(plain.has_value());
    CHECK(plain->at.port == 4566);
    CHECK_FALSE(plain->at.tls);
}
