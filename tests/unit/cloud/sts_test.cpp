// STS and the credential store. @source spec cognito-iam-sigv4 4.3, 4.7, 6.3
#include "cloud/cognito_identity/openid_token.hpp"
#include "unit/cloud/cloud_fixture.hpp"
#include "unit/cloud/documents.hpp"

using namespace cogniot;
using namespace cogniot::test;

namespace {

struct sts_fixture : cloud_fixture {
    std::string pool_id{};
    std::string guest_id{};
    std::string token{};

    /// A pool with guests, one guest with an OpenID token, and a role that trusts guests.
    sts_fixture() {
        auto const pool =
            ok("cognito-identity", "CreateIdentityPool",
               json::object{{"IdentityPoolName", "p"}, {"AllowUnauthenticatedIdentities", true}});
        pool_id = text(pool, "IdentityPoolId");
        ok("iam", "CreateRole",
           json::object{{"RoleName", "Guest"},
                        {"AssumeRolePolicyDocument", pool_trust(pool_id, "unauthenticated")}});
        ok("iam", "CreateRole",
           json::object{{"RoleName", "User"},
                        {"AssumeRolePolicyDocument", pool_trust(pool_id, "authenticated")}});
        ok("iam", "CreateRole",
           json::object{{"RoleName", "Backend"}, {"AssumeRolePolicyDocument", account_trust}});
        guest_id = text(ok("cognito-identity", "GetId", json::object{{"IdentityPoolId", pool_id}}),
                        "IdentityId");
        token =
            text(ok("cognito-identity", "GetOpenIdToken", json::object{{"IdentityId", guest_id}}),
                 "Token");
    }
    json::object web_identity(std::string_view role) const {
        return {{"RoleArn", "arn:aws:iam::123456789012:role/" + std::string(role)},
                {"RoleSessionName", "session-1"},
                {"WebIdentityToken", token}};
    }
    std::optional<cloud::sts::found_credentials> find(std::string_view key) const {
        return cloud::sts::find_credentials(world, key);
    }
};

} // namespace

TEST_CASE("GetCallerIdentity answers who signed") {
    sts_fixture f;
    CHECK(
        json::print(f.ok("sts", "GetCallerIdentity", json::object{})) ==
        R"({"UserId":"123456789012","Account":"123456789012","Arn":"arn:aws:iam::123456789012:root"})");
}

TEST_CASE("AssumeRoleWithWebIdentity takes a pool's OpenID token and keeps the identity") {
    sts_fixture f;
    auto const answer = f.ok("sts", "AssumeRoleWithWebIdentity", f.web_identity("Guest"));
    CHECK(text(answer, "SubjectFromWebIdentityToken") == f.guest_id);
    CHECK(text(answer, "Audience") == f.pool_id);
    CHECK(text(answer, "Provider") == "cognito-identity.amazonaws.com");
    auto const credentials = answer.at("Credentials").as_object();
    CHECK(text(credentials, "Expiration") == "2026-11-22T04:04:05Z");
    CHECK(text(credentials, "AccessKeyId").starts_with("ASIA"));
    CHECK(text(credentials, "AccessKeyId").size() == 20);
    CHECK(text(credentials, "SecretAccessKey").size() == 40);

    auto const found = f.find(text(credentials, "AccessKeyId"));
    REQUIRE(found.has_value());
    CHECK(found->secret_access_key.reveal() == text(credentials, "SecretAccessKey"));
    CHECK(found->session_token.reveal() == text(credentials, "SessionToken"));
    CHECK(found->who->arn == "arn:aws:sts::123456789012:assumed-role/Guest/session-1");
    CHECK(found->who->identity_id == f.guest_id);
    CHECK_FALSE(found->who->authenticated);
    // The basic flow has no scope-down.
    CHECK(found->who->session_policies.empty());
    CHECK(text(answer.at("AssumedRoleUser").as_object(), "AssumedRoleId") == found->who->user_id);
}

TEST_CASE("AssumeRoleWithWebIdentity refuses with AWS's codes and sentences") {
    sts_fixture f;
    auto const with = [&](std::string_view member, std::string_view value,
                          std::string_view role = "Guest") {
        auto input = f.web_identity(role);
        input[member] = value;
        return f.refusal("sts", "AssumeRoleWithWebIdentity", input);
    };
    auto const refused = "AccessDenied 403 Not authorized to perform sts:AssumeRoleWithWebIdentity";
    // The trust policy wants an authenticated token; the role is missing; the role trusts others.
    CHECK(f.refusal("sts", "AssumeRoleWithWebIdentity", f.web_identity("User")) == refused);
    CHECK(f.refusal("sts", "AssumeRoleWithWebIdentity", f.web_identity("Nobody")) == refused);
    CHECK(f.refusal("sts", "AssumeRoleWithWebIdentity", f.web_identity("Backend")) == refused);
    CHECK(
        with("DurationSeconds", "7200") ==
        "ValidationError 400 The requested DurationSeconds exceeds the MaxSessionDuration set for "
        "this role.");
    CHECK(
        with("DurationSeconds", "899") ==
        "ValidationError 400 1 validation error detected: Value '899' at 'durationSeconds' failed "
        "to satisfy constraint: Member must have value greater than or equal to 900");
    CHECK(with("RoleArn", "role-without-an-arn-prefix") ==
          "ValidationError 400 role-without-an-arn-prefix is invalid");
    CHECK(with("WebIdentityToken", "not-a-token")
              .starts_with("InvalidIdentityToken 400 The ID Token provided is not a valid JWT."));
    CHECK(with("WebIdentityToken", f.sign(f.id_claims())) ==
          "InvalidIdentityToken 400 No OpenIDConnect provider found in your account for "
          "https://" +
              std::string(provider_name));
    auto claims = f.id_claims();
    claims["iss"] = "https://cognito-identity.amazonaws.com";
    CHECK(with("WebIdentityToken", identity::make_token("other", foreign_key(), claims)) ==
          "InvalidIdentityToken 400 Couldn't verify signed token.");
    f.now += std::chrono::seconds(600);
    CHECK(f.refusal("sts", "AssumeRoleWithWebIdentity", f.web_identity("Guest"))
              .starts_with("ExpiredTokenException 400 Token expired: "));
}

