// Tokens: what they say, how long they are good, and how they end.
// Source: spec cognito-iam-sigv4 3.8, 3.10, 4.6.
#include "base/text.hpp"
#include "user_pool_fixture.hpp"

#include <set>

using namespace cogniot;
using test::text;
using test::user_pool_fixture;

namespace {

std::set<std::string> members(json::object const& o) {
    std::set<std::string> out;
    for (auto const& [name, value] : o)
        out.emplace(name);
    return out;
}

/// What an identity pool is told about a token: the user's name, or the refusal.
std::string read(user_pool_fixture const& cloud, std::string_view token, utc_time now) {
    auto const provider = "cognito-idp.ap-northeast-1.amazonaws.com/" + cloud.pool;
    auto const answer = cloud::cognito_idp::read_id_token(cloud.world, provider, token, now);
    return answer ? answer->username : answer.error().message;
}

} // namespace

TEST_CASE("the tokens carry the claims of AWS's, with their JSON types") {
    user_pool_fixture cloud;
    auto const sub = cloud.add_user("alice", "Passw0rd!",
                                    {{{"Name", "email"}, {"Value", "a@example.com"}},
                                     {{"Name", "email_verified"}, {"Value", "true"}}});
    auto const tokens = cloud.tokens("alice", "Passw0rd!");
    auto const id = cloud.claims(text(tokens, "IdToken"));
    auto const access = cloud.claims(text(tokens, "AccessToken"));
    auto const now = epoch_seconds(cloud.now);
    auto const issuer = "https://cognito-idp.ap-northeast-1.amazonaws.com/" + cloud.pool;

    CHECK(members(id) == std::set<std::string>{"sub", "email", "email_verified", "iss",
                                               "cognito:username", "origin_jti", "aud", "event_id",
                                               "token_use", "auth_time", "exp", "iat", "jti"});
    CHECK(text(id, "sub") == sub);
    CHECK(text(id, "iss") == issuer);
    CHECK(text(id, "aud") == cloud.client);
    CHECK(text(id, "token_use") == "id");
    CHECK(text(id, "cognito:username") == "alice");
    CHECK(json::find_bool(id, "email_verified") == true);
    CHECK(json::find_integer(id, "iat") == now);
    CHECK(json::find_integer(id, "auth_time") == now);
    CHECK(json::find_integer(id, "exp") == now + 3600);

    CHECK(members(access) == std::set<std::string>{"sub", "iss", "client_id", "origin_jti",
                                                   "event_id", "token_use", "scope", "auth_time",
                                                   "exp", "iat", "jti", "username"});
    CHECK(text(access, "client_id") == cloud.client);
    CHECK(text(access, "token_use") == "access");
    CHECK(text(access, "scope") == "aws.cognito.signin.user.admin");
    CHECK(text(access, "username") == "alice");
    CHECK(text(access, "origin_jti") == text(id, "origin_jti"));
    CHECK(text(access, "jti") != text(id, "jti"));
}

TEST_CASE("ID and access tokens are signed with different keys, which the JWKS shows in order") {
    user_pool_fixture cloud;
    cloud.world.settings.make_signing_key = &crypto::rsa_key::generate;
    cloud.add_user("alice", "Passw0rd!");
    auto const tokens = cloud.tokens("alice", "Passw0rd!");
    std::vector<record> persist;
    auto const root = test::cloud_fixture::root();
    cloud::call call{.world = cloud.world,
                     .now = cloud.now,
                     .who = root,
                     .region = cloud.region,
                     .random = cloud.random(),
                     .persist = persist};
    auto const shown = cloud::cognito_idp::jwks(call, cloud.pool);
    REQUIRE(shown.has_value());
    CHECK(persist.empty()); // the keys were made by the sign-in
    auto const& keys = shown->at("keys").as_array();
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].at("kid") != keys[1].at("kid"));
    for (auto const& [name, which] : {std::pair{"IdToken", 0}, std::pair{"AccessToken", 1}}) {
        CAPTURE(name);
        auto const token = identity::decode_token(text(tokens, name)).value();
        auto const& key = keys[static_cast<std::size_t>(which)].as_object();
        CHECK(token.key_id == text(key, "kid"));
        CHECK(token.key_id.size() == 44);
        CHECK(identity::is_signed_by(token, *decode_base64url(text(key, "n")),
                                     *decode_base64url(text(key, "e"))));
    }
    CHECK(cloud::cognito_idp::jwks(call, "ap-northeast-1_nobody").error().code ==
          "ResourceNotFoundException");
    auto const configuration =
        cloud::cognito_idp::openid_configuration(cloud.world, cloud.pool).value();
    CHECK(text(configuration, "jwks_uri") ==
          text(configuration, "issuer") + "/.well-known/jwks.json");
}

