// What a sign-in asks for beside the password. Source: spec cognito-iam-sigv4 3.3, 3.5, 3.6, 3.9.
#include "identity/totp.hpp"
#include "user_pool_fixture.hpp"

using namespace cogniot;
using test::text;
using test::user_pool_fixture;

namespace {

/// A user with a temporary password.
std::string invite(user_pool_fixture& cloud, std::string_view username,
                   json::array attributes = {}) {
    cloud.idp("AdminCreateUser", cloud.named(username, {{"TemporaryPassword", "Temp0rary!"},
                                                        {"UserAttributes", attributes},
                                                        {"MessageAction", "SUPPRESS"}}));
    auto const asked = cloud.sign_in(username, "Temp0rary!");
    CHECK(text(asked, "ChallengeName") == "NEW_PASSWORD_REQUIRED");
    return text(asked, "Session");
}

std::string code(std::string_view secret, utc_time at) {
    return identity::totp_code(identity::decode_base32(secret).value(), identity::totp_step(at));
}

/// Gives a signed-in user an authenticator app. @return its secret
std::string add_authenticator(user_pool_fixture& cloud, std::string const& access) {
    auto const offered = cloud.idp("AssociateSoftwareToken", json::object{{"AccessToken", access}});
    auto const secret = text(offered, "SecretCode");
    auto const verified =
        cloud.idp("VerifySoftwareToken", json::object{{"AccessToken", access},
                                                      {"UserCode", code(secret, cloud.now)},
                                                      {"FriendlyDeviceName", "phone"}});
    CHECK(text(verified, "Status") == "SUCCESS");
    return secret;
}

constexpr auto token_pool = R"({"MfaConfiguration":"OFF"})";

void offer_software_tokens(user_pool_fixture& cloud, std::string_view mode) {
    cloud.idp("SetUserPoolMfaConfig",
              json::object{{"UserPoolId", cloud.pool},
                           {"MfaConfiguration", mode},
                           {"SoftwareTokenMfaConfiguration", json::object{{"Enabled", true}}}});
}

} // namespace

TEST_CASE("a temporary password is good for choosing a new one") {
    user_pool_fixture cloud;
    cloud.idp("AdminCreateUser",
              cloud.named("alice", {{"TemporaryPassword", "Temp0rary!"},
                                    {"UserAttributes",
                                     {{{"Name", "email"}, {"Value", "alice@example.com"}}}}}));
    auto const asked = cloud.sign_in("alice", "Temp0rary!");
    CHECK(text(asked, "ChallengeName") == "NEW_PASSWORD_REQUIRED");
    CHECK_FALSE(asked.contains("AuthenticationResult"));
    auto const& parameters = asked.at("ChallengeParameters").as_object();
    CHECK(text(parameters, "USER_ID_FOR_SRP") == "alice");
    // Both are JSON in a text: clients parse them.
    CHECK(text(parameters, "requiredAttributes") == "[]");
    CHECK(text(parameters, "userAttributes") == R"({"email":"alice@example.com"})");
    auto const session = text(asked, "Session");
    auto const answer =
        cloud.idp("RespondToAuthChallenge",
                  cloud.response("NEW_PASSWORD_REQUIRED", session,
                                 {{"USERNAME", "alice"}, {"NEW_PASSWORD", "Passw0rd!"}}));
    CHECK(answer.contains("AuthenticationResult"));
    CHECK(text(cloud.idp("AdminGetUser", cloud.named("alice")), "UserStatus") == "CONFIRMED");
    CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") == "ok");
    CHECK(cloud.sign_in_refusal("alice", "Temp0rary!") ==
          "NotAuthorizedException 400 Incorrect username or password.");
    // A session is used once.
    CHECK(
        cloud.idp_refusal("RespondToAuthChallenge",
                          cloud.response("NEW_PASSWORD_REQUIRED", session,
                                         {{"USERNAME", "alice"}, {"NEW_PASSWORD", "N3w-one!"}})) ==
        "NotAuthorizedException 400 Invalid session for the user.");
}

