// What was persisted makes the same cloud again.
#include "cloud/cognito_idp/records.hpp"
#include "user_pool_fixture.hpp"

#include <algorithm>
#include <chrono>

using namespace cogniot;
using test::text;
using test::user_pool_fixture;

TEST_CASE("after a restart every question has the same answer, and tokens go on") {
    user_pool_fixture cloud(
        R"({"AliasAttributes":["email"],"UserPoolTags":{"a":"b"},
            "Schema":[{"Name":"plan","AttributeDataType":"String","Mutable":true}]})",
        R"({"GenerateSecret":true,"ReadAttributes":["email"],"AccessTokenValidity":2})");
    auto const sub =
        cloud.add_user("alice", "Passw0rd!",
                       {{{"Name", "email"}, {"Value", "a@example.com"}},
                        {{"Name", "email_verified"}, {"Value", "true"}},
                        {{"Name", "custom:plan"}, {"Value", "\"quoted\" \xE3\x81\x82"}}});
    cloud.add_user("gone", "Passw0rd!");
    cloud.idp("CreateGroup", json::object{{"UserPoolId", cloud.pool},
                                          {"GroupName", "admins"},
                                          {"Precedence", 1},
                                          {"RoleArn", "arn:aws:iam::123456789012:role/admin"}});
    cloud.idp("AdminAddUserToGroup", cloud.named("alice", {{"GroupName", "admins"}}));
    cloud.idp("AdminDeleteUser", cloud.named("gone"));
    auto const tokens = cloud.tokens("alice", "Passw0rd!");
    auto const revoked = cloud.tokens("alice", "Passw0rd!");
    cloud.idp("RevokeToken", json::object{{"Token", text(revoked, "RefreshToken")},
                                          {"ClientId", cloud.client},
                                          {"ClientSecret", cloud.client_secret}});
    struct question {
        char const* operation;
        json::object input;
    };
    json::object const pool{{"UserPoolId", cloud.pool}};
    json::object const client{{"UserPoolId", cloud.pool}, {"ClientId", cloud.client}};
    question const questions[] = {
        {"DescribeUserPool", pool},
        {"DescribeUserPoolClient", client},
        {"ListUserPoolClients", pool},
        {"ListUsers", pool},
        {"ListGroups", pool},
        {"AdminGetUser", cloud.named("alice")},
        {"AdminGetUser", cloud.named("a@example.com")},
        {"AdminGetUser", cloud.named(sub)},
        {"AdminListGroupsForUser", cloud.named("alice")},
        {"GetUser", {{"AccessToken", text(tokens, "AccessToken")}}},
    };
    std::vector<json::object> before;
    for (auto const& q : questions)
        before.push_back(cloud.idp(q.operation, q.input));

    cloud.world = cloud.restarted();
    bool makes_keys = false;
    cloud.world.settings.make_signing_key = [&] {
        makes_keys = true;
        return test::test_key();
    };
    for (std::size_t i = 0; i < before.size(); ++i) {
        CAPTURE(questions[i].operation);
        CHECK(cloud.idp(questions[i].operation, questions[i].input) == before[i]);
    }
    CHECK(cloud.idp_refusal("AdminGetUser", cloud.named("gone")) ==
          "UserNotFoundException 400 User does not exist.");
    CHECK(cloud.sign_in_refusal("a@example.com", "Passw0rd!") == "ok");
    CHECK(cloud.idp_refusal("InitiateAuth",
                            cloud.refresh_flow(text(tokens, "RefreshToken"), "alice")) == "ok");
    CHECK(cloud.idp_refusal("InitiateAuth",
                            cloud.refresh_flow(text(revoked, "RefreshToken"), "alice")) ==
          "NotAuthorizedException 400 Refresh Token has been revoked");
    CHECK_FALSE(makes_keys);
}

TEST_CASE("records may come in any order") {
    user_pool_fixture cloud(
        R"({"AliasAttributes":["email"],"UsernameConfiguration":{"CaseSensitive":false}})", "{}");
    cloud.add_user("Alice", "Passw0rd!",
                   {{{"Name", "email"}, {"Value", "A@example.com"}},
                    {{"Name", "email_verified"}, {"Value", "true"}}});
    auto const& pool = *cloud.world.cognito_idp.find_pool(cloud.pool);
    std::vector<record> records{
        cloud::cognito_idp::print_record(pool, *pool.find_user("alice")),
        cloud::cognito_idp::print_record(pool, pool.clients.begin()->second),
        cloud::cognito_idp::print_record(pool)};
    do {
        cloud::cognito_idp::state again;
        for (auto const& r : records)
            CHECK(again.restore(r.kind, r.key, *r.value).value());
        auto const* restored = again.find_pool(cloud.pool);
        REQUIRE(restored != nullptr);
        CHECK(restored->find_user("aLICE") != nullptr);
        CHECK(restored->find_user("a@EXAMPLE.com") != nullptr);
        CHECK(restored->users.size() == 1);
        CHECK(again.pool_of_client.at(cloud.client) == cloud.pool);
    } while (
        std::next_permutation(records.begin(), records.end(),
                              [](record const& a, record const& b) { return a.kind < b.kind; }));
}

TEST_CASE("a damaged record says which it is") {
    cloud::cognito_idp::state state;
    auto const damaged = state.restore("user_pool_user", "p_1/sub", R"({"username":7})");
    REQUIRE(damaged.has_error());
    CHECK(damaged.error().detail.find("`user_pool_user` `p_1/sub`") != std::string::npos);
    CHECK(state.restore("user_pool_user", "p_1/sub", "{").has_error());
    CHECK(state.restore("shadow", "x", "{}").value() == false);
    CHECK(state.restore("user_pool_of_somebody", "x", "{}").value() == false);
}

TEST_CASE("a password is nowhere in what is kept") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!-unmistakable");
    auto const& pool = *cloud.world.cognito_idp.find_pool(cloud.pool);
    auto const kept = cloud::cognito_idp::print_record(pool, *pool.find_user("alice"));
    CHECK(kept.value->find("unmistakable") == std::string::npos);
}
