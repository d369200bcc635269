// Identity pools: from a token to an identity and its credentials.
// @source spec cognito-iam-sigv4 4.1 to 4.7
#include "cloud/cognito_identity/openid_token.hpp"
#include "unit/cloud/cloud_fixture.hpp"
#include "unit/cloud/documents.hpp"

#include <functional>

using namespace cogniot;
using namespace cogniot::test;

namespace {

struct pool_fixture : cloud_fixture {
    std::string pool_id{};

    pool_fixture() {
        auto const pool = ok("CreateIdentityPool", pool_input());
        pool_id = text(pool, "IdentityPoolId");
        create_role("User", pool_trust(pool_id, "authenticated"));
        create_role("Guest", pool_trust(pool_id, "unauthenticated"));
        set_roles("User", "Guest");
    }

    static json::object pool_input() {
        return {
            {"IdentityPoolName", "article pool"},
            {"AllowUnauthenticatedIdentities", true},
            {"CognitoIdentityProviders", json::array{json::object{{"ProviderName", provider_name},
                                                                  {"ClientId", app_client_id}}}}};
    }
    static std::string role_arn(std::string_view name) {
        return "arn:aws:iam::123456789012:role/" + std::string(name);
    }
    void create_role(std::string_view name, std::string_view trust) {
        cloud_fixture::ok("iam", "CreateRole",
                          json::object{{"RoleName", name}, {"AssumeRolePolicyDocument", trust}});
    }
    void set_roles(std::string_view authenticated, std::string_view unauthenticated) {
        ok("SetIdentityPoolRoles",
           {{"IdentityPoolId", pool_id},
            {"Roles", json::object{{"authenticated", role_arn(authenticated)},
                                   {"unauthenticated", role_arn(unauthenticated)}}}});
    }
    json::object ok(std::string_view operation, json::object const& input) {
        return cloud_fixture::ok("cognito-identity", operation, input);
    }
    std::string refusal(std::string_view operation, json::object const& input) {
        return cloud_fixture::refusal("cognito-identity", operation, input);
    }
    std::string token() const { return sign(id_claims()); }
    std::string get_id(std::string_view with_token) {
        json::object input{{"IdentityPoolId", pool_id}};
        if (!with_token.empty())
            input["Logins"] = logins(with_token);
        return text(ok("GetId", input), "IdentityId");
    }
    json::object credentials_input(std::string_view identity_id, std::string_view with_token) {
        json::object input{{"IdentityId", identity_id}};
        if (!with_token.empty())
            input["Logins"] = logins(with_token);
        return input;
    }
    std::shared_ptr<cloud::principal const> principal_of(json::object const& answer) {
        auto const key = text(answer.at("Credentials").as_object(), "AccessKeyId");
        return cloud::sts::find_credentials(world, key).value().who;
    }
};

} // namespace

TEST_CASE("a pool is answered as it was described") {
    pool_fixture f;
    auto input = f.pool_input();
    input["AllowClassicFlow"] = false;
    input["DeveloperProviderName"] = "dev";
    input["SupportedLoginProviders"] = json::object{{"graph.facebook.com", "123"}};
    input["IdentityPoolTags"] = json::object{{"team", "home"}};
    auto const made = f.ok("CreateIdentityPool", input);
    auto const id = text(made, "IdentityPoolId");
    CHECK(id.starts_with("ap-northeast-1:"));
    CHECK(id.size() == 15 + 36);
    CHECK_FALSE(made.at("AllowClassicFlow").as_bool());
    CHECK(json::print(made.at("CognitoIdentityProviders")) ==
          R"([{"ProviderName":")" + std::string(provider_name) +
              R"(","ClientId":"appclient1","ServerSideTokenCheck":false}])");
    CHECK(json::print(f.ok("DescribeIdentityPool", {{"IdentityPoolId", id}})) == json::print(made));

    // Update replaces everything but the ID and the roles.
    auto changed = f.pool_input();
    changed["IdentityPoolId"] = id;
    changed["IdentityPoolName"] = "renamed";
    auto const updated = f.ok("UpdateIdentityPool", changed);
    CHECK(text(updated, "IdentityPoolName") == "renamed");
    CHECK_FALSE(updated.contains("AllowClassicFlow"));
    CHECK_FALSE(updated.contains("DeveloperProviderName"));

    auto const first = f.ok("ListIdentityPools", {{"MaxResults", 1}});
    CHECK(first.at("IdentityPools").as_array().size() == 1);
    auto const rest =
        f.ok("ListIdentityPools", {{"MaxResults", 1}, {"NextToken", first.at("NextToken")}});
    CHECK(rest.at("IdentityPools").as_array().size() == 1);
    CHECK_FALSE(rest.contains("NextToken"));
    f.ok("DeleteIdentityPool", {{"IdentityPoolId", id}});
    CHECK(f.refusal("DescribeIdentityPool", {{"IdentityPoolId", id}}) ==
          "ResourceNotFoundException 400 IdentityPool '" + id + "' not found.");
}