TEST_CASE("a new password that is refused can be tried again in the same session") {
    user_pool_fixture cloud;
    auto const session = invite(cloud, "alice");
    auto const answer = [&](json::object answers) {
        return cloud.idp_refusal("RespondToAuthChallenge",
                                 cloud.response("NEW_PASSWORD_REQUIRED", session, answers));
    };
    CHECK(answer({{"USERNAME", "alice"}, {"NEW_PASSWORD", "short"}}) ==
          "InvalidPasswordException 400 Password did not conform with policy: Password not long "
          "enough");
    CHECK(answer({{"USERNAME", "alice"}}) ==
          "InvalidParameterException 400 Missing required parameter NEW_PASSWORD");
    CHECK(answer({{"NEW_PASSWORD", "Passw0rd!"}}) ==
          "InvalidParameterException 400 Missing required parameter USERNAME");
    CHECK(answer({{"USERNAME", "alice"}, {"NEW_PASSWORD", "Passw0rd!"}}) == "ok");
}

TEST_CASE("required attributes that are missing are asked for with the new password") {
    user_pool_fixture cloud(R"({"Schema":[{"Name":"email","Required":true,"Mutable":true}]})",
                            "{}");
    cloud.idp("AdminCreateUser", cloud.named("alice", {{"TemporaryPassword", "Temp0rary!"},
                                                       {"MessageAction", "SUPPRESS"}}));
    auto const asked = cloud.sign_in("alice", "Temp0rary!");
    CHECK(text(asked.at("ChallengeParameters").as_object(), "requiredAttributes") ==
          R"(["userAttributes.email"])");
    auto const session = text(asked, "Session");
    CHECK(
        cloud.idp_refusal("RespondToAuthChallenge",
                          cloud.response("NEW_PASSWORD_REQUIRED", session,
                                         {{"USERNAME", "alice"}, {"NEW_PASSWORD", "Passw0rd!"}})) ==
        "InvalidParameterException 400 Invalid attributes given, email is missing");
    auto const answer = cloud.idp("RespondToAuthChallenge",
                                  cloud.response("NEW_PASSWORD_REQUIRED", session,
                                                 {{"USERNAME", "alice"},
                                                  {"NEW_PASSWORD", "Passw0rd!"},
                                                  {"userAttributes.email", "alice@example.com"}}));
    CHECK(answer.contains("AuthenticationResult"));
    CHECK(cloud.attribute(cloud.idp("AdminGetUser", cloud.named("alice")), "email") ==
          "alice@example.com");
}

TEST_CASE("a temporary password expires with the policy's days") {
    user_pool_fixture cloud;
    cloud.idp("AdminCreateUser", cloud.named("alice", {{"TemporaryPassword", "Temp0rary!"}}));
    cloud.now += std::chrono::hours(24 * 7);
    CHECK(cloud.sign_in_refusal("alice", "Temp0rary!") == "ok");
    cloud.now += std::chrono::milliseconds(1);
    CHECK(cloud.sign_in_refusal("alice", "Temp0rary!") ==
          "NotAuthorizedException 400 Temporary password has expired and must be reset by an "
          "administrator.");
}

TEST_CASE("a session is held to its user, its client, its challenge and its time") {
    user_pool_fixture cloud;
    auto const session = invite(cloud, "alice");
    cloud.add_user("bob", "Passw0rd!");
    auto const invalid = "NotAuthorizedException 400 Invalid session for the user.";
    auto const answer = [&](json::object const& input) {
        return cloud.idp_refusal("RespondToAuthChallenge", input);
    };
    json::object const right{{"USERNAME", "alice"}, {"NEW_PASSWORD", "Passw0rd!"}};
    CHECK(answer(cloud.response("NEW_PASSWORD_REQUIRED", std::string(40, 'x'), right)) == invalid);
    CHECK(answer(cloud.response("NEW_PASSWORD_REQUIRED", session,
                                {{"USERNAME", "bob"}, {"NEW_PASSWORD", "Passw0rd!"}})) == invalid);
    CHECK(answer(cloud.response("SOFTWARE_TOKEN_MFA", session,
                                {{"USERNAME", "alice"}, {"SOFTWARE_TOKEN_MFA_CODE", "000000"}})) ==
          invalid);
    auto without = cloud.response("NEW_PASSWORD_REQUIRED", session, right);
    without.erase("Session");
    CHECK(answer(without) == "InvalidParameterException 400 Missing required parameter Session");
    cloud.now += std::chrono::minutes(3);
    CHECK(answer(cloud.response("NEW_PASSWORD_REQUIRED", session, right)) ==
          "NotAuthorizedException 400 Invalid session for the user, session is expired.");
}