TEST_CASE("groups come with their roles, and the first of them is preferred") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    auto const join = [&](char const* name, json::object more) {
        more["UserPoolId"] = cloud.pool;
        more["GroupName"] = name;
        cloud.idp("CreateGroup", more);
        cloud.idp("AdminAddUserToGroup", cloud.named("alice", {{"GroupName", name}}));
    };
    auto const claims = [&] {
        return cloud.claims(text(cloud.tokens("alice", "Passw0rd!"), "IdToken"));
    };
    join("none", {});
    CHECK(claims().at("cognito:groups") == json::array{"none"});
    CHECK_FALSE(claims().contains("cognito:roles"));
    join("second", {{"Precedence", 2}, {"RoleArn", "arn:aws:iam::123456789012:role/second"}});
    join("first", {{"Precedence", 1}, {"RoleArn", "arn:aws:iam::123456789012:role/first"}});
    auto const id = claims();
    CHECK(id.at("cognito:groups") == json::array{"first", "second", "none"});
    CHECK(id.at("cognito:roles") == json::array{"arn:aws:iam::123456789012:role/first",
                                                "arn:aws:iam::123456789012:role/second"});
    CHECK(text(id, "cognito:preferred_role") == "arn:aws:iam::123456789012:role/first");
    join("tie", {{"Precedence", 1}, {"RoleArn", "arn:aws:iam::123456789012:role/tie"}});
    CHECK_FALSE(claims().contains("cognito:preferred_role"));
    auto const access = cloud.claims(text(cloud.tokens("alice", "Passw0rd!"), "AccessToken"));
    CHECK(access.contains("cognito:groups"));
    CHECK_FALSE(access.contains("cognito:roles"));
}

TEST_CASE("a client reads the attributes it may read") {
    user_pool_fixture cloud("{}", R"({"ReadAttributes":["nickname"],"GenerateSecret":true})");
    cloud.add_user(
        "alice", "Passw0rd!",
        {{{"Name", "email"}, {"Value", "a@example.com"}}, {{"Name", "nickname"}, {"Value", "Al"}}});
    auto const tokens = cloud.tokens("alice", "Passw0rd!");
    auto const id = cloud.claims(text(tokens, "IdToken"));
    CHECK(text(id, "nickname") == "Al");
    CHECK_FALSE(id.contains("email"));
    auto const shown =
        cloud.idp("GetUser", json::object{{"AccessToken", text(tokens, "AccessToken")}});
    CHECK(cloud.attribute(shown, "nickname") == "Al");
    CHECK(cloud.attribute(shown, "email") == "(absent)");
}

TEST_CASE("a refresh goes on with the same sign-in and brings no refresh token") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    auto const first = cloud.tokens("alice", "Passw0rd!");
    auto const begun = cloud.claims(text(first, "IdToken"));
    cloud.now += std::chrono::hours(2);
    auto const again =
        cloud.idp("InitiateAuth", cloud.refresh_flow(text(first, "RefreshToken"), "alice"))
            .at("AuthenticationResult")
            .as_object();
    CHECK_FALSE(again.contains("RefreshToken"));
    auto const id = cloud.claims(text(again, "IdToken"));
    CHECK(id.at("auth_time") == begun.at("auth_time"));
    CHECK(id.at("origin_jti") == begun.at("origin_jti"));
    CHECK(id.at("jti") != begun.at("jti"));
    CHECK(json::find_integer(id, "iat") == epoch_seconds(cloud.now));
}

