#include "client/backend_credentials_answers.hpp"
#include "client/errors.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;

TEST_CASE("a credential_process's output [SDK reference guide, Process credential provider]") {
    auto const found = read_process_answer(R"({"Version": 1, "AccessKeyId": "A",
        "SecretAccessKey": "S", "SessionToken": "T", "Expiration": "2026-01-02T03:04:05Z"})");
    REQUIRE(found.has_value());
    CHECK(found->keys.access_key_id == "A");
    CHECK(found->keys.secret_access_key.reveal() == "S");
    CHECK(found->keys.session_token == "T");
    CHECK(found->expires == parse_extended("2026-01-02T03:04:05Z"));
    auto const lasting =
        read_process_answer(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S"})");
    REQUIRE(lasting.has_value());
    CHECK_FALSE(lasting->expires);
    struct row {
        std::string_view output;
        std::string_view detail;
    };
    for (auto const& [output, detail] :
         {row{"", "its output is not a JSON object"},
          row{R"({"AccessKeyId":"A","SecretAccessKey":"S"})", "its output's Version is not 1"},
          row{R"({"Version":2,"AccessKeyId":"A"})", "its output's Version is not 1"},
          row{R"({"Version":1,"AccessKeyId":"A"})", "the answer has no SecretAccessKey"},
          row{R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"soon"})",
              "the answer's Expiration `soon` is not an ISO 8601 time"}}) {
        auto const refused = read_process_answer(output);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == make_error_code(errc::backend_credentials_refused));
        CHECK(refused.error().detail == detail);
    }
}

TEST_CASE("instance metadata spells the token `Token` and says Success [EC2 user guide]") {
    auto const found = read_metadata_answer(R"({
  "Code" : "Success", "LastUpdated" : "2012-04-26T16:39:16Z", "Type" : "AWS-HMAC",
  "AccessKeyId" : "ASIAIOSFODNN7EXAMPLE",
  "SecretAccessKey" : "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  "Token" : "token", "Expiration" : "2017-05-17T15:09:54Z"
})");
    REQUIRE(found.has_value());
    CHECK(found->keys.session_token == "token");
    CHECK(found->expires == parse_extended("2017-05-17T15:09:54Z"));
    CHECK(read_metadata_answer(R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"no"})")
              .error()
              .detail == "the answer's Code is `AssumeRoleUnauthorizedAccess`: no");
}

TEST_CASE("STS answers XML [STS API reference, AssumeRole, sample response]") {
    auto const found = read_sts_answer(R"(<AssumeRoleResponse
xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/demo/TestAR</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <SessionToken>
       AQoDYXdzEPT//////////wEXAMPLE&amp;tc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfp
      </SessionToken>
      <Expiration>2019-11-09T13:34:41Z</Expiration>
    </Credentials>
  </AssumeRoleResult>
</AssumeRoleResponse>)");
    REQUIRE(found.has_value());
    CHECK(found->keys.access_key_id == "ASIAIOSFODNN7EXAMPLE");
    CHECK(found->keys.session_token ==
          "AQoDYXdzEPT//////////"
          "wEXAMPLE&tc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfp");
    CHECK(found->expires == parse_extended("2019-11-09T13:34:41Z"));
    CHECK(read_sts_answer("<html>").error().detail == "STS's answer has no whole <Credentials>");
    CHECK(read_sts_error("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                         "<Message>no &lt;way&gt;</Message></Error></ErrorResponse>") ==
          "AccessDenied: no <way>");
    CHECK(read_sts_error("Bad Gateway").empty());
}
