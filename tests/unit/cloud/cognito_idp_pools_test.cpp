// User pools and app clients. Source: spec cognito-iam-sigv4 1.2, 3.1, 3.4; botocore's model.
#include "user_pool_fixture.hpp"

#include <algorithm>

using namespace cogniot;
using test::text;
using test::user_pool_fixture;

TEST_CASE("a pool has an ID and an ARN of AWS's form, and is described as it was made") {
    user_pool_fixture cloud;
    auto const made = cloud.idp("CreateUserPool", R"({"PoolName":"my people",
        "Policies":{"PasswordPolicy":{"MinimumLength":10,"RequireNumbers":true}},
        "UsernameAttributes":["email"],"AutoVerifiedAttributes":["email"],
        "UsernameConfiguration":{"CaseSensitive":false},
        "UserPoolTags":{"team":"a"},
        "Schema":[{"Name":"plan","AttributeDataType":"String","Mutable":true,
                   "StringAttributeConstraints":{"MinLength":"1","MaxLength":"8"}}]})");
    auto const& pool = made.at("UserPool").as_object();
    auto const id = text(pool, "Id");
    CHECK(id.starts_with("ap-northeast-1_"));
    CHECK(id.size() == std::string_view("ap-northeast-1_").size() + 9);
    CHECK(text(pool, "Arn") == "arn:aws:cognito-idp:ap-northeast-1:123456789012:userpool/" + id);
    CHECK(pool.at("CreationDate").as_double() ==
          doctest::Approx(static_cast<double>(epoch_seconds(cloud.now))));
    auto const described =
        cloud.idp("DescribeUserPool", json::object{{"UserPoolId", id}}).at("UserPool").as_object();
    CHECK(described == pool);
    auto const& policy = pool.at("Policies").at("PasswordPolicy").as_object();
    CHECK(json::find_integer(policy, "MinimumLength") == 10);
    CHECK(json::find_bool(policy, "RequireNumbers") == true);
    CHECK(json::find_bool(policy, "RequireSymbols") == false);
    CHECK(json::find_integer(policy, "TemporaryPasswordValidityDays") == 7);
    CHECK(pool.at("UsernameAttributes") == json::array{"email"});
    CHECK(pool.at("AutoVerifiedAttributes") == json::array{"email"});
    CHECK(pool.at("UserPoolTags") == json::object{{"team", "a"}});
    CHECK(text(pool, "MfaConfiguration") == "OFF");
    CHECK(text(pool, "DeletionProtection") == "INACTIVE");
    auto const& schema = pool.at("SchemaAttributes").as_array();
    CHECK(text(schema.back().as_object(), "Name") == "custom:plan");
    CHECK(schema.size() == 22);
}

TEST_CASE("violated constraints are listed together, in one sentence (spec 1.2)") {
    user_pool_fixture cloud;
    struct row {
        char const* operation;
        char const* input;
        char const* refusal;
    };
    row const rows[] = {
        {"CreateUserPool", "{}",
         "1 validation error detected: Value null at 'poolName' failed to satisfy constraint: "
         "Member must not be null"},
        {"CreateUserPool", R"({"PoolName":null})",
         "1 validation error detected: Value null at 'poolName' failed to satisfy constraint: "
         "Member must not be null"},
        {"CreateUserPool", R"({"PoolName":"a/b","MfaConfiguration":"SOMETIMES"})",
         "2 validation errors detected: Value 'a/b' at 'poolName' failed to satisfy constraint: "
         R"(Member must satisfy regular expression pattern: [\w\s+=,.@-]+; )"
         "Value 'SOMETIMES' at 'mfaConfiguration' failed to satisfy constraint: Member must "
         "satisfy enum value set: [OFF, ON, OPTIONAL]"},
        {"CreateUserPool", R"({"PoolName":"a","Policies":{"PasswordPolicy":{"MinimumLength":5}}})",
         "1 validation error detected: Value '5' at 'policies.passwordPolicy.minimumLength' "
         "failed to satisfy constraint: Member must have value greater than or equal to 6"},
        {"DescribeUserPool", R"({"UserPoolId":"nonsense"})",
         "1 validation error detected: Value 'nonsense' at 'userPoolId' failed to satisfy "
         R"(constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+)"},
        {"ListUserPools", "{}",
         "1 validation error detected: Value null at 'maxResults' failed to satisfy constraint: "
         "Member must not be null"},
        {"ListUserPools", R"({"MaxResults":61})",
         "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: "
         "Member must have value less than or equal to 60"},
        {"AdminSetUserPassword", R"({"UserPoolId":"a_b","Username":"x","Password":"with space"})",
         "1 validation error detected: Value at 'password' failed to satisfy constraint: Member "
         R"(must satisfy regular expression pattern: [\S]+)"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.operation);
        CAPTURE(r.input);
        CHECK(cloud.idp_refusal(r.operation, std::string_view(r.input)) ==
              "InvalidParameterException 400 " + std::string(r.refusal));
    }
}

