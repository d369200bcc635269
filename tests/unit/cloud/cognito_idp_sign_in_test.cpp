// Signing in with a password: what is answered, and each refusal with its exact words.
// Source of types and messages: spec cognito-iam-sigv4 3.6 and 3.9.
#include "base/text.hpp"
#include "user_pool_fixture.hpp"

using namespace cogniot;
using test::text;
using test::user_pool_fixture;

TEST_CASE("a user signs in with password and secret hash and gets three tokens") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    auto const answer = cloud.sign_in("alice", "Passw0rd!");
    CHECK(answer.at("ChallengeParameters") == json::object{});
    CHECK_FALSE(answer.contains("ChallengeName"));
    auto const& result = answer.at("AuthenticationResult").as_object();
    CHECK(text(result, "TokenType") == "Bearer");
    CHECK(json::find_integer(result, "ExpiresIn") == 3600);
    CHECK(text(result, "AccessToken").starts_with("eyJ"));
    CHECK(text(result, "IdToken").starts_with("eyJ"));
    // Spec 3.8: five parts, well over 1 kB.
    CHECK(split(text(result, "RefreshToken"), '.').size() == 5);
    CHECK(text(result, "RefreshToken").size() > 1024);
}

TEST_CASE("a sign-in that is wrong is refused in AWS's words, in AWS's order") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    auto const id = cloud.client;
    struct row {
        char const* name;
        json::object parameters;
        std::string refusal;
    };
    auto const right = cloud.hash("alice");
    row const rows[] = {
        {"no-username",
         {{"PASSWORD", "x"}},
         "InvalidParameterException 400 Missing required parameter USERNAME"},
        {"no-password",
         {{"USERNAME", "alice"}, {"SECRET_HASH", right}},
         "InvalidParameterException 400 Missing required parameter PASSWORD"},
        {"no-hash",
         {{"USERNAME", "alice"}, {"PASSWORD", "Passw0rd!"}},
         "NotAuthorizedException 400 Client " + id +
             " is configured with secret but SECRET_HASH was not received"},
        {"wrong-hash",
         {{"USERNAME", "alice"}, {"PASSWORD", "Passw0rd!"}, {"SECRET_HASH", "AAAA"}},
         "NotAuthorizedException 400 Unable to verify secret hash for client " + id},
        {"hash-of-another-user",
         {{"USERNAME", "alice"}, {"PASSWORD", "Passw0rd!"}, {"SECRET_HASH", cloud.hash("bob")}},
         "NotAuthorizedException 400 Unable to verify secret hash for client " + id},
        {"wrong-hash-before-wrong-password",
         {{"USERNAME", "alice"}, {"PASSWORD", "x"}, {"SECRET_HASH", "AAAA"}},
         "NotAuthorizedException 400 Unable to verify secret hash for client " + id},
        {"wrong-password",
         {{"USERNAME", "alice"}, {"PASSWORD", "Passw0rd?"}, {"SECRET_HASH", right}},
         "NotAuthorizedException 400 Incorrect username or password."},
        {"unknown-user",
         {{"USERNAME", "bob"}, {"PASSWORD", "Passw0rd!"}, {"SECRET_HASH", cloud.hash("bob")}},
         "UserNotFoundException 400 User does not exist."},
        {"right", {{"USERNAME", "alice"}, {"PASSWORD", "Passw0rd!"}, {"SECRET_HASH", right}}, "ok"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        CHECK(cloud.idp_refusal("InitiateAuth", json::object{{"AuthFlow", "USER_PASSWORD_AUTH"},
                                                             {"ClientId", id},
                                                             {"AuthParameters", r.parameters}}) ==
              r.refusal);
    }
}

TEST_CASE("an unknown client, and flows that a client does not allow") {
    user_pool_fixture cloud("{}", R"({"ExplicitAuthFlows":["ALLOW_CUSTOM_AUTH"]})");
    struct row {
        char const* operation;
        char const* flow;
        std::string client;
        std::string refusal;
    };
    row const rows[] = {
        {"InitiateAuth", "USER_PASSWORD_AUTH", "nobody",
         "ResourceNotFoundException 400 User pool client nobody does not exist."},
        {"InitiateAuth", "USER_PASSWORD_AUTH", cloud.client,
         "InvalidParameterException 400 USER_PASSWORD_AUTH flow not enabled for this client"},
        {"InitiateAuth", "USER_SRP_AUTH", cloud.client,
         "InvalidParameterException 400 USER_SRP_AUTH is not enabled for the client."},
        {"InitiateAuth", "ADMIN_USER_PASSWORD_AUTH", cloud.client,
         "InvalidParameterException 400 Initiate Auth method not supported."},
        {"AdminInitiateAuth", "ADMIN_USER_PASSWORD_AUTH", cloud.client,
         "InvalidParameterException 400 Auth flow not enabled for this client"},
        {"AdminInitiateAuth", "ADMIN_NO_SRP_AUTH", cloud.client,
         "InvalidParameterException 400 Auth flow not enabled for this client"},
        {"InitiateAuth", "SIGN_ME_IN", cloud.client,
         "InvalidParameterException 400 1 validation error detected: Value 'SIGN_ME_IN' at "
         "'authFlow' failed to satisfy constraint: Member must satisfy enum value set: "
         "[USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, "
         "USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_AUTH]"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.flow);
        json::object const input{{"AuthFlow", r.flow},
                                 {"ClientId", r.client},
                                 {"UserPoolId", cloud.pool},
                                 {"AuthParameters", json::object{{"USERNAME", "a"}}}};
        CHECK(cloud.idp_refusal(r.operation, input) == r.refusal);
    }
}