TEST_CASE("an authenticator app's code is asked for once the user prefers it") {
    user_pool_fixture cloud(token_pool, "{}");
    offer_software_tokens(cloud, "OPTIONAL");
    cloud.add_user("alice", "Passw0rd!");
    auto const access = text(cloud.tokens("alice", "Passw0rd!"), "AccessToken");
    json::object const wish{
        {"AccessToken", access},
        {"SoftwareTokenMfaSettings", json::object{{"Enabled", true}, {"PreferredMfa", true}}}};
    CHECK(cloud.idp_refusal("SetUserMFAPreference", wish) ==
          "InvalidParameterException 400 User does not have delivery config set to turn on "
          "SOFTWARE_TOKEN_MFA");
    auto const secret = add_authenticator(cloud, access);
    // Set up, but not turned on yet.
    CHECK(cloud.sign_in("alice", "Passw0rd!").contains("AuthenticationResult"));
    cloud.idp("SetUserMFAPreference", wish);
    auto const shown = cloud.idp("GetUser", json::object{{"AccessToken", access}});
    CHECK(text(shown, "PreferredMfaSetting") == "SOFTWARE_TOKEN_MFA");
    CHECK(shown.at("UserMFASettingList") == json::array{"SOFTWARE_TOKEN_MFA"});

    auto const asked = cloud.sign_in("alice", "Passw0rd!");
    CHECK(text(asked, "ChallengeName") == "SOFTWARE_TOKEN_MFA");
    CHECK(text(asked.at("ChallengeParameters").as_object(), "FRIENDLY_DEVICE_NAME") == "phone");
    auto const answer = [&](std::string_view session, std::string_view given) {
        return cloud.idp_refusal(
            "RespondToAuthChallenge",
            cloud.response("SOFTWARE_TOKEN_MFA", session,
                           {{"USERNAME", "alice"}, {"SOFTWARE_TOKEN_MFA_CODE", given}}));
    };
    auto const session = text(asked, "Session");
    auto const right = code(secret, cloud.now);
    auto const wrong = right == "000000" ? "000001" : "000000";
    CHECK(answer(session, wrong) == "CodeMismatchException 400 Invalid code received for user");
    CHECK(answer(session, right) == "ok");
    // The same code does not sign in twice.
    auto const again = text(cloud.sign_in("alice", "Passw0rd!"), "Session");
    CHECK(answer(again, right) ==
          "ExpiredCodeException 400 Your software token has already been used once.");
    cloud.now += std::chrono::seconds(30);
    CHECK(answer(again, code(secret, cloud.now)) == "ok");
}

TEST_CASE("five wrong codes end the session") {
    user_pool_fixture cloud(token_pool, "{}");
    offer_software_tokens(cloud, "OPTIONAL");
    cloud.add_user("alice", "Passw0rd!");
    auto const access = text(cloud.tokens("alice", "Passw0rd!"), "AccessToken");
    auto const secret = add_authenticator(cloud, access);
    cloud.idp("AdminSetUserMFAPreference",
              cloud.named("alice", {{"SoftwareTokenMfaSettings",
                                     json::object{{"Enabled", true}, {"PreferredMfa", true}}}}));
    auto const session = text(cloud.sign_in("alice", "Passw0rd!"), "Session");
    auto const right = code(secret, cloud.now);
    auto const wrong = right == "000000" ? "000001" : "000000";
    auto const answer = [&](std::string_view given) {
        return cloud.idp_refusal(
            "RespondToAuthChallenge",
            cloud.response("SOFTWARE_TOKEN_MFA", session,
                           {{"USERNAME", "alice"}, {"SOFTWARE_TOKEN_MFA_CODE", given}}));
    };
    for (int i = 0; i < 5; ++i)
        CHECK(answer(wrong) == "CodeMismatchException 400 Invalid code received for user");
    CHECK(answer(right) == "NotAuthorizedException 400 Invalid session for the user.");
}

