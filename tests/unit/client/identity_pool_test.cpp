#include "client/errors.hpp"
#include "client/identity_pool.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;

namespace {
tokens const alice{.id_token = secret("ID"),
                   .provider = "cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_AbC"};
identity_id const identity{"ap-northeast-1:0c9f8f4e-0000-4000-8000-000000000001"};
} // namespace

TEST_CASE("GetId and GetCredentialsForIdentity name the provider without scheme") {
    auto const call = make_get_id("ap-northeast-1:pool", alice);
    CHECK(amz_target(call) == "AWSCognitoIdentityService.GetId");
    CHECK(call.body == R"({"IdentityPoolId":"ap-northeast-1:pool","Logins":{)"
                       R"("cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_AbC":"ID"}})");
    CHECK_FALSE(make_get_credentials(identity, alice).is_signed);
}

TEST_CASE("credentials: SecretKey, an epoch number with fraction, the identity that came back") {
    auto const answer = json::parse_object(R"({"IdentityId":"r:merged","Credentials":{
        "AccessKeyId":"ASIAX","SecretKey":"s","SessionToken":"t","Expiration":1.717171717123E9}})");
    REQUIRE(answer.has_value());
    auto const got = read_credentials(*answer, identity);
    REQUIRE(got.has_value());
    CHECK(got->identity.text == "r:merged");
    CHECK(got->secret_access_key.reveal() == "s");
    CHECK(got->expires.time_since_epoch().count() == 1717171717123);
    auto const sts = json::parse_object(R"({"Credentials":{"AccessKeyId":"A",
        "SecretAccessKey":"s","SessionToken":"t","Expiration":1}})");
    CHECK(read_credentials(*sts, identity).error().code ==
          make_error_code(errc::answer_not_understood));
}

TEST_CASE("AttachPolicy is a PUT with the identity as target, signed") {
    auto const call = make_attach_policy("article/policy", identity);
    CHECK(call.method == "PUT");
    CHECK(call.path == "/target-policies/article%2Fpolicy");
    CHECK(call.body == R"({"target":"ap-northeast-1:0c9f8f4e-0000-4000-8000-000000000001"})");
    CHECK(call.is_signed);
    CHECK_FALSE(amz_target(call));
}

TEST_CASE("a refusal of AttachPolicy says who was refused what") {
    auto const call = make_attach_policy("p", identity);
    auto const code = [&](int status, std::string name, std::string const& skew = {}) {
        return backend_call_error({.status = status, .code = std::move(name)}, call, skew).code;
    };
    CHECK(code(403, "AccessDeniedException") == make_error_code(errc::call_not_authorised));
    CHECK(code(404, "ResourceNotFoundException") == make_error_code(errc::policy_not_found));
    CHECK(code(403, "UnrecognizedClientException") ==
          make_error_code(errc::backend_credentials_refused));
    CHECK(code(403, "SignatureDoesNotMatch") == make_error_code(errc::backend_credentials_refused));
    CHECK(code(403, "InvalidSignatureException", "this machine's clock is 1 h behind AWS's") ==
          make_error_code(errc::clock_skewed));
    CHECK(code(410, "Whatever") == make_error_code(errc::call_refused));
}
