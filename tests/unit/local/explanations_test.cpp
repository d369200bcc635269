// What explanations cost: made once for what is asked again within a second, and no more of them
// than the budget allows. docs/performance.md, "The why".
#include "cloud/world.hpp"
#include "json/parse.hpp"
#include "local/explanations.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <string>

namespace cogniot::local {
namespace {

std::string policy_for(std::string_view topic) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Publish",)"
           R"("Resource":"arn:aws:iot:ap-northeast-1:123456789012:topic/)" +
           std::string(topic) + "\"}]}";
}

/// A role session whose role allows one topic.
struct guarded {
    cloud::world world{};
    cloud::principal who{.what = cloud::principal::type::role_session,
                         .arn = "arn:aws:sts::123456789012:assumed-role/R/worker",
                         .user_id = "AROA1:worker",
                         .account = "123456789012",
                         .role_name = "R",
                         .role_arn = "arn:aws:iam::123456789012:role/R",
                         .session_name = "worker"};
    explanations made;

    explicit guarded(std::size_t budget = explanations::default_bytes_per_second) : made(budget) {
        world.settings.account = "123456789012";
        world.settings.region = "ap-northeast-1";
        allow("a");
    }
    void allow(std::string_view topic) {
        world.iam.roles.clear();
        auto parsed = policy::document::parse(policy_for(topic), policy::kind::role_inline);
        cloud::iam::role role{.name = "R",
                              .id = "AROA1",
                              .arn = "arn:aws:iam::123456789012:role/R",
                              .trust = *parsed};
        role.inline_policies.emplace("p", *parsed);
        auto& kept = world.iam.roles.emplace("R", std::move(role)).first->second;
        world.iam.refresh(kept);
    }
    /// The words for a publish to a topic.
    std::string ask(std::string_view topic, std::uint64_t connection = 1, int millisecond = 0,
                    std::string_view circumstance = {}) {
        policy::context const facts;
        auto const resource = "arn:aws:iot:ap-northeast-1:123456789012:topic/" + std::string(topic);
        auto const decided = cloud::authorise(world, who, "iot:Publish", resource, facts);
        REQUIRE_FALSE(decided.allowed);
        auto const text = made.explain(world,
                                       {.connection = connection,
                                        .who = who,
                                        .action = "iot:Publish",
                                        .resource = resource,
                                        .facts = facts,
                                        .circumstance = circumstance,
                                        .decided = decided},
                                       utc_time(std::chrono::milliseconds(millisecond)));
        auto const parsed = json::parse_object(text);
        REQUIRE(parsed.has_value());
        return std::string(json::find_string(*parsed, "words").value_or(""));
    }
};

bool is_short(std::string const& words) {
    return words.find("not explained at length") != std::string::npos;
}

TEST_CASE("a denial is explained, with what circumstances it has") {
    guarded g;
    CHECK(g.ask("b").find("is `b` in the request and `a` in the policy") != std::string::npos);
    CHECK(g.ask("b", 1, 0, "because it rains: ").starts_with("because it rains: role `R`"));
}

TEST_CASE("what is asked again within the second costs nothing of the budget") {
    guarded g(1);
    auto const first = g.ask("b");
    CHECK_FALSE(is_short(first));
    CHECK(g.ask("b", 1, 999) == first);
    CHECK(is_short(g.ask("c", 1, 999)));
    CHECK_FALSE(is_short(g.ask("c", 1, 1000)));
}

TEST_CASE("beyond the budget a denial is told in short, until the next second") {
    guarded g(10'000);
    int explained = 0;
    for (int i = 0; i < 1000; ++i)
        explained += is_short(g.ask("b" + std::to_string(i))) ? 0 : 1;
    CHECK(explained > 5);
    CHECK(explained < 20);
    auto const words = g.ask("more");
    CHECK(words.find("refused by role_policy") != std::string::npos);
    CHECK(words.find("cogniot policy explain") != std::string::npos);
}

TEST_CASE("an explanation is never older than the documents, and never another connection's") {
    guarded g;
    auto const before = g.ask("b");
    g.allow("longer/a");
    CHECK(g.ask("b") != before);
    guarded two(1);
    two.ask("b", 1);
    CHECK(is_short(two.ask("b", 2)));
}

} // namespace
} // namespace cogniot::local
