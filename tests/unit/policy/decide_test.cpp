#include "policy/decide.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using policy::effect;
using policy::kind;

namespace {

constexpr std::string_view article = R"({
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "iot:Connect",
     "Resource": "arn:aws:iot:ap-northeast-1:123456789012:client/${cognito-identity.amazonaws.com:sub}"},
    {"Effect": "Allow", "Action": ["iot:Publish", "iot:Receive"],
     "Resource": ["arn:aws:iot:ap-northeast-1:123456789012:topic/$aws/things/*/shadow/update",
                  "arn:aws:iot:ap-northeast-1:123456789012:topic/home/${cognito-identity.amazonaws.com:sub}/*"]},
    {"Effect": "Allow", "Action": "iot:Subscribe",
     "Resource": "arn:aws:iot:ap-northeast-1:123456789012:topicfilter/home/*"}
  ]
})";

effect ask(std::string_view text, std::string_view action, std::string_view resource,
           policy::context const& facts, kind what = kind::role_inline) {
    auto const parsed = policy::document::parse(text, what);
    REQUIRE_MESSAGE(parsed.has_value(), parsed.error().message());
    policy::named_document const documents[] = {{"role policy", &*parsed}};
    return policy::decide(documents, {action, resource, facts});
}

} // namespace

TEST_CASE("the article's policy lets an identity do what is its own") {
    policy::context facts;
    facts.set("cognito-identity.amazonaws.com:sub", "ap-northeast-1:id-1");
    std::string const arn = "arn:aws:iot:ap-northeast-1:123456789012:";
    CHECK(ask(article, "iot:Connect", arn + "client/ap-northeast-1:id-1", facts) == effect::allow);
    CHECK(ask(article, "iot:Connect", arn + "client/other", facts) == effect::implicit_deny);
    CHECK(ask(article, "iot:Publish", arn + "topic/$aws/things/lamp/shadow/update", facts) ==
          effect::allow);
    CHECK(ask(article, "iot:Publish", arn + "topic/home/ap-northeast-1:id-1/lamp", facts) ==
          effect::allow);
    CHECK(ask(article, "iot:Publish", arn + "topic/home/other/lamp", facts) ==
          effect::implicit_deny);
    CHECK(ask(article, "iot:Subscribe", arn + "topicfilter/home/#", facts) == effect::allow);
    CHECK(ask(article, "iot:RetainPublish", arn + "topic/home/ap-northeast-1:id-1/lamp", facts) ==
          effect::implicit_deny);
}

TEST_CASE("facts are put together when a policy asks for one, once") {
    constexpr std::string_view of_all = R"({"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "iot:Publish", "Resource": "*"}]})";
    int times = 0;
    policy::context facts([&](policy::context& all) {
        ++times;
        all.set("cognito-identity.amazonaws.com:sub", "ap-northeast-1:id-1");
    });
    std::string const arn = "arn:aws:iot:ap-northeast-1:123456789012:";
    CHECK(ask(of_all, "iot:Publish", arn + "topic/a", facts) == effect::allow);
    CHECK(times == 0);
    CHECK(ask(article, "iot:Connect", arn + "client/ap-northeast-1:id-1", facts) == effect::allow);
    CHECK(ask(article, "iot:Connect", arn + "client/other", facts) == effect::implicit_deny);
    CHECK(times == 1);
    facts.set("iot:ClientId", "c");
    CHECK(facts.find_single("cognito-identity.amazonaws.com:sub") == "ap-northeast-1:id-1");
    CHECK(times == 1);
}