TEST_CASE("a pool that insists on a second factor has it set up during the sign-in") {
    user_pool_fixture cloud(token_pool, "{}");
    offer_software_tokens(cloud, "ON");
    cloud.add_user("alice", "Passw0rd!");
    auto const asked = cloud.sign_in("alice", "Passw0rd!");
    CHECK(text(asked, "ChallengeName") == "MFA_SETUP");
    CHECK(text(asked.at("ChallengeParameters").as_object(), "MFAS_CAN_SETUP") ==
          R"(["SOFTWARE_TOKEN_MFA"])");
    // Not without the app.
    CHECK(cloud.idp_refusal(
              "RespondToAuthChallenge",
              cloud.response("MFA_SETUP", text(asked, "Session"), {{"USERNAME", "alice"}})) ==
          "SoftwareTokenMFANotFoundException 400 Software Token MFA does not exist for the user.");
    auto const offered =
        cloud.idp("AssociateSoftwareToken", json::object{{"Session", text(asked, "Session")}});
    auto const secret = text(offered, "SecretCode");
    auto const right = code(secret, cloud.now);
    auto const wrong = right == "000000" ? "000001" : "000000";
    CHECK(
        cloud.idp_refusal("VerifySoftwareToken", json::object{{"Session", text(offered, "Session")},
                                                              {"UserCode", wrong}}) ==
        "EnableSoftwareTokenMFAException 400 Code mismatch and fail enable Software Token MFA");
    auto const verified =
        cloud.idp("VerifySoftwareToken",
                  json::object{{"Session", text(offered, "Session")}, {"UserCode", right}});
    CHECK(text(verified, "Status") == "SUCCESS");
    CHECK(text(verified, "Session") != text(offered, "Session"));
    auto const answer =
        cloud.idp("RespondToAuthChallenge",
                  cloud.response("MFA_SETUP", text(verified, "Session"), {{"USERNAME", "alice"}}));
    CHECK(answer.contains("AuthenticationResult"));
    CHECK(text(cloud.sign_in("alice", "Passw0rd!"), "ChallengeName") == "SOFTWARE_TOKEN_MFA");
}

TEST_CASE("a code that is texted lies in the outbox and signs in") {
    user_pool_fixture cloud(
        R"({"MfaConfiguration":"ON","SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::1:role/sns"}})",
        "{}");
    cloud.add_user("alice", "Passw0rd!", {{{"Name", "phone_number"}, {"Value", "+819012345678"}}});
    auto const asked = cloud.sign_in("alice", "Passw0rd!");
    CHECK(text(asked, "ChallengeName") == "SMS_MFA");
    auto const& parameters = asked.at("ChallengeParameters").as_object();
    CHECK(text(parameters, "CODE_DELIVERY_DELIVERY_MEDIUM") == "SMS");
    CHECK(text(parameters, "CODE_DELIVERY_DESTINATION") == "+********5678");
    auto const& outbox = cloud.world.cognito_idp.outbox;
    REQUIRE(outbox.size() == 1);
    CHECK(outbox.back().destination == "+819012345678");
    auto const right = outbox.back().code.reveal();
    auto const answer = [&](std::string_view given) {
        return cloud.idp_refusal("RespondToAuthChallenge",
                                 cloud.response("SMS_MFA", text(asked, "Session"),
                                                {{"USERNAME", "alice"}, {"SMS_MFA_CODE", given}}));
    };
    CHECK(answer(right == "000000" ? "000001" : "000000") ==
          "CodeMismatchException 400 Invalid code or auth state for the user.");
    CHECK(answer(right) == "ok");
}

TEST_CASE("a user with two second factors and no preference chooses") {
    user_pool_fixture cloud(
        R"({"MfaConfiguration":"OPTIONAL","SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::1:role/sns"}})",
        "{}");
    cloud.idp("SetUserPoolMfaConfig", json::parse_object(R"({"UserPoolId":")" + cloud.pool +
                                                         R"(","MfaConfiguration":"OPTIONAL",
                                 "SmsMfaConfiguration":{"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::1:role/sns"}},
                                 "SoftwareTokenMfaConfiguration":{"Enabled":true}})")
                                          .value());
    cloud.add_user("alice", "Passw0rd!", {{{"Name", "phone_number"}, {"Value", "+819012345678"}}});
    add_authenticator(cloud, text(cloud.tokens("alice", "Passw0rd!"), "AccessToken"));
    cloud.idp("AdminSetUserMFAPreference",
              cloud.named("alice", {{"SoftwareTokenMfaSettings", json::object{{"Enabled", true}}},
                                    {"SMSMfaSettings", json::object{{"Enabled", true}}}}));
    auto const asked = cloud.sign_in("alice", "Passw0rd!");
    CHECK(text(asked, "ChallengeName") == "SELECT_MFA_TYPE");
    CHECK(text(asked.at("ChallengeParameters").as_object(), "MFAS_CAN_CHOOSE") ==
          R"(["SMS_MFA","SOFTWARE_TOKEN_MFA"])");
    auto const chosen = cloud.idp("RespondToAuthChallenge",
                                  cloud.response("SELECT_MFA_TYPE", text(asked, "Session"),
                                                 {{"USERNAME", "alice"}, {"ANSWER", "SMS_MFA"}}));
    CHECK(text(chosen, "ChallengeName") == "SMS_MFA");
}