TEST_CASE("AssumeRole: the account's root becomes a role that trusts the account") {
    sts_fixture f;
    json::object input{{"RoleArn", "arn:aws:iam::123456789012:role/Backend"},
                       {"RoleSessionName", "worker"},
                       {"DurationSeconds", 900}};
    auto const answer = f.ok("sts", "AssumeRole", input);
    auto const found = f.find(text(answer.at("Credentials").as_object(), "AccessKeyId"));
    REQUIRE(found.has_value());
    CHECK(found->who->arn == "arn:aws:sts::123456789012:assumed-role/Backend/worker");
    CHECK_FALSE(found->who->from_identity_pool());
    CHECK_FALSE(answer.contains("PackedPolicySize"));

    input["RoleArn"] = "arn:aws:iam::123456789012:role/Guest";
    CHECK(f.refusal("sts", "AssumeRole", input) ==
          "AccessDenied 403 User: arn:aws:iam::123456789012:root is not authorized to perform: "
          "sts:AssumeRole on resource: arn:aws:iam::123456789012:role/Guest");
    input["RoleArn"] = "arn:aws:iam::123456789012:role/Backend";
    input["Policy"] = trailing_comma;
    CHECK(f.refusal("sts", "AssumeRole", input)
              .starts_with("MalformedPolicyDocument 400 Syntax errors in policy. (line 5, "));
    input["Policy"] = one_statement("Allow", "iot:Connect");
    CHECK(f.ok("sts", "AssumeRole", input).at("PackedPolicySize").to_number<int>() > 0);
}

TEST_CASE("GetSessionToken: the root gets an hour, a session gets none") {
    sts_fixture f;
    auto const answer = f.ok("sts", "GetSessionToken", json::object{{"DurationSeconds", "43200"}});
    auto const credentials = answer.at("Credentials").as_object();
    CHECK(text(credentials, "Expiration") == "2026-11-22T04:04:05Z");
    auto const found = f.find(text(credentials, "AccessKeyId"));
    REQUIRE(found.has_value());
    CHECK(found->who->what == cloud::principal::type::root);
    f.caller = *found->who;
    CHECK(f.refusal("sts", "GetSessionToken", json::object{}) ==
          "AccessDenied 403 Cannot call GetSessionToken with session credentials");
}

TEST_CASE("credentials are found with their expiry, until an hour behind it") {
    sts_fixture f;
    auto const key = text(f.ok("sts", "AssumeRoleWithWebIdentity", f.web_identity("Guest"))
                              .at("Credentials")
                              .as_object(),
                          "AccessKeyId");
    auto const root = f.find("test");
    REQUIRE(root.has_value());
    CHECK(root->secret_access_key.reveal() == "test");
    CHECK(root->who->what == cloud::principal::type::root);
    CHECK_FALSE(root->expiry);
    CHECK_FALSE(f.find("ASIAUNKNOWN"));

    f.now += std::chrono::hours(1);
    REQUIRE(f.find(key).has_value());
    CHECK(f.find(key)->expiry == f.now);
    CHECK(print_extended(*f.find(key)->expiry) == "2026-11-22T04:04:05Z");

    std::vector<record> persist;
    cloud::sts::forget_expired(f.world.sts, f.now + std::chrono::minutes(59), persist);
    CHECK(persist.empty());
    cloud::sts::forget_expired(f.world.sts, f.now + std::chrono::minutes(60), persist);
    REQUIRE(persist.size() == 1);
    CHECK(persist[0] == record{"credentials", key, std::nullopt});
    CHECK_FALSE(f.find(key));
}

TEST_CASE("issued credentials and the signing key survive a restart") {
    sts_fixture f;
    auto input = f.web_identity("Guest");
    input["Policy"] = one_statement("Allow", "iot:Connect");
    auto const key =
        text(f.ok("sts", "AssumeRoleWithWebIdentity", input).at("Credentials").as_object(),
             "AccessKeyId");
    auto const before = *f.find(key);

    cloud_fixture again;
    again.world = f.restarted();
    auto const after = cloud::sts::find_credentials(again.world, key);
    REQUIRE(after.has_value());
    CHECK(after->secret_access_key == before.secret_access_key);
    CHECK(after->session_token == before.session_token);
    CHECK(after->expiry == before.expiry);
    CHECK(after->who->arn == before.who->arn);
    CHECK(after->who->user_id == before.who->user_id);
    CHECK(after->who->identity_id == f.guest_id);
    CHECK(after->who->identity_pool_id == f.pool_id);
    CHECK(after->who->amr == before.who->amr);
    CHECK(after->who->issued == before.who->issued);
    REQUIRE(after->who->session_policies.size() == 1);
    CHECK(after->who->session_policies[0].text() == one_statement("Allow", "iot:Connect"));
    // A token that was signed before is still believed.
    CHECK(cloud::cognito_identity::read_openid_token(again.world.cognito_identity, f.token)
              .has_value());
}
