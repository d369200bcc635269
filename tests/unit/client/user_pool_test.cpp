#include "base/text.hpp"
#include "client/errors.hpp"
#include "client/user_pool.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using namespace std::chrono_literals;

namespace {

utc_time const noon = *parse_extended("2026-01-02T12:00:00Z");
app_client const with_secret{"6upe6ndundkv7f5i9jlo6a8p2t",
                             secret("1h2v8d3k4m5n6p7q8r9s0t1u2v3w4x5y6z7a8b9c0d1e2f3g4h5i")};

std::string token_of(std::string_view claims) {
    return "e30." + encode_base64url(claims) + ".c2ln";
}

json::object body_of(aws_call const& call) {
    return *json::parse_object(call.body);
}

std::string id_token() {
    return token_of(
        R"({"sub":"1f2e","cognito:username":"alice","iat":1000,"exp":4600,)"
        R"("iss":"https:\/\/cognito-idp.ap-northeast-1.amazonaws.com\/ap-northeast-1_AbC"})");
}

} // namespace

TEST_CASE("SECRET_HASH is Base64(HMAC-SHA256(secret, user name + client id)) "
          "(Cognito developer guide; value computed with openssl)") {
    CHECK(secret_hash(with_secret, "alice") == "2r9qM63ski3bV/J5Uvesp3ZC5M/Frqb9d2g2Pe7sJL4=");
}

TEST_CASE("InitiateAuth carries SECRET_HASH exactly when the app client has a secret") {
    auto const call = make_initiate_auth(with_secret, {"alice", secret("pw")});
    CHECK(amz_target(call) == "AWSCognitoIdentityProviderService.InitiateAuth");
    CHECK_FALSE(call.is_signed);
    auto const body = body_of(call);
    CHECK(json::find_string(body, "AuthFlow") == "USER_PASSWORD_AUTH");
    auto const* parameters = json::find_object(body, "AuthParameters");
    REQUIRE(parameters);
    CHECK(json::find_string(*parameters, "USERNAME") == "alice");
    CHECK(json::find_string(*parameters, "PASSWORD") == "pw");
    CHECK(json::find_string(*parameters, "SECRET_HASH") ==
          "2r9qM63ski3bV/J5Uvesp3ZC5M/Frqb9d2g2Pe7sJL4=");
    auto const without = body_of(make_initiate_auth({"id", {}}, {"alice", secret("pw")}));
    CHECK_FALSE(json::find_object(without, "AuthParameters")->contains("SECRET_HASH"));
}

TEST_CASE("tokens: expiry counts from the answer by the token's own life, not by its clock") {
    json::object const answer{{"AuthenticationResult", json::object{{"IdToken", id_token()},
                                                                    {"AccessToken", "acc"},
                                                                    {"RefreshToken", "ref"},
                                                                    {"ExpiresIn", 3600}}},
                              {"ChallengeParameters", json::object{}}};
    auto const outcome = read_sign_in(answer, "alice@example.com", noon);
    REQUIRE(outcome.has_value());
    auto const* got = std::get_if<tokens>(&*outcome);
    REQUIRE(got != nullptr);
    CHECK(got->id_token_expires == noon + 3600s);
    CHECK(got->provider == "cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_AbC");
    CHECK(got->sub == "1f2e");
    CHECK(got->user_name == "alice");
    CHECK(got->refresh_token.reveal() == "ref");

    SUBCASE("a refresh brings no refresh token: the old one stays (Cognito developer guide)") {
        auto const again = read_refresh(
            {{"AuthenticationResult", json::object{{"IdToken", id_token()}}}}, *got, noon + 1h);
        REQUIRE(again.has_value());
        CHECK(again->refresh_token.reveal() == "ref");
        CHECK(again->id_token_expires == noon + 2h);
        auto const body = body_of(make_refresh(with_secret, *got));
        CHECK(json::find_string(body, "AuthFlow") == "REFRESH_TOKEN_AUTH");
        CHECK(json::find_string(*json::find_object(body, "AuthParameters"), "SECRET_HASH") ==
              secret_hash(with_secret, "alice"));
    }
}

