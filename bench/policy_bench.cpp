// What a decision costs: allow for the article's policies, for documents of AWS's maximum size, and
// with the full explanation. Goals: under 1 us, under 5 us, under 10 us on one core of a 2020s
// server.
#include "policy/decide.hpp"
#include "policy/smallest_change.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace {

using namespace cogniot::policy;

std::string const arn = "arn:aws:iot:ap-northeast-1:123456789012:";
std::string const identity = "ap-northeast-1:11111111-2222-3333-4444-555555555555";

context facts() {
    context c;
    c.set("aws:SourceIp", "203.0.113.5");
    c.set("aws:SecureTransport", "true");
    c.set("aws:userid", "AROAEXAMPLEEXAMPLE:CognitoIdentityCredentials");
    c.set("cognito-identity.amazonaws.com:aud", "ap-northeast-1:pool");
    c.set("cognito-identity.amazonaws.com:sub", identity);
    c.set("iot:ClientId", identity);
    c.set_list("cognito-identity.amazonaws.com:amr", {"authenticated"});
    return c;
}

/// Three statements with wildcards and the identity variable, as the article has them.
std::string article_policy() {
    return R"({"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:Connect","Resource":")" +
           arn + R"(client/${cognito-identity.amazonaws.com:sub}"},
        {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":")" +
           arn + R"(topic/*/${cognito-identity.amazonaws.com:sub}/*"},
        {"Effect":"Allow","Action":"iot:Subscribe","Resource":")" +
           arn + R"(topicfilter/*/${cognito-identity.amazonaws.com:sub}/*"}]})";
}

/// As many statements as fit; the last one allows.
std::string largest_policy(kind what) {
    std::size_t const limit = what == kind::role_inline ? 10'240 : 2'048;
    std::string text = R"({"Version":"2012-10-17","Statement":[)";
    std::string const last = R"({"Effect":"Allow","Action":"iot:Publish","Resource":")" + arn +
                             R"(topic/home/${cognito-identity.amazonaws.com:sub}/*"}]})";
    for (int i = 0;; ++i) {
        auto const more = R"({"Effect":"Allow","Action":"iot:Publish","Resource":")" + arn +
                          "topic/room" + std::to_string(i) + R"(/*/state"},)";
        if (text.size() + more.size() + last.size() > limit)
            return text + last;
        text += more;
    }
}

/// One statement with as many resources as fit, each with a variable: the dearest to match.
std::string longest_list() {
    std::string text =
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:Publish","Resource":[)";
    for (int i = 0;; ++i) {
        auto const more =
            "\"" + arn + "topic/${iot:ClientId}/r" + std::to_string(i) + "/*/state\",";
        if (text.size() + more.size() > 10'100)
            return text + "\"" + arn + "topic/home/*\"]}}";
        text += more;
    }
}

void decide_allow(benchmark::State& state, std::vector<std::string> const& texts, kind what,
                  std::string const& resource) {
    std::vector<document> documents;
    for (auto const& text : texts)
        documents.push_back(document::parse(text, what).value());
    std::vector<named_document> named;
    for (auto const& d : documents)
        named.push_back({"policy", &d});
    auto const c = facts();
    request const asked{"iot:Publish", resource, c};
    for (auto _ : state) {
        auto answer = decide(named, asked);
        benchmark::DoNotOptimize(answer);
        if (answer != effect::allow)
            state.SkipWithError("not allowed");
    }
}

void explain_refusal(benchmark::State& state, std::string const& text) {
    auto const parsed = document::parse(text, kind::role_inline).value();
    named_document const named[] = {{"role policy p", &parsed}};
    auto const c = facts();
    auto const resource = arn + "topic/home/another/lamp";
    for (auto _ : state)
        benchmark::DoNotOptimize(explain(named, {"iot:Publish", resource, c}));
}

/// With the smallest change, as the log has it.
void explain_and_mend(benchmark::State& state, std::string const& text) {
    auto const parsed = document::parse(text, kind::role_inline).value();
    named_document const named[] = {{"role policy p", &parsed}};
    auto const c = facts();
    auto const resource = arn + "topic/home/another/lamp";
    request const asked{"iot:Publish", resource, c};
    for (auto _ : state) {
        auto const why = explain(named, asked);
        benchmark::DoNotOptimize(find_remedy(named, asked, why, kind::role_inline));
    }
}

void parse(benchmark::State& state, std::string const& text) {
    for (auto _ : state)
        benchmark::DoNotOptimize(document::parse(text, kind::role_inline));
}

std::string const lamp = arn + "topic/home/" + identity + "/lamp";

BENCHMARK_CAPTURE(decide_allow, article_one_policy, {article_policy()}, kind::role_inline, lamp);
BENCHMARK_CAPTURE(decide_allow, article_role_and_iot_policy, {article_policy(), article_policy()},
                  kind::iot, lamp);
BENCHMARK_CAPTURE(decide_allow, largest_role_policy, {largest_policy(kind::role_inline)},
                  kind::role_inline, lamp);
BENCHMARK_CAPTURE(decide_allow, largest_iot_policy, {largest_policy(kind::iot)}, kind::iot, lamp);
BENCHMARK_CAPTURE(decide_allow, largest_list_of_resources, {longest_list()}, kind::role_inline,
                  lamp);
BENCHMARK_CAPTURE(explain_refusal, article, article_policy());
BENCHMARK_CAPTURE(explain_refusal, largest_role_policy, largest_policy(kind::role_inline));
BENCHMARK_CAPTURE(explain_and_mend, article, article_policy());
BENCHMARK_CAPTURE(explain_and_mend, largest_role_policy, largest_policy(kind::role_inline));
BENCHMARK_CAPTURE(parse, article, article_policy());
BENCHMARK_CAPTURE(parse, largest_role_policy, largest_policy(kind::role_inline));

} // namespace

BENCHMARK_MAIN();
