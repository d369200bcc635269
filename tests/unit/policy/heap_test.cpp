// decide() is asked for every packet and every delivery: for an allow it must not touch the heap.
#include "policy/decide.hpp"
#include "support/counted_heap.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace cogniot;

TEST_CASE("an allow allocates nothing, whatever operators and variables it goes through") {
    std::string const text = R"({"Version":"2012-10-17","Statement":[
      {"Effect":"Deny","Action":"iot:*","Resource":"arn:aws:iot:*:*:topic/secret/${missing}/*"},
      {"Effect":"Deny","NotAction":"iot:*","NotResource":"arn:aws:iot:*:*:topic/${a}/?/*"},
      {"Effect":"Allow","Action":["iot:Connect","IOT:Pub*"],
       "Resource":"arn:aws:iot:*:123456789012:topic/*/${a}/${b, 'default'}/*",
       "Condition":{
         "StringEquals":{"k":["x","${a}"]},"StringNotEquals":{"k":"${a}-"},
         "StringLike":{"k":"*${a}*"},"StringEqualsIgnoreCase":{"k":"${A}"},
         "NumericLessThan":{"n":"10.5"},"DateLessThan":{"t":"2027-01-01T00:00:00Z"},
         "Bool":{"s":"true"},"BinaryEquals":{"b64":"YWJj"},
         "IpAddress":{"ip":["10.0.0.0/8","2001:db8::/32"]},"NotIpAddress":{"ip":"10.1.0.0/16"},
         "ArnLike":{"arn":"arn:aws:iot:*:${account}:topic/*"},"Null":{"none":"true"},
         "StringEqualsIfExists":{"none":"x"},"ForAllValues:StringLike":{"list":["p*","q*"]},
         "ForAnyValue:StringEquals":{"list":"p1"}}}]})";
    auto const parsed = policy::document::parse(text, policy::kind::any);
    REQUIRE_MESSAGE(parsed.has_value(), parsed.error().message());
    policy::context facts;
    for (auto const& [key, value] :
         {std::pair{"a", "an identity that is longer than any small string"},
          {"k", "an identity that is longer than any small string"},
          {"n", "10.4999999999999999999999999999"},
          {"t", "2026-11-22T00:00:00.123Z"},
          {"s", "TRUE"},
          {"b64", "YWJj"},
          {"ip", "2001:db8:1:2:3:4:5:6"},
          {"arn", "arn:aws:iot:ap-northeast-1:123456789012:topic/a/b/c"},
          {"account", "123456789012"}})
        facts.set(key, value);
    facts.set_list("list", {"p1", "q2"});
    std::string const resource = "arn:aws:iot:ap-northeast-1:123456789012:topic/x/y/"
                                 "an identity that is longer than any small string/default/z";
    policy::named_document const documents[] = {{"p", &*parsed}};
    policy::request const asked{"iot:Publish", resource, facts};
    auto const before = test::allocations();
    auto const answer = policy::decide(documents, asked);
    auto const after = test::allocations();
    CHECK(answer == policy::effect::allow);
    CHECK(after == before);
}