TEST_CASE("roles of a pool are answered as they were set") {
    pool_fixture f;
    auto const key = std::string(provider_name) + ":" + std::string(app_client_id);
    json::object const mapping{
        {"Type", "Rules"},
        {"AmbiguousRoleResolution", "Deny"},
        {"RulesConfiguration",
         json::object{{"Rules", json::array{json::object{{"Claim", "email"},
                                                         {"MatchType", "NotEqual"},
                                                         {"Value", "x"},
                                                         {"RoleARN", f.role_arn("User")}}}}}}};
    f.ok("SetIdentityPoolRoles", {{"IdentityPoolId", f.pool_id},
                                  {"Roles", json::object{{"authenticated", f.role_arn("User")}}},
                                  {"RoleMappings", json::object{{key, mapping}}}});
    auto const got = f.ok("GetIdentityPoolRoles", {{"IdentityPoolId", f.pool_id}});
    CHECK(json::print(got.at("Roles")) == R"({"authenticated":")" + f.role_arn("User") + R"("})");
    CHECK(json::print(got.at("RoleMappings").at(key)) == json::print(mapping));

    json::object without_resolution = mapping;
    without_resolution.erase("AmbiguousRoleResolution");
    CHECK(f.refusal("SetIdentityPoolRoles",
                    {{"IdentityPoolId", f.pool_id},
                     {"Roles", json::object{}},
                     {"RoleMappings", json::object{{key, without_resolution}}}})
              .starts_with("InvalidParameterException 400 AmbiguousRoleResolution is required"));
}

TEST_CASE("SetIdentityPoolRoles needs iam:PassRole for each role") {
    pool_fixture f;
    f.create_role("Backend", account_trust);
    auto const assumed = f.cloud_fixture::ok(
        "sts", "AssumeRole",
        json::object{{"RoleArn", f.role_arn("Backend")}, {"RoleSessionName", "ci"}});
    f.caller = *f.principal_of(assumed);
    json::object const input{{"IdentityPoolId", f.pool_id},
                             {"Roles", json::object{{"authenticated", f.role_arn("User")}}}};
    CHECK(f.refusal("SetIdentityPoolRoles", input) ==
          "NotAuthorizedException 400 Access to Role '" + f.role_arn("User") + "' is forbidden.");
    f.cloud_fixture::ok("iam", "PutRolePolicy",
                        json::object{{"RoleName", "Backend"},
                                     {"PolicyName", "P"},
                                     {"PolicyDocument", one_statement("Allow", "iam:PassRole")}});
    CHECK(f.refusal("SetIdentityPoolRoles", input) == "ok");
}

TEST_CASE("the same user has the same identity for ever, each guest a new one") {
    pool_fixture f;
    auto const first = f.get_id(f.token());
    CHECK(first.starts_with("ap-northeast-1:"));
    f.now += std::chrono::minutes(5);
    CHECK(f.get_id(f.token()) == first);
    CHECK(f.get_id(f.sign(f.id_claims("99999999-2222-3333-4444-555555555555"))) != first);
    CHECK(f.get_id("") != f.get_id(""));

    pool_fixture again;
    again.world = f.restarted();
    again.pool_id = f.pool_id;
    again.now = f.now;
    CHECK(again.get_id(f.token()) == first);
    // The same person is another identity in another pool.
    again.pool_id = text(again.ok("CreateIdentityPool", f.pool_input()), "IdentityPoolId");
    CHECK(again.get_id(f.token()) != first);
}

