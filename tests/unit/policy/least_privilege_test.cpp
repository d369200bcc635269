// Least privilege: what was recorded is allowed by the policies made of it, and nothing else is.
#include "json/parse.hpp"
#include "policy/compiled.hpp"
#include "policy/least_privilege.hpp"
#include "policy/put_back.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace cogniot;
using policy::effect;
using policy::kind;
using policy::recorded;

namespace {

std::string const arn = "arn:aws:iot:ap-northeast-1:123456789012:";
std::string const identity = "ap-northeast-1:d23c8f3f-0000-4a6b-9c1e-0123456789ab";

std::string text_of(std::vector<boost::json::object> const& documents) {
    std::string out;
    for (auto const& d : documents)
        out += json::print(d);
    return out;
}

effect ask(policy::least_policies const& by, kind what, recorded const& r) {
    std::vector<policy::document> documents;
    for (auto const& d : by.documents) {
        auto parsed = policy::document::parse(json::print(d), what);
        REQUIRE_MESSAGE(parsed.has_value(), parsed.error().message());
        documents.push_back(*parsed);
    }
    std::vector<policy::named_document> named;
    for (auto const& d : documents)
        named.push_back({"p", &d});
    policy::context facts;
    facts.set("cognito-identity.amazonaws.com:sub", r.identity);
    if (what == kind::iot)
        facts.set("iot:ClientId", r.client);
    return policy::decide(named, {r.action, r.resource, facts});
}

recorded over_mqtt(std::string action, std::string resource) {
    return {std::move(action), arn + resource, identity, identity, true, true};
}

} // namespace

TEST_CASE("actions on the same resources share a statement, variables stand for values") {
    recorded const all[] = {
        over_mqtt("iot:Connect", "client/" + identity),
        over_mqtt("iot:Publish", "topic/home/lamp"),
        over_mqtt("iot:Receive", "topic/home/lamp"),
        over_mqtt("iot:Subscribe", "topicfilter/home/#"),
        {"iot:RetainPublish", arn + "topic/home/lamp", identity, identity, true, false},
    };
    auto const least = policy::find_least_privilege(all);
    CHECK(
        text_of(least.role.documents) ==
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":")" +
            arn +
            R"(client/${cognito-identity.amazonaws.com:sub}"},{"Effect":"Allow","Action":)"
            R"(["iot:Publish","iot:Receive","iot:RetainPublish"],"Resource":")" +
            arn + R"(topic/home/lamp"},{"Effect":"Allow","Action":"iot:Subscribe","Resource":")" +
            arn + R"(topicfilter/home/#"}]})");
    CHECK(text_of(least.iot.documents).find("RetainPublish") == std::string::npos);
    CHECK(least.role.notes.empty());
}

TEST_CASE("a role's policy holds no character beyond U+00FF (spec cognito-iam-sigv4 5.6)") {
    auto const done = over_mqtt("iot:Publish", "topic/日本/é/x");
    auto const least = policy::find_least_privilege({&done, 1});
    CHECK(text_of(least.role.documents).find("topic/\?\?/é/x\"") != std::string::npos);
    REQUIRE(least.role.notes.size() == 1);
    CHECK(least.role.notes.front().find("`" + arn + "topic/日本/é/x`") != std::string::npos);
    CHECK(ask(least.role, kind::role_inline, done) == effect::allow);
    CHECK(text_of(least.iot.documents).find("topic/日本/é/x\"") != std::string::npos);
    CHECK(ask(least.iot, kind::iot, done) == effect::allow);
    CHECK(least.iot.notes.empty());
}

TEST_CASE("what no lock has to let through needs no policy") {
    recorded const root{"iam:CreateRole", "*", "", "", false, false};
    auto const least = policy::find_least_privilege({&root, 1});
    CHECK(least.role.documents.empty());
    CHECK(least.iot.documents.empty());
}

TEST_CASE("a resource that is no ARN can be named by * alone, and that is said") {
    // iot:AttachPolicy's resource is the identity ID (spec cognito-iam-sigv4 9, item 8).
    recorded const attach{"iot:AttachPolicy", identity, "", "", true, false};
    auto const least = policy::find_least_privilege({&attach, 1});
    CHECK(ask(least.role, kind::role_inline, attach) == effect::allow);
    REQUIRE(least.role.notes.size() == 1);
    CHECK(least.role.notes[0].find("no ARN") != std::string::npos);
}