TEST_CASE("refresh tokens that are not good any more, or never were") {
    user_pool_fixture cloud;
    auto const sub = cloud.add_user("alice", "Passw0rd!");
    auto const tokens = cloud.tokens("alice", "Passw0rd!");
    auto const token = text(tokens, "RefreshToken");
    auto const refresh = [&](std::string_view which, std::string_view name = "alice") {
        return cloud.idp_refusal("InitiateAuth", cloud.refresh_flow(which, name));
    };
    CHECK(refresh(token) == "ok");
    CHECK(refresh(token, sub) == "ok"); // clients hash either
    CHECK(refresh(token, "bob") ==
          "NotAuthorizedException 400 Unable to verify secret hash for client " + cloud.client);
    CHECK(refresh("nonsense") == "NotAuthorizedException 400 Invalid Refresh Token.");
    CHECK(refresh(text(tokens, "AccessToken")) ==
          "NotAuthorizedException 400 Invalid Refresh Token.");
    auto changed = token;
    changed[changed.size() - 30] = changed[changed.size() - 30] == 'A' ? 'B' : 'A';
    CHECK(refresh(changed) == "NotAuthorizedException 400 Invalid Refresh Token.");
    SUBCASE("expired") {
        cloud.now += std::chrono::hours(24 * 30);
        CHECK(refresh(token) == "NotAuthorizedException 400 Refresh Token has expired");
    }
    SUBCASE("disabled") {
        cloud.idp("AdminDisableUser", cloud.named("alice"));
        CHECK(refresh(token) == "NotAuthorizedException 400 User is disabled.");
        cloud.idp("AdminEnableUser", cloud.named("alice"));
        CHECK(refresh(token) == "NotAuthorizedException 400 Refresh Token has been revoked");
    }
    SUBCASE("revoked") {
        json::object revocation{{"Token", token}, {"ClientId", cloud.client}};
        CHECK(
            cloud.idp_refusal("RevokeToken", revocation).starts_with("UnauthorizedException 400 "));
        revocation["ClientSecret"] = cloud.client_secret;
        CHECK(cloud.idp("RevokeToken", revocation) == json::object{});
        CHECK(refresh(token) == "NotAuthorizedException 400 Refresh Token has been revoked");
        // What was minted from it dies with it; another sign-in lives on.
        CHECK(cloud.idp_refusal("GetUser",
                                json::object{{"AccessToken", text(tokens, "AccessToken")}}) ==
              "NotAuthorizedException 400 Access Token has been revoked");
        CHECK(refresh(text(cloud.tokens("alice", "Passw0rd!"), "RefreshToken")) == "ok");
        revocation["Token"] = text(tokens, "AccessToken");
        CHECK(cloud.idp_refusal("RevokeToken", revocation)
                  .starts_with("UnsupportedTokenTypeException 400 "));
    }
    SUBCASE("of another client") {
        auto const shown =
            cloud.idp("CreateUserPoolClient",
                      json::object{{"UserPoolId", cloud.pool}, {"ClientName", "other"}});
        cloud.client = text(shown.at("UserPoolClient").as_object(), "ClientId");
        cloud.client_secret = "";
        CHECK(refresh(token) == "NotAuthorizedException 400 Invalid Refresh Token.");
    }
}

TEST_CASE("signing out everywhere ends the tokens of before, in the same second too") {
    using namespace std::chrono_literals;
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    auto const older = cloud.tokens("alice", "Passw0rd!");
    cloud.now += 5s;
    auto const before = cloud.tokens("alice", "Passw0rd!");
    cloud.now += 1ms;
    cloud.idp("GlobalSignOut", json::object{{"AccessToken", text(before, "AccessToken")}});
    auto const after = cloud.tokens("alice", "Passw0rd!");
    auto const use = [&](json::object const& tokens) {
        return cloud.idp_refusal("GetUser",
                                 json::object{{"AccessToken", text(tokens, "AccessToken")}});
    };
    CHECK(use(older) == "NotAuthorizedException 400 Access Token has been revoked");
    CHECK(use(before) == "NotAuthorizedException 400 Access Token has been revoked");
    CHECK(use(after) == "ok");
    auto const refresh = [&](json::object const& tokens) {
        return cloud.idp_refusal("InitiateAuth",
                                 cloud.refresh_flow(text(tokens, "RefreshToken"), "alice"));
    };
    CHECK(refresh(before) == "NotAuthorizedException 400 Refresh Token has been revoked");
    CHECK(refresh(after) == "ok");
}