TEST_CASE("GetCredentialsForIdentity: SecretKey, an epoch number, one hour") {
    pool_fixture f;
    auto const id = f.get_id(f.token());
    auto const answer = f.ok("GetCredentialsForIdentity", f.credentials_input(id, f.token()));
    CHECK(text(answer, "IdentityId") == id);
    auto const& credentials = answer.at("Credentials").as_object();
    CHECK(credentials.at("Expiration").to_number<std::int64_t>() == epoch_seconds(f.now) + 3600);
    CHECK(text(credentials, "SecretKey").size() == 40);
    CHECK_FALSE(credentials.contains("SecretAccessKey"));

    auto const who = f.principal_of(answer);
    CHECK(who->arn == "arn:aws:sts::123456789012:assumed-role/User/CognitoIdentityCredentials");
    CHECK(who->user_id == f.world.iam.find_role("User")->id + ":CognitoIdentityCredentials");
    CHECK(who->identity_id == id);
    CHECK(who->identity_pool_id == f.pool_id);
    CHECK(who->authenticated);
    CHECK(who->amr ==
          std::vector<std::string>{"authenticated", std::string(provider_name),
                                   std::string(provider_name) +
                                       ":CognitoSignIn:11111111-2222-3333-4444-555555555555"});
    // Authenticated identities get the role's permissions only, with no scope-down.
    CHECK(who->session_policies.empty());
}

TEST_CASE("guests get the unauthenticated role, scoped down") {
    pool_fixture f;
    auto const id = f.get_id("");
    auto const who = f.principal_of(f.ok("GetCredentialsForIdentity", f.credentials_input(id, "")));
    CHECK(who->role_name == "Guest");
    CHECK_FALSE(who->authenticated);
    CHECK(who->amr == std::vector<std::string>{"unauthenticated"});
    CHECK(who->session_policies.size() == 1);
}

TEST_CASE("a guest who signs in keeps the identity and is authenticated from then on") {
    pool_fixture f;
    auto const id = f.get_id("");
    auto const who =
        f.principal_of(f.ok("GetCredentialsForIdentity", f.credentials_input(id, f.token())));
    CHECK(who->authenticated);
    CHECK(who->identity_id == id);
    CHECK(f.get_id(f.token()) == id);
    CHECK(f.refusal("GetCredentialsForIdentity", f.credentials_input(id, "")) ==
          "NotAuthorizedException 400 Access to Identity '" + id + "' is forbidden.");
    // Another guest cannot take the same login.
    auto const other = f.get_id("");
    CHECK(f.refusal("GetCredentialsForIdentity", f.credentials_input(other, f.token()))
              .starts_with("ResourceConflictException 400 "));
}

TEST_CASE("tokens are refused with AWS's sentences [spec 4.6]") {
    pool_fixture f;
    auto const id = f.get_id(f.token());
    auto const now = std::to_string(epoch_seconds(f.now));
    auto const with = [&](std::function<void(json::object&)> change) {
        auto claims = f.id_claims();
        change(claims);
        return logins(f.sign(claims));
    };
    struct {
        std::string_view id;
        json::object logins;
        std::string refusal;
    } const rows[]{
        {"expired", with([&](json::object& c) { c["exp"] = epoch_seconds(f.now); }),
         "NotAuthorizedException 400 Invalid login token. Token expired: " + now + " >= " + now},
        {"issuer", with([](json::object& c) {
             c["iss"] = "https://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_Other";
         }),
         "NotAuthorizedException 400 Invalid login token. Issuer doesn't match providerName"},
        {"signature", logins(identity::make_token("kid-id", foreign_key(), f.id_claims())),
         "NotAuthorizedException 400 Invalid login token. Couldn't verify signed token."},
        {"unknown-key", logins(identity::make_token("kid-other", test_key(), f.id_claims())),
         "NotAuthorizedException 400 Invalid login token. Couldn't verify signed token."},
        {"access-token", with([](json::object& c) {
             c.erase("aud");
             c["token_use"] = "access";
             c["client_id"] = app_client_id;
         }),
         "NotAuthorizedException 400 Invalid login token. Missing a required claim: aud"},
        {"no-jwt", logins("password"),
         "NotAuthorizedException 400 Invalid login token. Not a valid OpenId Connect identity "
         "token."},
        {"other-client", with([](json::object& c) { c["aud"] = "appclient2"; }),
         "NotAuthorizedException 400 Token is not from a supported provider of this identity "
         "pool."},
        {"other-provider",
         {{"cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_Other", f.token()}},
         "NotAuthorizedException 400 Token is not from a supported provider of this identity "
         "pool."},
        {"scheme-in-the-key",
         {{"https://" + std::string(provider_name), f.token()}},
         "NotAuthorizedException 400 Please provide a valid public provider."},
    };
    for (auto const& row : rows) {
        CHECK_MESSAGE(f.refusal("GetId", {{"IdentityPoolId", f.pool_id}, {"Logins", row.logins}}) ==
                          row.refusal,
                      row.id);
        CHECK_MESSAGE(f.refusal("GetCredentialsForIdentity",
                                {{"IdentityId", id}, {"Logins", row.logins}}) == row.refusal,
                      row.id);
    }
}