TEST_CASE("more than a policy holds is split and said, never widened") {
    std::vector<recorded> all;
    for (int i = 0; i < 120; ++i)
        all.push_back(over_mqtt("iot:Publish", "topic/home/lamp_" + std::to_string(1000 + i)));
    auto const least = policy::find_least_privilege(all);
    CHECK(least.iot.documents.size() > 1);
    CHECK(least.iot.documents.size() <= 10);
    REQUIRE(least.iot.notes.size() == 1);
    CHECK(least.iot.notes[0].find("attach all of them") != std::string::npos);
    for (auto const size : least.iot.sizes)
        CHECK(size <= 2'048); // spec iot-broker 4.7
    CHECK(text_of(least.iot.documents).find('*') == std::string::npos);
    for (auto const& r : all)
        CHECK(ask(least.iot, kind::iot, r) == effect::allow);

    for (int i = 0; i < 1'000; ++i)
        all.push_back(over_mqtt("iot:Publish", "topic/home/lamp_" + std::to_string(2000 + i)));
    auto const too_much = policy::find_least_privilege(all);
    CHECK(too_much.iot.documents.size() > 10);
    CHECK(too_much.iot.notes[0].find("AWS takes 10") != std::string::npos);
    CHECK(too_much.role.limit == 6'144); // spec cognito-iam-sigv4 5.6
}

TEST_CASE("everything recorded is allowed, and nothing beyond") {
    std::mt19937_64 random(20'261'124);
    auto const below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    std::vector<std::string> const identities{identity, "ap-northeast-1:other"};
    std::vector<std::string> const levels{"a",    "b",        "*",      "a?",
                                          "${x}", "device_1", identity, "$aws"};
    auto const make = [&] {
        recorded r;
        r.identity = identities[below(2)];
        r.client = below(2) == 0 ? r.identity : "device_1";
        auto const which = below(5);
        static constexpr char const* actions[] = {"iot:Connect", "iot:Publish", "iot:Receive",
                                                  "iot:Subscribe", "iot:RetainPublish"};
        r.action = actions[which];
        r.needs_iot_policy = which != 4;
        r.resource = arn + (which == 0 ? "client/" : which == 3 ? "topicfilter/" : "topic/");
        if (which == 0) {
            r.resource += r.client;
            return r;
        }
        for (std::size_t n = 1 + below(3), i = 0; i < n; ++i)
            r.resource += (i > 0 ? "/" : "") +
                          (which == 3 && below(4) == 0 ? "+" : levels[below(levels.size())]);
        return r;
    };
    // As the policy must name it: what another identity does in its own name is the same thing.
    auto const name = [](recorded const& r, policy::vocabulary words) {
        policy::context facts;
        facts.set("cognito-identity.amazonaws.com:sub", r.identity);
        facts.set("iot:ClientId", r.client);
        return r.action + " " + policy::put_variables_back(r.resource, facts, words)->text;
    };
    for (int round = 0; round < 60; ++round) {
        std::vector<recorded> all;
        for (std::size_t n = 1 + below(25); n > 0; --n)
            all.push_back(make());
        auto const least = policy::find_least_privilege(all);
        for (auto const& r : all) {
            CAPTURE(r.action);
            CAPTURE(r.resource);
            REQUIRE(ask(least.role, kind::role_inline, r) == effect::allow);
            if (r.needs_iot_policy)
                REQUIRE(ask(least.iot, kind::iot, r) == effect::allow);
        }
        for (int other = 0; other < 40; ++other) {
            auto const next = make();
            CAPTURE(next.action);
            CAPTURE(next.resource);
            CAPTURE(next.identity);
            CAPTURE(next.client);
            bool const in_role = std::any_of(all.begin(), all.end(), [&](auto const& r) {
                return name(r, policy::vocabulary::iam) == name(next, policy::vocabulary::iam) ||
                       (r.action == next.action && r.resource == next.resource &&
                        r.resource.find(r.identity) == std::string::npos);
            });
            REQUIRE((ask(least.role, kind::role_inline, next) == effect::allow) == in_role);
            // Grouping adds nothing: whatever all allow together, one of them allows alone.
            bool const in_iot = std::any_of(all.begin(), all.end(), [&](auto const& r) {
                return r.needs_iot_policy && ask(policy::find_least_privilege({&r, 1}).iot,
                                                 kind::iot, next) == effect::allow;
            });
            REQUIRE((ask(least.iot, kind::iot, next) == effect::allow) == in_iot);
        }
    }
}