TEST_CASE("challenges come back typed and are answered under the name Cognito gave") {
    json::object const answer{
        {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
        {"Session", "s1"},
        {"ChallengeParameters", json::object{{"USER_ID_FOR_SRP", "uuid-1"},
                                             {"requiredAttributes", R"(["userAttributes.email"])"},
                                             {"userAttributes", "{}"}}}};
    auto const outcome = read_sign_in(answer, "alice", noon);
    REQUIRE(outcome.has_value());
    auto const* asked = std::get_if<challenge>(&*outcome);
    REQUIRE(asked);
    CHECK(asked->what == challenge::kind::new_password_required);
    CHECK(asked->required_attributes() == std::vector<std::string>{"email"});
    auto const body = body_of(make_respond(
        with_secret, *asked, answer_new_password(secret("N3w!"), {{"email", "a@example.com"}})));
    CHECK(json::find_string(body, "ChallengeName") == "NEW_PASSWORD_REQUIRED");
    CHECK(json::find_string(body, "Session") == "s1");
    auto const* responses = json::find_object(body, "ChallengeResponses");
    REQUIRE(responses);
    CHECK(json::find_string(*responses, "USERNAME") == "uuid-1");
    CHECK(json::find_string(*responses, "NEW_PASSWORD") == "N3w!");
    CHECK(json::find_string(*responses, "userAttributes.email") == "a@example.com");
    CHECK(json::find_string(*responses, "SECRET_HASH") == secret_hash(with_secret, "uuid-1"));
}

TEST_CASE("codes are answered in the member Cognito names after the challenge") {
    for (auto const& [name, kind, member] :
         {std::tuple{"SOFTWARE_TOKEN_MFA", challenge::kind::software_token_mfa,
                     "SOFTWARE_TOKEN_MFA_CODE"},
          std::tuple{"SMS_MFA", challenge::kind::sms_mfa, "SMS_MFA_CODE"},
          std::tuple{"EMAIL_OTP", challenge::kind::other, "EMAIL_OTP_CODE"}}) {
        CAPTURE(name);
        auto const outcome =
            read_sign_in({{"ChallengeName", name}, {"Session", "s"}}, "alice", noon);
        REQUIRE(outcome.has_value());
        auto const& asked = std::get<challenge>(*outcome);
        CHECK(asked.what == kind);
        CHECK(asked.user_name == "alice");
        CHECK(answer_code(asked, secret("123456")).count(member) == 1);
    }
}

TEST_CASE("an answer that is neither tokens nor a challenge is an error, not a crash") {
    for (json::object const& answer :
         {json::object{}, json::object{{"AuthenticationResult", json::object{}}},
          json::object{{"AuthenticationResult", json::object{{"IdToken", "x.y.z"}}}},
          json::object{{"AuthenticationResult", json::object{{"IdToken", token_of("{}")}}}}}) {
        auto const outcome = read_sign_in(answer, "alice", noon);
        REQUIRE_FALSE(outcome.has_value());
        CHECK(outcome.error().code == make_error_code(errc::answer_not_understood));
    }
}

TEST_CASE("each refusal of the user pool has its own name (texts: captured AWS answers)") {
    for (auto const& [code, message, expected] :
         {std::tuple{"NotAuthorizedException", "Incorrect username or password.",
                     errc::password_refused},
          std::tuple{"UserNotFoundException", "User does not exist.", errc::password_refused},
          std::tuple{"NotAuthorizedException", "Unable to verify secret hash for client x",
                     errc::secret_hash_refused},
          std::tuple{"NotAuthorizedException",
                     "Client x is configured with secret but SECRET_HASH was not received",
                     errc::secret_hash_refused},
          std::tuple{"NotAuthorizedException", "Password attempts exceeded", errc::sign_in_locked},
          std::tuple{"NotAuthorizedException", "User is disabled.", errc::user_disabled},
          std::tuple{"NotAuthorizedException",
                     "Temporary password has expired and must be reset by an administrator.",
                     errc::password_reset_required},
          std::tuple{"UserNotConfirmedException", "User is not confirmed.",
                     errc::user_not_confirmed},
          std::tuple{"PasswordResetRequiredException", "Password reset required for the user",
                     errc::password_reset_required},
          std::tuple{"InvalidParameterException",
                     "USER_PASSWORD_AUTH flow not enabled for this client", errc::flow_not_enabled},
          std::tuple{"ResourceNotFoundException", "User pool client x does not exist.",
                     errc::sign_in_refused}}) {
        CAPTURE(message);
        auto const e =
            sign_in_error({.status = 400, .code = code, .message = message}, with_secret);
        CHECK(e.code == make_error_code(expected));
        CHECK(e.detail.find(message) != std::string::npos);
        CHECK(e.message().find(with_secret.client_secret.reveal()) == std::string::npos);
    }
}

TEST_CASE("user add: the user is created silently and its password is permanent") {
    auto const create =
        make_admin_create_user("ap-northeast-1_AbC", "alice", {{"email", "a@example.com"}});
    CHECK(create.is_signed);
    CHECK(json::find_string(body_of(create), "MessageAction") == "SUPPRESS");
    auto const set = make_admin_set_password("ap-northeast-1_AbC", {"alice", secret("P@ss")});
    CHECK(set.is_signed);
    CHECK(json::find_bool(body_of(set), "Permanent") == true);
}
