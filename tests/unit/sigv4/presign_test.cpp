#include "sigv4/sigv4.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace std::chrono_literals;

namespace {

// Key and instant of the vectors that were computed with botocore's auth.py and aws-c-auth.
sigv4::credentials const who{.access_key_id = "AKIDEXAMPLE",
                             .secret_access_key =
                                 secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")};
utc_time const at = *parse_basic("20240102T030405Z");
constexpr std::string_view host = "a1b2c3d4e5f6g7-ats.iot.ap-northeast-1.amazonaws.com";
sigv4::scope const gateway{.region = "ap-northeast-1", .service = "iotdevicegateway"};

std::string const start =
    "wss://" + std::string(host) +
    "/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20240102"
    "%2Fap-northeast-1%2Fiotdevicegateway%2Faws4_request&X-Amz-Date=20240102T030405Z"
    "&X-Amz-SignedHeaders=host";

} // namespace

TEST_CASE("a presigned URL is what awscrt 0.16.8 returns for /mqtt") {
    CHECK(*sigv4::presign(host, who, gateway, at) ==
          start + "&X-Amz-Signature="
                  "ffa759a994afdc0bbf2d6268aaca36e641cb132a897a45546e14b72067fb123e");
    CHECK(*sigv4::presign(host, who, gateway, at, 86'400s) ==
          start + "&X-Amz-Expires=86400&X-Amz-Signature="
                  "85bfe6bfc48c17ea66ae47d6c92a5f60c727b14eb845a969099ddf312dd4fc39");
}

TEST_CASE("the session token stands beside the signature and does not change it") {
    sigv4::credentials with_token = who;
    with_token.session_token = "TOKEN/abc+def==";
    CHECK(*sigv4::presign(host, with_token, gateway, at, 86'400s) ==
          start + "&X-Amz-Expires=86400&X-Amz-Security-Token=TOKEN%2Fabc%2Bdef%3D%3D"
                  "&X-Amz-Signature="
                  "85bfe6bfc48c17ea66ae47d6c92a5f60c727b14eb845a969099ddf312dd4fc39");
}

TEST_CASE("the port is signed with the host, and both go out in lower case") {
    auto const signature = [&](std::string_view endpoint) {
        std::string const url = *sigv4::presign(endpoint, who, gateway, at, 86'400s);
        return url.substr(url.rfind('=') + 1);
    };
    // awscrt with a Host header of `localhost:8443`.
    CHECK(signature("localhost:8443") ==
          "0240c8d02bf028ba8d43c160139f10b39d508184016f94696247ee83fb50a7d6");
    CHECK(signature("LocalHost:8443") == signature("localhost:8443"));
    CHECK(sigv4::presign("LocalHost:8443", who, gateway, at)
              ->starts_with("wss://localhost:8443/mqtt?"));
}

TEST_CASE("a lifetime is 1 s to 7 days [IAM user guide, X-Amz-Expires]") {
    CHECK(sigv4::presign(host, who, gateway, at, 1s).has_value());
    CHECK(sigv4::presign(host, who, gateway, at, 604'800s).has_value());
    for (auto life : {0s, -1s, 604'801s})
        CHECK(sigv4::presign(host, who, gateway, at, life).error().code ==
              make_error_code(sigv4::errc::lifetime_out_of_range));
    CHECK(sigv4::presign("", who, gateway, at).error().code ==
          make_error_code(sigv4::errc::host_empty));
}
