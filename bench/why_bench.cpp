// What "the why" costs the local cloud: a decision that allows, the explanation of one that denies,
// and the line of AWSIotLogsV2 that each publish and each denial leaves.
#include "base/random_source.hpp"
#include "cloud/offline.hpp"
#include "crypto/random.hpp"
#include "local/event_log.hpp"
#include "local/explanations.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace {

using namespace cogniot;

std::string const arn = "arn:aws:iot:ap-northeast-1:123456789012:";
std::string const identity = "ap-northeast-1:11111111-2222-3333-4444-555555555555";

/// Connect, publish and receive, subscribe: as the article has them.
std::string article_policy() {
    return R"({"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:Connect","Resource":")" +
           arn + R"(client/${cognito-identity.amazonaws.com:sub}"},
        {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":")" +
           arn + R"(topic/home/${cognito-identity.amazonaws.com:sub}/*"},
        {"Effect":"Allow","Action":"iot:Subscribe","Resource":")" +
           arn + R"(topicfilter/home/${cognito-identity.amazonaws.com:sub}/*"}]})";
}

/// As many statements as AWS takes in a document.
std::string largest_policy(std::size_t limit) {
    std::string text = R"({"Version":"2012-10-17","Statement":[)";
    for (int i = 0;; ++i) {
        auto const more = (i ? "," : "") +
                          (R"({"Effect":"Allow","Action":"iot:Publish","Resource":")" + arn) +
                          "topic/room" + std::to_string(i) + R"(/*/state"})";
        if (text.size() + more.size() + 2 > limit)
            return text + "]}";
        text += more;
    }
}

cloud::offline make_locks(std::string const& role, std::string const& iot) {
    cloud::offline_setup setup{.identity_id = identity,
                               .identity_pool_id = "ap-northeast-1:pool",
                               .client_id = identity,
                               .region = "ap-northeast-1",
                               .account = "123456789012",
                               .source_ip = "203.0.113.5"};
    setup.role_policies.emplace_back(
        "role", policy::document::parse(role, policy::kind::role_inline).value());
    setup.iot_policies.emplace_back("iot", policy::document::parse(iot, policy::kind::iot).value());
    return cloud::offline(std::move(setup));
}

void decide(benchmark::State& state, std::string const& role, std::string const& iot) {
    auto const locks = make_locks(role, iot);
    auto const asked = locks.ask("iot:Publish", arn + "topic/home/" + identity + "/lamp");
    for (auto _ : state)
        benchmark::DoNotOptimize(locks.decide(asked));
}

void explain_denial(benchmark::State& state, std::string const& role, std::string const& iot) {
    auto const locks = make_locks(role, iot);
    auto const asked = locks.ask("iot:Publish", arn + "topic/garden/gate");
    for (auto _ : state)
        benchmark::DoNotOptimize(locks.words(asked));
}

/// A Cognito user in the local cloud, with these documents as role policy and IoT policy.
struct guarded {
    cloud::world world{};
    cloud::principal who{.what = cloud::principal::type::role_session,
                         .arn = "arn:aws:sts::123456789012:assumed-role/R/C",
                         .user_id = "AROA1:C",
                         .account = "123456789012",
                         .role_name = "R",
                         .role_arn = "arn:aws:iam::123456789012:role/R",
                         .session_name = "C",
                         .identity_id = identity,
                         .identity_pool_id = "ap-northeast-1:pool",
                         .authenticated = true,
                         .amr = {"authenticated"}};

    guarded(std::string const& role, std::string const& iot) {
        world.settings.account = "123456789012";
        world.settings.region = "ap-northeast-1";
        auto document = policy::document::parse(role, policy::kind::role_inline).value();
        cloud::iam::role made{.name = "R", .id = "AROA1", .arn = who.role_arn, .trust = document};
        made.inline_policies.emplace("p", document);
        auto& kept = world.iam.roles.emplace("R", std::move(made)).first->second;
        world.iam.refresh(kept);
        auto& registry = world.iot.at("ap-northeast-1");
        registry.policies.emplace(
            "q",
            cloud::iot::versioned_policy{
                .name = "q",
                .region = "ap-northeast-1",
                .versions = {{1, {}, policy::document::parse(iot, policy::kind::iot).value()}}});
        cloud::iot::target attached{.id = identity, .region = "ap-northeast-1", .policies = {"q"}};
        registry.refresh(registry.targets.emplace(identity, attached).first->second);
    }
};

/// A second in which a client is denied a thousand times, each time on another topic: a time of
/// 100 ms is 10 % of a core.
void thousand_denials(benchmark::State& state, std::string const& role, std::string const& iot) {
    guarded const g(role, iot);
    auto const facts = cloud::principal_facts(g.who, {{}, "ap-northeast-1", "203.0.113.5"});
    local::explanations made;
    auto now = utc_time();
    for (auto _ : state) {
        now += std::chrono::seconds(1);
        for (int i = 0; i < 1000; ++i) {
            auto const topic = arn + "topic/garden/gate" + std::to_string(i);
            auto const decided = cloud::authorise(g.world, g.who, "iot:Publish", topic, facts);
            benchmark::DoNotOptimize(made.explain(g.world,
                                                  {.connection = 1,
                                                   .who = g.who,
                                                   .action = "iot:Publish",
                                                   .resource = topic,
                                                   .facts = facts,
                                                   .decided = decided},
                                                  now));
        }
    }
}

/// One line for the log group, the feeds and a file.
void write_line(benchmark::State& state, local::log_level level) {
    cloud::world world;
    world.settings.account = "123456789012";
    world.settings.region = "ap-northeast-1";
    local::event_log log(world, level, crypto::system_random());
    if (!log.open_file("/dev/null"))
        state.SkipWithError("no /dev/null");
    auto const topic = "home/" + identity + "/lamp";
    for (auto _ : state) {
        log.begin_request();
        log.write({.type = "Publish-In", .client_id = identity, .identity_id = identity},
                  utc_time(std::chrono::milliseconds(1)), [&](local::log_fields& line) {
                      line.text("protocol", "MQTT")
                          .text("topicName", topic)
                          .text("clientId", identity)
                          .text("principalId", "AROAEXAMPLEEXAMPLE:CognitoIdentityCredentials")
                          .text("sourceIp", "203.0.113.5")
                          .number("sourcePort", 50123);
                  });
        log.flush();
    }
}

BENCHMARK_CAPTURE(decide, article, article_policy(), article_policy());
BENCHMARK_CAPTURE(explain_denial, article, article_policy(), article_policy());
BENCHMARK_CAPTURE(explain_denial, largest_documents, largest_policy(10'240), largest_policy(2'048));
BENCHMARK_CAPTURE(thousand_denials, article, article_policy(), article_policy())
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(thousand_denials, largest_documents, largest_policy(10'240),
                  largest_policy(2'048))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(write_line, log_group_only, local::log_level::error);
BENCHMARK_CAPTURE(write_line, log_group_and_file, local::log_level::info);

} // namespace

BENCHMARK_MAIN();