TEST_CASE("only a living access token speaks for its user") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    auto const tokens = cloud.tokens("alice", "Passw0rd!");
    auto const use = [&](std::string_view token) {
        return cloud.idp_refusal("GetUser", json::object{{"AccessToken", token}});
    };
    auto const access = text(tokens, "AccessToken");
    CHECK(use(access) == "ok");
    CHECK(use(text(tokens, "IdToken")) == "NotAuthorizedException 400 Invalid Access Token");
    CHECK(use("eyJ.eyJ.AA") == "NotAuthorizedException 400 Invalid Access Token");
    auto forged = cloud.claims(access);
    forged["username"] = "bob";
    auto const kid = identity::decode_token(access).value().key_id;
    CHECK(use(identity::make_token(kid, test::foreign_key(), forged)) ==
          "NotAuthorizedException 400 Invalid Access Token");
    cloud.now += std::chrono::hours(1);
    CHECK(use(access) == "NotAuthorizedException 400 Access Token has expired");
}

TEST_CASE("a user changes attributes and password, and leaves") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    json::object const by{{"AccessToken", text(cloud.tokens("alice", "Passw0rd!"), "AccessToken")}};
    auto const with = [&](json::object more) {
        more["AccessToken"] = by.at("AccessToken");
        return more;
    };
    cloud.idp("UpdateUserAttributes",
              with({{"UserAttributes", {{{"Name", "nickname"}, {"Value", "Al"}}}}}));
    CHECK(cloud.attribute(cloud.idp("GetUser", by), "nickname") == "Al");
    CHECK(cloud.idp_refusal(
              "UpdateUserAttributes",
              with({{"UserAttributes", {{{"Name", "email_verified"}, {"Value", "true"}}}}})) ==
          "NotAuthorizedException 400 A client attempted to write unauthorized attribute");
    cloud.idp("DeleteUserAttributes", with({{"UserAttributeNames", {"nickname"}}}));
    CHECK(cloud.attribute(cloud.idp("GetUser", by), "nickname") == "(absent)");
    CHECK(cloud.idp_refusal("ChangePassword", with({{"PreviousPassword", "wrong"},
                                                    {"ProposedPassword", "N3w-pass!"}})) ==
          "NotAuthorizedException 400 Incorrect username or password.");
    cloud.idp("ChangePassword",
              with({{"PreviousPassword", "Passw0rd!"}, {"ProposedPassword", "N3w-pass!"}}));
    CHECK(cloud.sign_in_refusal("alice", "N3w-pass!") == "ok");
    cloud.idp("DeleteUser", by);
    CHECK(cloud.idp_refusal("GetUser", by) == "UserNotFoundException 400 User does not exist.");
}

TEST_CASE("an identity pool is told what is wrong with an ID token (spec 4.6)") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    auto const tokens = cloud.tokens("alice", "Passw0rd!");
    auto const id = text(tokens, "IdToken");
    auto const expires = epoch_seconds(cloud.now) + 3600;
    CHECK(read(cloud, id, cloud.now) == "alice");
    CHECK(read(cloud, text(tokens, "AccessToken"), cloud.now) ==
          "Invalid login token. Missing a required claim: aud");
    CHECK(read(cloud, "nonsense", cloud.now) ==
          "Invalid login token. Not a valid OpenId Connect identity token.");
    CHECK(read(cloud, id, cloud.now + std::chrono::hours(1)) ==
          "Invalid login token. Token expired: " + std::to_string(expires) +
              " >= " + std::to_string(expires));
    auto const kid = identity::decode_token(id).value().key_id;
    CHECK(read(cloud, identity::make_token(kid, test::foreign_key(), cloud.claims(id)),
               cloud.now) == "Invalid login token. Couldn't verify signed token.");
    CHECK(cloud::cognito_idp::read_id_token(cloud.world, test::provider_name, id, cloud.now)
              .error()
              .message == "Invalid login token. Issuer doesn't match providerName");

    auto const provider = "cognito-idp.ap-northeast-1.amazonaws.com/" + cloud.pool;
    auto const token =
        cloud::cognito_idp::read_id_token(cloud.world, provider, id, cloud.now).value();
    CHECK(cloud::cognito_idp::is_still_signed_in(cloud.world, token));
    cloud.idp("AdminUserGlobalSignOut", cloud.named("alice"));
    CHECK_FALSE(cloud::cognito_idp::is_still_signed_in(cloud.world, token));
}