TEST_CASE("a member of the wrong JSON type cannot be read") {
    user_pool_fixture cloud;
    CHECK(cloud.idp_refusal("CreateUserPool", std::string_view(R"({"PoolName":7})")) ==
          "SerializationException 400 NUMBER_VALUE can not be converted to a String");
}

TEST_CASE("what is not there is not there") {
    user_pool_fixture cloud;
    CHECK(cloud.idp_refusal("DescribeUserPool",
                            json::object{{"UserPoolId", "ap-northeast-1_nobody"}}) ==
          "ResourceNotFoundException 400 User pool ap-northeast-1_nobody does not exist.");
    CHECK(cloud.idp_refusal("DescribeUserPoolClient",
                            json::object{{"UserPoolId", cloud.pool}, {"ClientId", "nobody"}}) ==
          "ResourceNotFoundException 400 User pool client nobody does not exist.");
    CHECK(cloud.idp_refusal("GetGroup",
                            json::object{{"UserPoolId", cloud.pool}, {"GroupName", "nobody"}}) ==
          "ResourceNotFoundException 400 Group not found.");
    CHECK(cloud.idp_refusal("AdminGetUser", cloud.named("nobody")) ==
          "UserNotFoundException 400 User does not exist.");
}

TEST_CASE("pools are listed page by page, those of the region only") {
    user_pool_fixture cloud;
    for (int i = 0; i < 4; ++i)
        cloud.idp("CreateUserPool", json::object{{"PoolName", "more"}});
    cloud.region = "us-east-1";
    cloud.idp("CreateUserPool", json::object{{"PoolName", "elsewhere"}});
    cloud.region = "ap-northeast-1";
    std::vector<std::string> seen;
    json::object input{{"MaxResults", 2}};
    for (;;) {
        auto const page = cloud.idp("ListUserPools", input);
        CHECK(page.at("UserPools").as_array().size() <= 2);
        for (auto const& pool : page.at("UserPools").as_array())
            seen.push_back(text(pool.as_object(), "Id"));
        if (!page.contains("NextToken"))
            break;
        input["NextToken"] = page.at("NextToken");
    }
    // Five made here and one that the shared fixture brings along.
    CHECK(seen.size() == 6);
    std::sort(seen.begin(), seen.end());
    CHECK(std::unique(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("an updated pool forgets what is not sent again") {
    user_pool_fixture cloud;
    cloud.idp("UpdateUserPool",
              json::object{{"UserPoolId", cloud.pool},
                           {"UserPoolTags", json::object{{"a", "b"}}},
                           {"Policies", json::object{{"PasswordPolicy",
                                                      json::object{{"MinimumLength", 20}}}}}});
    auto const described = [&] {
        return cloud.idp("DescribeUserPool", json::object{{"UserPoolId", cloud.pool}})
            .at("UserPool")
            .as_object();
    };
    CHECK(described().at("UserPoolTags") == json::object{{"a", "b"}});
    cloud.idp("UpdateUserPool", json::object{{"UserPoolId", cloud.pool}});
    CHECK(described().at("UserPoolTags") == json::object{});
    CHECK(described().at("Policies").at("PasswordPolicy").at("MinimumLength") == 8);
}

TEST_CASE("a protected pool is not deleted, another takes everything with it") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    cloud.idp("CreateGroup", json::object{{"UserPoolId", cloud.pool}, {"GroupName", "g"}});
    cloud.tokens("alice", "Passw0rd!");
    cloud.idp("UpdateUserPool",
              json::object{{"UserPoolId", cloud.pool}, {"DeletionProtection", "ACTIVE"}});
    CHECK(cloud.idp_refusal("DeleteUserPool", json::object{{"UserPoolId", cloud.pool}})
              .starts_with("InvalidParameterException 400 "));
    cloud.idp("UpdateUserPool", json::object{{"UserPoolId", cloud.pool}});
    cloud.idp("DeleteUserPool", json::object{{"UserPoolId", cloud.pool}});
    CHECK(cloud.record_count() == 0);
    CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") ==
          "ResourceNotFoundException 400 User pool client " + cloud.client + " does not exist.");
}

TEST_CASE("settings that would change sign-in and are not built are refused, not ignored") {
    user_pool_fixture cloud;
    CHECK(cloud
              .idp_refusal("CreateUserPool",
                           std::string_view(R"({"PoolName":"a","LambdaConfig":{"PreSignUp":"x"}})"))
              .starts_with("InvalidParameterException 400 LambdaConfig is not supported"));
    CHECK(cloud.idp_refusal("CreateUserPool",
                            std::string_view(R"({"PoolName":"a","LambdaConfig":{}})")) == "ok");
}

TEST_CASE("a client has a secret when it asks for one, and AWS's defaults") {
    user_pool_fixture cloud;
    auto const shown = cloud
                           .idp("DescribeUserPoolClient", json::object{{"UserPoolId", cloud.pool},
                                                                       {"ClientId", cloud.client}})
                           .at("UserPoolClient")
                           .as_object();
    CHECK(cloud.client.size() == 26);
    CHECK(cloud.client_secret.size() == 51);
    CHECK(text(shown, "ClientSecret") == cloud.client_secret);
    CHECK(json::find_integer(shown, "RefreshTokenValidity") == 30);
    CHECK(json::find_bool(shown, "EnableTokenRevocation") == true);
    CHECK(json::find_integer(shown, "AuthSessionValidity") == 3);

    auto const plain = cloud
                           .idp("CreateUserPoolClient",
                                json::object{{"UserPoolId", cloud.pool}, {"ClientName", "plain"}})
                           .at("UserPoolClient")
                           .as_object();
    CHECK_FALSE(plain.contains("ClientSecret"));
    CHECK(plain.at("ExplicitAuthFlows") ==
          json::array{"ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"});
    auto const listed = cloud.idp("ListUserPoolClients", json::object{{"UserPoolId", cloud.pool}});
    CHECK(listed.at("UserPoolClients").as_array().size() == 2);
}

TEST_CASE("token validities have units and bounds (spec 3.4)") {
    user_pool_fixture cloud;
    struct row {
        char const* settings;
        bool is_taken;
    };
    row const rows[] = {
        {R"({"AccessTokenValidity":5,"TokenValidityUnits":{"AccessToken":"minutes"}})", true},
        {R"({"AccessTokenValidity":299,"TokenValidityUnits":{"AccessToken":"seconds"}})", false},
        {R"({"AccessTokenValidity":24})", true},
        {R"({"AccessTokenValidity":25})", false},
        {R"({"IdTokenValidity":2,"TokenValidityUnits":{"IdToken":"days"}})", false},
        {R"({"RefreshTokenValidity":0})", true},
        {R"({"RefreshTokenValidity":59,"TokenValidityUnits":{"RefreshToken":"minutes"}})", false},
        {R"({"RefreshTokenValidity":3650})", true},
        {R"({"RefreshTokenValidity":3651})", false},
        {R"({"RefreshTokenValidity":1,"AccessTokenValidity":2,"TokenValidityUnits":{"RefreshToken":"hours"}})",
         false},
    };
    for (auto const& r : rows) {
        CAPTURE(r.settings);
        auto input = json::parse_object(r.settings).value();
        input["UserPoolId"] = cloud.pool;
        input["ClientName"] = "c";
        CHECK(cloud.idp_refusal("CreateUserPoolClient", input) ==
              (r.is_taken ? "ok"
                          : "InvalidParameterException 400 Invalid range for token validity."));
    }
}

TEST_CASE("an updated client keeps its secret and goes back to defaults") {
    user_pool_fixture cloud("{}", R"({"GenerateSecret":true,"AccessTokenValidity":2})");
    auto const changed = cloud
                             .idp("UpdateUserPoolClient", json::object{{"UserPoolId", cloud.pool},
                                                                       {"ClientId", cloud.client},
                                                                       {"ClientName", "renamed"}})
                             .at("UserPoolClient")
                             .as_object();
    CHECK(text(changed, "ClientSecret") == cloud.client_secret);
    CHECK(text(changed, "ClientName") == "renamed");
    CHECK_FALSE(changed.contains("AccessTokenValidity"));
    CHECK(cloud.sign_in_refusal("alice", "x") ==
          "InvalidParameterException 400 USER_PASSWORD_AUTH flow not enabled for this client");
    cloud.idp("DeleteUserPoolClient",
              json::object{{"UserPoolId", cloud.pool}, {"ClientId", cloud.client}});
    CHECK(cloud.sign_in_refusal("alice", "x") ==
          "ResourceNotFoundException 400 User pool client " + cloud.client + " does not exist.");
}
