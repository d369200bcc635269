// What the feed of decisions keeps, counts, bounds and costs. Its shape is documented in
// docs/local.md, "What was decided".
#include "cloud/world.hpp"
#include "json/parse.hpp"
#include "local/decision_feed.hpp"
#include "support/counted_heap.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <string>

namespace cogniot::local {
namespace {

using policy::effect;

utc_time at(std::string_view text) {
    return *parse_extended(text);
}

cloud::principal user(std::string identity_id = "ap-northeast-1:alice") {
    return {.what = cloud::principal::type::role_session,
            .arn = "arn:aws:sts::123456789012:assumed-role/R/CognitoIdentityCredentials",
            .user_id = "AROA1:CognitoIdentityCredentials",
            .role_name = "R",
            .identity_id = std::move(identity_id),
            .identity_pool_id = "ap-northeast-1:pool",
            .authenticated = true};
}

struct fed {
    cloud::world world{};
    decision_feed feed;

    explicit fed(decision_limits limits = {}) : feed(limits) {}
    void add(cloud::principal const& who, std::string_view client, std::string_view action,
             std::string_view resource, effect decision = effect::allow,
             std::string_view when = "2026-11-22T01:02:03.004Z") {
        feed.add(world, who, client, action, resource, decision, at(when));
    }
    std::string print(feed_query const& asked = {}) const { return json::print(feed.print(asked)); }
    std::size_t rows(feed_query const& asked = {}) const {
        return feed.print(asked).at("decisions").as_array().size();
    }
};

} // namespace

TEST_CASE("a Cognito user's row names identity, role, client and the locks between") {
    fed t;
    t.add(user(), "c1", "iot:Publish", "arn:topic/a");
    t.add(user(), "c1", "iot:Publish", "arn:topic/a", effect::allow, "2026-11-22T01:02:09Z");
    CHECK(t.print() ==
          R"({"decisions":[{"first":"2026-11-22T01:02:03.004Z","last":"2026-11-22T01:02:09.000Z",)"
          R"("count":2,"decision":"allow","action":"iot:Publish","resource":"arn:topic/a",)"
          R"("identity":"ap-northeast-1:alice","role":"R","clientId":"c1",)"
          R"("locks":["role_policy","iot_policy"]}],"complete":true,"forgotten":0})");
}

TEST_CASE("a guest has no IoT lock, RetainPublish has none for anybody, root has no lock") {
    fed t;
    auto guest = user("ap-northeast-1:guest");
    guest.authenticated = false;
    cloud::principal const root{.what = cloud::principal::type::root, .arn = "arn:root"};
    t.add(guest, "g", "iot:Connect", "arn:client/g");
    t.add(user(), "c1", "iot:RetainPublish", "arn:topic/a");
    t.add(root, "", "iam:CreateRole", "arn:role/x");
    auto const all = t.feed.print({}).at("decisions").as_array();
    CHECK(json::print(all[0].at("locks")) == R"(["role_policy"])");
    CHECK(json::print(all[1].at("locks")) == R"(["role_policy"])");
    CHECK(json::print(all[2]) ==
          R"({"first":"2026-11-22T01:02:03.004Z","last":"2026-11-22T01:02:03.004Z","count":1,)"
          R"("decision":"allow","action":"iam:CreateRole","resource":"arn:role/x",)"
          R"("principal":"arn:root","locks":[]})");
}

TEST_CASE("who, role, client, action, resource and decision each tell rows apart") {
    fed t;
    auto other_role = user();
    other_role.role_name = "Q";
    t.add(user(), "c", "iot:Publish", "r");
    t.add(user("ap-northeast-1:bob"), "c", "iot:Publish", "r");
    t.add(other_role, "c", "iot:Publish", "r");
    t.add(user(), "d", "iot:Publish", "r");
    t.add(user(), "c", "iot:Receive", "r");
    t.add(user(), "c", "iot:Publish", "s");
    t.add(user(), "c", "iot:Publish", "r", effect::implicit_deny);
    t.add(user(), "c", "iot:Publish", "r", effect::explicit_deny);
    // The same bytes in a row, divided otherwise.
    t.add(user(), "ciot", ":Publish", "r");
    CHECK(t.rows() == 9);
}

TEST_CASE("a question is answered by since, identity and client") {
    fed t;
    t.add(user(), "c", "iot:Publish", "old", effect::allow, "2026-11-22T01:00:00Z");
    t.add(user("ap-northeast-1:bob"), "b", "iot:Publish", "new", effect::allow,
          "2026-11-22T02:00:00Z");
    CHECK(t.rows({.since = at("2026-11-22T01:00:00Z")}) == 2);
    CHECK(t.rows({.since = at("2026-11-22T01:00:00.001Z")}) == 1);
    CHECK(t.rows({.identity = "ap-northeast-1:alice"}) == 1);
    CHECK(t.rows({.client_id = "b"}) == 1);
    CHECK(t.rows({.client_id = "b", .identity = "ap-northeast-1:alice"}) == 0);
}

TEST_CASE("the row not seen for the longest time makes room, and the answer says so") {
    fed t({.max_rows = 2});
    t.add(user(), "c", "a", "1", effect::allow, "2026-11-22T01:00:00Z");
    t.add(user(), "c", "a", "2", effect::allow, "2026-11-22T01:00:01Z");
    t.add(user(), "c", "a", "1", effect::allow, "2026-11-22T01:00:02Z");
    t.add(user(), "c", "a", "3", effect::allow, "2026-11-22T01:00:03Z");
    auto const all = t.feed.print({});
    REQUIRE(all.at("decisions").as_array().size() == 2);
    CHECK(all.at("decisions").as_array()[0].at("resource") == "1");
    CHECK(all.at("decisions").as_array()[1].at("resource") == "3");
    CHECK(all.at("complete") == false);
    CHECK(all.at("forgotten") == 1);
    // Row 2 was last seen at 01:00:01; nothing is missing of what came later.
    CHECK(t.feed.print({.since = at("2026-11-22T01:00:01Z")}).at("complete") == false);
    CHECK(t.feed.print({.since = at("2026-11-22T01:00:02Z")}).at("complete") == true);
}

TEST_CASE("a decision is counted again without being looked for, while its row is there") {
    fed t({.max_rows = 2});
    auto const first =
        t.feed.add(t.world, user(), "c", "a", "1", effect::allow, at("2026-11-22T01:00:00Z"));
    t.add(user(), "c", "a", "2", effect::allow, "2026-11-22T01:00:01Z");
    REQUIRE(t.feed.add_again(first, at("2026-11-22T01:00:02Z")));
    auto const all = t.feed.print({});
    CHECK(all.at("decisions").as_array()[0].at("count") == 2);
    CHECK(all.at("decisions").as_array()[0].at("last") == "2026-11-22T01:00:02.000Z");
    // What was counted last stays; `2` makes room, and nobody knows any more which row did.
    t.add(user(), "c", "a", "3", effect::allow, "2026-11-22T01:00:03Z");
    CHECK(t.rows() == 2);
    CHECK_FALSE(t.feed.add_again(first, at("2026-11-22T01:00:04Z")));
    CHECK_FALSE(t.feed.add_again({}, at("2026-11-22T01:00:04Z")));
}

TEST_CASE("texts are bounded by bytes, too") {
    fed t({.max_rows = 1000, .max_bytes = 64 << 10});
    for (int i = 0; i < 100; ++i)
        t.add(user(), "c", "a", std::string(10'000, 'x') + std::to_string(i));
    CHECK(t.feed.size() >= 2);
    CHECK(t.feed.size() <= 6);
}

TEST_CASE("a repeated decision does not touch the heap") {
    fed t;
    auto const who = user();
    std::string const topic = "arn:aws:iot:ap-northeast-1:123456789012:topic/devices/one/state";
    t.add(who, "client", "iot:Publish", topic);
    auto const now = at("2026-11-22T02:00:00Z");
    auto const before = test::allocations();
    for (int i = 0; i < 100; ++i)
        t.feed.add(t.world, who, "client", "iot:Publish", topic, effect::allow, now);
    CHECK(test::allocations() == before);
}

TEST_CASE("since is how long ago or an instant") {
    auto const now = at("2026-11-22T12:00:00Z");
    struct row {
        std::string_view text;
        std::string_view instant;
    };
    for (auto const& [text, instant] : {
             row{"30s", "2026-11-22T11:59:30Z"},
             row{"10m", "2026-11-22T11:50:00Z"},
             row{"2h", "2026-11-22T10:00:00Z"},
             row{"1d", "2026-11-21T12:00:00Z"},
             row{"1w", "2026-11-15T12:00:00Z"},
             row{"0s", "2026-11-22T12:00:00Z"},
             row{"2026-11-22T01:02:03.5Z", "2026-11-22T01:02:03.5Z"},
             row{"2026-11-22T10:02:03+09:00", "2026-11-22T01:02:03Z"},
         }) {
        CAPTURE(text);
        CHECK(parse_since(text, now) == at(instant));
    }
    for (auto const* text : {"", "m", "-1m", "10", "10y", "1.5h", "yesterday", "10 m"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_since(text, now).has_value());
    }
    // More than there is means everything.
    CHECK(parse_since("9223372036854775807w", now) < at("1970-01-01T00:00:00Z"));
}

TEST_CASE("a query that cannot be used says which part of it") {
    auto const now = at("2026-11-22T12:00:00Z");
    auto const good = parse_feed_query("since=10m&client-id=a%2Fb&identity=ap%3Ax", now);
    REQUIRE(good.has_value());
    CHECK(good->client_id == "a/b");
    CHECK(good->identity == "ap:x");
    CHECK(parse_feed_query("since=soon", now).error().message().find("`soon`") !=
          std::string::npos);
    CHECK(parse_feed_query("client_id=x", now).error().message().find("`client_id`") !=
          std::string::npos);
    CHECK(parse_feed_query("identity=%4", now).error().message().find("`identity=%4`") !=
          std::string::npos);
}

} // namespace cogniot::local