TEST_CASE("without ExplicitAuthFlows a client may not sign in with a password (spec 3.4)") {
    user_pool_fixture cloud;
    auto const shown = cloud.idp("CreateUserPoolClient",
                                 json::object{{"UserPoolId", cloud.pool}, {"ClientName", "plain"}});
    cloud.client = text(shown.at("UserPoolClient").as_object(), "ClientId");
    cloud.client_secret = "";
    CHECK(cloud.sign_in_refusal("alice", "x") ==
          "InvalidParameterException 400 USER_PASSWORD_AUTH flow not enabled for this client");
}

TEST_CASE("PreventUserExistenceErrors hides that a user does not exist") {
    user_pool_fixture cloud("{}", R"({"PreventUserExistenceErrors":"ENABLED"})");
    CHECK(cloud.sign_in_refusal("nobody", "Passw0rd!") ==
          "NotAuthorizedException 400 Incorrect username or password.");
}

TEST_CASE("AdminInitiateAuth signs in with a password on behalf of a user") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    json::object const input{
        {"UserPoolId", cloud.pool},
        {"ClientId", cloud.client},
        {"AuthFlow", "ADMIN_USER_PASSWORD_AUTH"},
        {"AuthParameters", json::object{{"USERNAME", "alice"},
                                        {"PASSWORD", "Passw0rd!"},
                                        {"SECRET_HASH", cloud.hash("alice")}}}};
    CHECK(cloud.idp("AdminInitiateAuth", input).contains("AuthenticationResult"));
}

TEST_CASE("a user who is not fit to sign in is told why, once the password was right") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    SUBCASE("disabled") {
        cloud.idp("AdminDisableUser", cloud.named("alice"));
        CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") ==
              "NotAuthorizedException 400 User is disabled.");
        cloud.idp("AdminEnableUser", cloud.named("alice"));
        CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") == "ok");
    }
    SUBCASE("reset") {
        cloud.idp("AdminResetUserPassword", cloud.named("alice"));
        CHECK(cloud.sign_in_refusal("alice", "wrong") ==
              "NotAuthorizedException 400 Incorrect username or password.");
        CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") ==
              "PasswordResetRequiredException 400 Password reset required for the user");
    }
    SUBCASE("deleted") {
        cloud.idp("AdminDeleteUser", cloud.named("alice"));
        CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") ==
              "UserNotFoundException 400 User does not exist.");
    }
}

// Spec 3.9, "Lockout".
TEST_CASE("from the fifth wrong password on the user waits, twice as long each time") {
    using namespace std::chrono_literals;
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    auto const wrong = "NotAuthorizedException 400 Incorrect username or password.";
    auto const locked = "NotAuthorizedException 400 Password attempts exceeded";
    for (int i = 0; i < 5; ++i)
        CHECK(cloud.sign_in_refusal("alice", "x") == wrong);
    CHECK(cloud.sign_in_refusal("alice", "x") == locked);
    CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") == locked);
    cloud.now += 999ms;
    CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") == locked);
    cloud.now += 1ms;
    CHECK(cloud.sign_in_refusal("alice", "x") == wrong); // the sixth: 2 s
    cloud.now += 1999ms;
    CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") == locked);
    cloud.now += 1ms;
    CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") == "ok");
    // The right one cleared the count.
    for (int i = 0; i < 4; ++i)
        CHECK(cloud.sign_in_refusal("alice", "x") == wrong);
    CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") == "ok");
}

TEST_CASE("wrong passwords are forgotten after fifteen minutes of silence") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    for (int i = 0; i < 4; ++i)
        cloud.sign_in_refusal("alice", "x");
    cloud.now += std::chrono::minutes(16);
    for (int i = 0; i < 4; ++i)
        cloud.sign_in_refusal("alice", "x");
    CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") == "ok");
}

TEST_CASE("the wait grows to fifteen minutes and no further") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    for (int i = 0; i < 40; ++i) {
        cloud.sign_in_refusal("alice", "x");
        cloud.now += std::chrono::minutes(15);
        REQUIRE(cloud.sign_in_refusal("alice", "x") ==
                "NotAuthorizedException 400 Incorrect username or password.");
        cloud.now += std::chrono::minutes(15);
    }
}