TEST_CASE("identities and pools are refused with AWS's sentences [spec 4.6]") {
    pool_fixture f;
    auto const id = f.get_id(f.token());
    std::string const unknown = "ap-northeast-1:00000000-0000-4000-8000-000000000000";
    CHECK(f.refusal("GetId", {{"IdentityPoolId", unknown}}) ==
          "ResourceNotFoundException 400 IdentityPool '" + unknown + "' not found.");
    CHECK(
        f.refusal("GetId", {{"IdentityPoolId", "X"}}) ==
        "ValidationException 400 1 validation error detected: Value 'X' at 'identityPoolId' failed "
        "to satisfy constraint: Member must satisfy regular expression pattern: "
        "[\\w-]+:[0-9a-f-]+");
    CHECK(f.refusal("GetCredentialsForIdentity", {{"IdentityId", unknown}}) ==
          "ResourceNotFoundException 400 Identity '" + unknown + "' not found.");
    CHECK(f.refusal("GetCredentialsForIdentity", f.credentials_input(id, "")) ==
          "NotAuthorizedException 400 Access to Identity '" + id + "' is forbidden.");
    auto const other = f.sign(f.id_claims("99999999-2222-3333-4444-555555555555"));
    CHECK(f.refusal("GetCredentialsForIdentity", f.credentials_input(id, other)) ==
          "NotAuthorizedException 400 Logins don't match. Please include at least one valid login "
          "for this identity or identity pool.");

    auto closed = f.pool_input();
    closed["AllowUnauthenticatedIdentities"] = false;
    auto const closed_id = text(f.ok("CreateIdentityPool", closed), "IdentityPoolId");
    CHECK(f.refusal("GetId", {{"IdentityPoolId", closed_id}}) ==
          "NotAuthorizedException 400 Unauthenticated access is not supported for this identity "
          "pool.");
}

TEST_CASE("ServerSideTokenCheck asks the user pool whether the user may still come in") {
    pool_fixture f;
    auto input = f.pool_input();
    input["CognitoIdentityProviders"].at(0).as_object()["ServerSideTokenCheck"] = true;
    f.pool_id = text(f.ok("CreateIdentityPool", input), "IdentityPoolId");
    // The fixture's user pool has no such user: it was deleted.
    CHECK(f.refusal("GetId", {{"IdentityPoolId", f.pool_id}, {"Logins", logins(f.token())}})
              .starts_with("NotAuthorizedException 400 Invalid login token. "));
}

TEST_CASE("a pool whose role is missing or does not trust it is wrongly configured [spec 4.6]") {
    pool_fixture f;
    auto const id = f.get_id(f.token());
    std::string const refused =
        "InvalidIdentityPoolConfigurationException 400 Invalid identity pool "
        "configuration. Check assigned IAM roles for this pool.";
    f.create_role("OtherPool", pool_trust("ap-northeast-1:00000000-0000-4000-8000-000000000000",
                                          "authenticated"));
    struct {
        std::string_view role;
        /// A part of the reason that goes beside AWS's message.
        std::string_view reason;
    } const rows[]{{"Missing", "does not exist"}, {"Guest", "Guest"}, {"OtherPool", "OtherPool"}};
    for (auto const& row : rows) {
        f.set_roles(row.role, "Guest");
        auto const answer = f.call("cognito-identity", "GetCredentialsForIdentity",
                                   f.credentials_input(id, f.token()));
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error().code + " 400 " + answer.error().message == refused);
        REQUIRE(answer.error().members.size() == 1);
        CHECK(answer.error().members[0].first == "reason");
        CHECK_MESSAGE(answer.error().members[0].second.find(row.reason) != std::string::npos,
                      answer.error().members[0].second);
    }
    f.ok("SetIdentityPoolRoles", {{"IdentityPoolId", f.pool_id}, {"Roles", json::object{}}});
    CHECK(f.refusal("GetCredentialsForIdentity", f.credentials_input(id, f.token())) == refused);
}

TEST_CASE("GetOpenIdToken: ten minutes, for the basic flow") {
    pool_fixture f;
    auto const id = f.get_id(f.token());
    auto const answer = f.ok("GetOpenIdToken", f.credentials_input(id, f.token()));
    auto const claims =
        cloud::cognito_identity::read_openid_token(f.world.cognito_identity, text(answer, "Token"));
    REQUIRE(claims.has_value());
    CHECK(claims->identity_id == id);
    CHECK(claims->identity_pool_id == f.pool_id);
    CHECK(claims->expiry == f.now + std::chrono::seconds(600));
    CHECK(claims->amr.front() == "authenticated");
    auto const keys = cloud::cognito_identity::print_key_set(f.world.cognito_identity);
    CHECK(keys.at("keys").as_array().size() == 1);

    auto input = f.pool_input();
    input["IdentityPoolId"] = f.pool_id;
    input["AllowClassicFlow"] = false;
    f.ok("UpdateIdentityPool", input);
    CHECK(f.refusal("GetOpenIdToken", f.credentials_input(id, f.token())) ==
          "InvalidParameterException 400 Basic (classic) flow is not enabled, please use enhanced "
          "flow.");
}

TEST_CASE("identities are described, listed, unlinked and deleted") {
    pool_fixture f;
    auto const id = f.get_id(f.token());
    auto const guest = f.get_id("");
    auto const described = f.ok("DescribeIdentity", {{"IdentityId", id}});
    CHECK(json::print(described.at("Logins")) == "[\"" + std::string(provider_name) + "\"]");
    CHECK(described.at("CreationDate").to_number<std::int64_t>() == epoch_seconds(f.now));
    CHECK(f.ok("ListIdentities", {{"IdentityPoolId", f.pool_id}, {"MaxResults", 60}})
              .at("Identities")
              .as_array()
              .size() == 2);
    f.ok("UnlinkIdentity", {{"IdentityId", id},
                            {"Logins", logins(f.token())},
                            {"LoginsToRemove", json::array{provider_name}}});
    CHECK(f.get_id(f.token()) != id);
    CHECK(f.refusal("UnlinkIdentity", {{"IdentityId", guest},
                                       {"Logins", logins(f.token())},
                                       {"LoginsToRemove", json::array{provider_name}}}) ==
          "NotAuthorizedException 400 Access to Identity '" + guest + "' is forbidden.");
    f.ok("DeleteIdentities", {{"IdentityIdsToDelete", json::array{id, guest}}});
    CHECK(f.refusal("DescribeIdentity", {{"IdentityId", id}}) ==
          "ResourceNotFoundException 400 Identity '" + id + "' not found.");
}

TEST_CASE("pools with their roles and mappings survive a restart, a deleted pool does not") {
    pool_fixture f;
    auto const gone = text(f.ok("CreateIdentityPool", f.pool_input()), "IdentityPoolId");
    f.ok("GetId", {{"IdentityPoolId", gone}});
    f.ok("DeleteIdentityPool", {{"IdentityPoolId", gone}});
    auto const key = std::string(provider_name) + ":" + std::string(app_client_id);
    f.ok("SetIdentityPoolRoles",
         {{"IdentityPoolId", f.pool_id},
          {"Roles", json::object{{"authenticated", f.role_arn("User")}}},
          {"RoleMappings",
           json::object{{key, json::object{{"Type", "Token"},
                                           {"AmbiguousRoleResolution", "AuthenticatedRole"}}}}}});
    pool_fixture again;
    again.world = f.restarted();
    CHECK(again.world.cognito_identity.pools.size() == 1);
    CHECK(again.world.cognito_identity.identities.empty());
    for (std::string_view const operation : {"DescribeIdentityPool", "GetIdentityPoolRoles"})
        CHECK(json::print(again.ok(operation, {{"IdentityPoolId", f.pool_id}})) ==
              json::print(f.ok(operation, {{"IdentityPoolId", f.pool_id}})));
}
