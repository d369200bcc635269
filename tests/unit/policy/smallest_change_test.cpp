// The smallest change that lets a refused request through: the faults people make, each with its
// mend (docs/policy.md, "The smallest change"; spec iot-broker 4.2 to 4.4, 8.2), and a property:
// a change does what it says and nothing else.
#include "json/parse.hpp"
#include "policy/change_words.hpp"
#include "policy/smallest_change.hpp"
#include "policy/words.hpp"
#include "support/json_dice.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <cstdlib>

using namespace cogniot;
using boost::json::array;
using boost::json::object;
using boost::json::value;
using policy::effect;
using policy::kind;

namespace {

std::string const arn = "arn:aws:iot:ap-northeast-1:123456789012:";
std::string const identity = "ap-northeast-1:d23c8f3f-0000-4a6b-9c1e-0123456789ab";
std::string const sub = "${cognito-identity.amazonaws.com:sub}";

policy::context facts_of(kind what, std::string const& client) {
    policy::context facts;
    facts.set("cognito-identity.amazonaws.com:sub", identity);
    if (what == kind::iot)
        facts.set("iot:ClientId", client);
    return facts;
}

/// A document whose statements are given as JSON.
std::string document(std::string const& statements, std::string const& version = "2012-10-17") {
    return R"({"Version":")" + version + R"(","Statement":)" + statements + "}";
}

policy::document read(std::string const& text, kind what) {
    auto parsed = policy::document::parse(text, what);
    REQUIRE_MESSAGE(parsed.has_value(), parsed.error().message() << ": " << text);
    return *parsed;
}

struct row {
    char const* fault;
    kind what;
    std::string statements;
    std::string action;
    std::string resource;
    std::string patch;
    std::vector<std::string> also;
};

/// The remedy for what explain() says.
policy::remedy remedy_of(std::span<policy::named_document const> documents,
                         policy::request const& refused, policy::kind what) {
    return policy::find_remedy(documents, refused, policy::explain(documents, refused), what);
}

} // namespace

// @source IAM user guide, "Policy variables": only in the resource portion of an ARN
TEST_CASE(
    "a variable before an ARN's fifth colon is text, for words about a change as for matching") {
    policy::context facts;
    facts.set("aws:PrincipalAccount", "123456789012");
    auto const resource = arn + "topic/123456789012"; // a request holds views
    policy::request const asked{"iot:Publish", resource, facts};
    auto const early = policy::find_standing(
        "arn:aws:iot:ap-northeast-1:${aws:PrincipalAccount}:topic/123456789012", asked, kind::iot);
    auto const late =
        policy::find_standing(arn + "topic/${aws:PrincipalAccount}", asked, kind::iot);
    CHECK_FALSE(early.matches);
    CHECK(late.exact);
}

TEST_CASE("each usual fault has its smallest change") {
    row const rows[] = {
        {"topic/ for iot:Subscribe, which nothing can match, becomes topicfilter/",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Subscribe","Resource":")" + arn +
             R"(topic/home/lamp"}])",
         "iot:Subscribe",
         "topicfilter/home/lamp",
         R"([{"op":"replace","path":"/Statement/0/Resource","value":")" + arn +
             R"(topicfilter/home/lamp"}])",
         {}},
        {"topic/ that a publisher uses too stays, topicfilter/ comes beside it",
         kind::iot,
         R"({"Effect":"Allow","Action":["iot:Publish","iot:Subscribe"],"Resource":[")" + arn +
             R"(topic/home/*"]})",
         "iot:Subscribe",
         "topicfilter/home/lamp",
         R"([{"op":"add","path":"/Statement/Resource/-","value":")" + arn +
             R"(topicfilter/home/lamp"}])",
         {}},
        {"client/ is missing",
         kind::role_inline,
         R"([{"Effect":"Allow","Action":"iot:Connect","Resource":")" + arn + sub + R"("}])",
         "iot:Connect",
         "client/" + identity,
         R"([{"op":"replace","path":"/Statement/0/Resource","value":")" + arn + "client/" + sub +
             R"("}])",
         {"the same for every other identity, each with its own identity ID"}},
        {"a colon stands where the slash belongs",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Publish","Resource":")" + arn +
             R"(topic:home/lamp"}])",
         "iot:Publish",
         "topic/home/lamp",
         R"([{"op":"replace","path":"/Statement/0/Resource","value":")" + arn +
             R"(topic/home/lamp"}])",
         {}},
        {"${iot:ClientId} has no value in a role policy",
         kind::role_inline,
         R"([{"Effect":"Allow","Action":"iot:Connect","Resource":[")" + arn +
             R"(client/${iot:ClientId}"]}])",
         "iot:Connect",
         "client/" + identity,
         R"([{"op":"replace","path":"/Statement/0/Resource/0","value":")" + arn + "client/" + sub +
             R"("}])",
         {"the same for every other identity, each with its own identity ID"}},
        {"MQTT's # is no wildcard of a policy",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Publish","Resource":")" + arn + R"(topic/home/#"}])",
         "iot:Publish",
         "topic/home/lamp",
         R"([{"op":"replace","path":"/Statement/0/Resource","value":")" + arn +
             R"(topic/home/lamp"}])",
         {}},
        {"MQTT's + is no wildcard of a policy",
         kind::role_inline,
         R"([{"Effect":"Allow","Action":"iot:Publish","Resource":")" + arn +
             R"(topic/home/+/state"}])",
         "iot:Publish",
         "topic/home/lamp/state",
         R"([{"op":"replace","path":"/Statement/0/Resource","value":")" + arn +
             R"(topic/home/lamp/state"}])",
         {}},
        {"every action of AWS IoT is not allowed in another place for the sake of one",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:*","Resource":)"
         R"("arn:aws:iot:us-east-1:123456789012:topic/home/*"}])",
         "iot:Publish",
         "topic/home/lamp",
         R"([{"op":"add","path":"/Statement/-","value":{"Effect":"Allow","Action":"iot:Publish",)"
         R"("Resource":")" +
             arn + R"(topic/home/lamp"}}])",
         {}},
        {"a thing's variable behind client/ is no reason to let every client in",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Connect","Resource":[")" + arn +
             R"(client/${iot:Connection.Thing.ThingName}"]}])",
         "iot:Connect",
         "client/device_1",
         R"([{"op":"add","path":"/Statement/0/Resource/-","value":")" + arn +
             R"(client/device_1"}])",
         {}},
        {"neither is one behind topic/ under iot:Connect",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Connect","Resource":[")" + arn +
             R"(topic/${iot:Certificate.Subject.CommonName}"]}])",
         "iot:Connect",
         "client/device_1",
         R"([{"op":"add","path":"/Statement/0/Resource/-","value":")" + arn +
             R"(client/device_1"}])",
         {}},
        {"in a topic the client ID may stand for the thing's name",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Publish","Resource":[")" + arn +
             R"(topic/${iot:Connection.Thing.ThingName}/x"]}])",
         "iot:Publish",
         "topic/device_1/x",
         R"([{"op":"add","path":"/Statement/0/Resource/-","value":")" + arn +
             R"(topic/${iot:ClientId}/x"}])",
         {"the same for every other client, each with its own client ID"}},
        {"IAM's documents hold no characters beyond U+00FF: ? stands for each [IAM, PutRolePolicy]",
         kind::role_inline,
         R"([{"Effect":"Allow","Action":"iot:Publish","Resource":[")" + arn + R"(topic/a"]}])",
         "iot:Publish",
         "topic/日本語",
         R"([{"op":"add","path":"/Statement/0/Resource/-","value":")" + arn + R"(topic/???"}])",
         {"iot:Publish on everything else that `" + arn +
          "topic/?"
          "?"
          "?` matches"}},
        {"AWS IoT's hold them all",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Publish","Resource":[")" + arn + R"(topic/a"]}])",
         "iot:Publish",
         "topic/日本語",
         R"([{"op":"add","path":"/Statement/0/Resource/-","value":")" + arn + R"(topic/日本語"}])",
         {}},
        {"a filter with + is granted letter by letter, so the one asked for comes beside it",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Subscribe","Resource":")" + arn +
             R"(topicfilter/home/+"}])",
         "iot:Subscribe",
         "topicfilter/home/lamp",
         R"([{"op":"replace","path":"/Statement/0/Resource","value":[")" + arn +
             R"(topicfilter/home/+",")" + arn + R"(topicfilter/home/lamp"]}])",
         {}},
        {"another region: the resource comes beside, the old one may serve others",
         kind::role_inline,
         R"([{"Effect":"Allow","Action":"iot:Publish","Resource":)"
         R"("arn:aws:iot:us-east-1:123456789012:topic/home/lamp"}])",
         "iot:Publish",
         "topic/home/lamp",
         R"([{"op":"replace","path":"/Statement/0/Resource","value":[)"
         R"("arn:aws:iot:us-east-1:123456789012:topic/home/lamp",")" +
             arn + R"(topic/home/lamp"]}])",
         {}},
        {"another account",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Connect","Resource":)"
         R"(["arn:aws:iot:ap-northeast-1:210987654321:client/${cognito-identity.amazonaws.com:sub}"]}])",
         "iot:Connect",
         "client/" + identity,
         R"([{"op":"add","path":"/Statement/0/Resource/-","value":")" + arn + "client/" + sub +
             R"("}])",
         {"the same for every other identity, each with its own identity ID"}},
        {"another topic level: the topic comes beside, with what else the statement allows",
         kind::iot,
         R"([{"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":[")" + arn +
             R"(topic/home/lamp1"]}])",
         "iot:Publish",
         "topic/home/lamp2",
         R"([{"op":"add","path":"/Statement/0/Resource/-","value":")" + arn +
             R"(topic/home/lamp2"}])",
         {"iot:Receive on `" + arn + "topic/home/lamp2`"}},
        {"the action is missing from the statement whose resource fits",
         kind::iot,
         R"([{"Effect":"Allow","Action":["iot:Publish"],"Resource":")" + arn + R"(topic/home/*"}])",
         "iot:Receive",
         "topic/home/lamp",
         R"([{"op":"add","path":"/Statement/0/Action/-","value":"iot:Receive"}])",
         {"iot:Receive on everything else that `" + arn + "topic/home/*` matches"}},
        {"an action is not added to a statement on every topic: a statement of its own is narrower",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Publish","Resource":")" + arn + R"(topic/*"}])",
         "iot:Receive",
         "topic/home/lamp",
         R"([{"op":"add","path":"/Statement/-","value":{"Effect":"Allow","Action":"iot:Receive","Resource":")" +
             arn + R"(topic/home/lamp"}}])",
         {}},
        {"a wildcard alone is not repeated behind another type",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Subscribe","Resource":")" + arn + R"(topic/*"}])",
         "iot:Subscribe",
         "topicfilter/home/lamp",
         R"([{"op":"replace","path":"/Statement/0/Resource","value":[")" + arn + R"(topic/*",")" +
             arn + R"(topicfilter/home/lamp"]}])",
         {}},
        {"variables are put back: the identity in both kinds",
         kind::role_inline,
         R"([{"Effect":"Allow","Action":"iot:Publish","Resource":[")" + arn + R"(topic/a"]}])",
         "iot:Publish",
         "topic/users/" + identity + "/inbox",
         R"([{"op":"add","path":"/Statement/0/Resource/-","value":")" + arn + "topic/users/" + sub +
             R"(/inbox"}])",
         {"the same for every other identity, each with its own identity ID"}},
        {"variables are put back: the client ID in IoT policies",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Publish","Resource":[")" + arn + R"(topic/a"]}])",
         "iot:Publish",
         "topic/devices/device_1/state",
         R"([{"op":"add","path":"/Statement/0/Resource/-","value":")" + arn +
             R"(topic/devices/${iot:ClientId}/state"}])",
         {"the same for every other client, each with its own client ID"}},
        {"a client ID is no variable behind client/: that would let every client in",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Connect","Resource":[")" + arn + R"(client/a"]}])",
         "iot:Connect",
         "client/device_1",
         R"([{"op":"add","path":"/Statement/0/Resource/-","value":")" + arn +
             R"(client/device_1"}])",
         {}},
        {"a topic that holds wildcards is named with escapes",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Publish","Resource":[")" + arn + R"(topic/a"]}])",
         "iot:Publish",
         "topic/what?/*",
         R"([{"op":"add","path":"/Statement/0/Resource/-","value":")" + arn +
             R"(topic/what${?}/${*}"}])",
         {}},
        {"a value that a condition does not list comes beside those it lists",
         kind::iot,
         R"([{"Effect":"Allow","Action":"iot:Connect","Resource":")" + arn +
             R"(client/device_1","Condition":{"StringEquals":{"iot:ClientId":["device_2"]}}}])",
         "iot:Connect",
         "client/device_1",
         R"([{"op":"add","path":"/Statement/0/Condition/StringEquals/iot:ClientId/-","value":"device_1"}])",
         {}},
        {"nothing near: a statement of its own",
         kind::role_inline,
         R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"})",
         "iot:Publish",
         "topic/home/lamp",
         R"([{"op":"replace","path":"/Statement","value":[{"Effect":"Allow","Action":"s3:GetObject",)"
         R"("Resource":"arn:aws:s3:::b/*"},{"Effect":"Allow","Action":"iot:Publish","Resource":")" +
             arn + R"(topic/home/lamp"}]}])",
         {}},
    };
    for (auto const& r : rows) {
        CAPTURE(r.fault);
        auto const before = read(document(r.statements), r.what);
        policy::named_document const named[] = {{"policy p", &before}};
        auto const facts = facts_of(r.what, "device_1");
        auto const resource = arn + r.resource;
        policy::request const asked{r.action, resource, facts};
        REQUIRE(policy::decide(named, asked) == effect::implicit_deny);
        auto const remedy = remedy_of(named, asked, r.what);
        REQUIRE(remedy.smallest);
        CAPTURE(remedy.smallest->words);
        CHECK(json::print(value(remedy.smallest->patch)) == r.patch);
        CHECK(remedy.smallest->also == r.also);
        auto const text = policy::apply_change(before, *remedy.smallest);
        REQUIRE(text.has_value());
        auto const after = read(*text, r.what);
        policy::named_document const changed[] = {{"policy p", &after}};
        CHECK(policy::decide(changed, asked) == effect::allow);
    }
}

// @source IAM user guide, "IAM JSON policy elements: Version": before 2012-10-17 variables are text
TEST_CASE("where variables are plain text for want of a Version, the Version is the change") {
    auto const own = R"({"Effect":"Allow","Action":"iot:Connect","Resource":")" + arn + "client/" +
                     sub + R"("})";
    auto const other_client = R"({"Effect":"Allow","Action":"iot:Connect","Resource":")" + arn +
                              R"(client/${iot:ClientId}"})";
    auto const deny =
        R"({"Effect":"Deny","Action":"iot:Publish","Resource":")" + arn + "topic/" + sub + R"("})";
    auto const conditional = R"({"Effect":"Allow","Action":"iot:Publish","Resource":"*",)"
                             R"("Condition":{"StringNotEquals":{"iot:ClientId":"${x}"}}})";
    std::string const every_identity =
        "the same for every other identity, each with its own identity ID";
    struct {
        std::string text;
        policy::change::kind expected;
        std::string patch;
        std::vector<std::string> also;
    } const cases[] = {
        {R"({"Statement":[)" + own + "]}",
         policy::change::kind::version_set,
         R"([{"op":"add","path":"/Version","value":"2012-10-17"}])",
         {every_identity}},
        {R"({"Version":"2008-10-17","Statement":)" + own + "}",
         policy::change::kind::version_set,
         R"([{"op":"replace","path":"/Version","value":"2012-10-17"}])",
         {every_identity}},
        {R"({"Statement":[)" + other_client + "]}",
         policy::change::kind::version_set,
         R"([{"op":"add","path":"/Version","value":"2012-10-17"}])",
         {"every client ID, also one that another client has: that is thrown out"}},
        // It would make a Deny match, or a condition fail.
        {R"({"Statement":[)" + own + "," + deny + "]}",
         policy::change::kind::resource_added,
         "",
         {}},
        {R"({"Statement":[)" + own + "," + conditional + "]}",
         policy::change::kind::resource_added,
         "",
         {}},
    };
    auto const facts = facts_of(kind::iot, "device_1");
    for (auto const& c : cases) {
        CAPTURE(c.text);
        auto const before = read(c.text, kind::iot);
        policy::named_document const named[] = {{"policy p", &before}};
        bool const by_client = c.text.find("iot:ClientId}") != std::string::npos;
        auto const resource = arn + "client/" + (by_client ? "device_1" : identity);
        policy::request const asked{"iot:Connect", resource, facts};
        auto const remedy = remedy_of(named, asked, kind::iot);
        REQUIRE(remedy.smallest);
        CHECK(remedy.smallest->what == c.expected);
        auto const words = policy::print_words(policy::explain(named, asked), named, asked);
        CHECK_MESSAGE(words.ends_with(R"(without `"Version": "2012-10-17"`, which the document )"
                                      "lacks, `${…}` is plain text"),
                      words);
        if (c.expected != policy::change::kind::version_set)
            continue;
        CHECK(json::print(value(remedy.smallest->patch)) == c.patch);
        CHECK(remedy.smallest->also == c.also);
        CHECK_FALSE(remedy.exact);
        auto const after = read(*policy::apply_change(before, *remedy.smallest), kind::iot);
        policy::named_document const changed[] = {{"policy p", &after}};
        CHECK(policy::decide(changed, asked) == effect::allow);
    }
}

TEST_CASE("a topic that no role policy can name is told, not a lack of room") {
    policy::context const facts;
    auto const resource = arn + "topic/日本";
    auto const remedy = remedy_of({}, {"iot:Publish", resource, facts}, kind::role_inline);
    REQUIRE(remedy.smallest);
    CHECK(remedy.smallest->words == "make a policy of this statement: IAM takes no characters "
                                    "beyond U+00FF, so that a `?` stands for each");
    CHECK(json::print(remedy.smallest->statement) ==
          R"({"Effect":"Allow","Action":"iot:Publish","Resource":")" + arn + R"(topic/??"})");
}

// Which condition key had which value, of the statement that decides.
TEST_CASE("a Deny that its conditions make is explained by them") {
    struct {
        char const* deny;
        char const* words;
    } const cases[] = {
        {R"("Action":"iot:Publish","Condition":{"StringNotEquals":{"iot:ClientId":["boss","b"]}})",
         ", which says Deny through `ARN:topic/*` because its condition StringNotEquals on "
         "`iot:ClientId` holds: the "
         "policy says `boss`, `b`, the request has `c`"},
        {R"("Action":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"},)"
         R"("Null":{"aws:SourceIp":"true"}})",
         ", which says Deny through `ARN:topic/*` because its condition NotIpAddress on "
         "`aws:SourceIp` holds: the policy "
         "says `10.0.0.0/8`, the request has no such key, and Null on `aws:SourceIp` holds: the "
         "policy says `true`, the request has no such key"},
        {R"("NotAction":["iot:Connect","iot:Receive"])",
         ", which says Deny for every action but `iot:Connect`, `iot:Receive` through "
         "`ARN:topic/*`"},
    };
    auto const facts = facts_of(kind::iot, "c");
    auto const resource = arn + "topic/x";
    policy::request const asked{"iot:Publish", resource, facts};
    for (auto const& c : cases) {
        auto const before = read(document(R"([{"Effect":"Allow","Action":"iot:*","Resource":"*"},)"
                                          R"({"Effect":"Deny","Resource":")" +
                                          arn + R"(topic/*",)" + c.deny + "}]"),
                                 kind::iot);
        policy::named_document const named[] = {{"policy p", &before}};
        auto const why = policy::explain(named, asked);
        auto const words = policy::print_words(why, named, asked);
        std::string expected = c.words;
        expected.replace(expected.find("ARN:"), 4, arn);
        CHECK_MESSAGE(words.ends_with(expected), words);
        auto const denies = remedy_of(named, asked, kind::iot).denies;
        REQUIRE(denies.size() == 1);
        auto const reason = expected.substr(expected.find("says Deny") + 10);
        CHECK_MESSAGE(denies[0].find(reason) != std::string::npos, denies[0]);
    }
    // As data, too.
    auto const before =
        read(document(R"([{"Effect":"Deny","Action":"*","Resource":"*",)"
                      R"("Condition":{"StringNotEquals":{"iot:ClientId":"boss"}}}])"),
             kind::iot);
    policy::named_document const named[] = {{"policy p", &before}};
    auto const printed = policy::print_json(policy::explain(named, asked), named, asked);
    CHECK(json::print(printed.at("because").at("held")) ==
          R"([{"operator":"StringNotEquals","key":"iot:ClientId","key_present":true,)"
          R"("values":["boss"],"actual":"c"}])");
}

TEST_CASE("a variable without value is told with when it has one") {
    struct {
        kind what;
        char const* variable;
        char const* words;
    } const cases[] = {
        {kind::iot, "iot:Connection.Thing.ThingName",
         "; it has one only while the client ID is the name of a thing that the client's principal "
         "is attached to"},
        {kind::iot, "iot:Certificate.Subject.CommonName",
         "; it has one only for a client that connects with a certificate"},
        {kind::role_inline, "iot:ClientId",
         "; AWS IoT's variables have values in AWS IoT policies alone"},
    };
    for (auto const& c : cases) {
        auto const before =
            read(document(R"([{"Effect":"Allow","Action":"iot:Connect","Resource":")" + arn +
                          "client/${" + c.variable + R"(}"}])"),
                 c.what);
        policy::named_document const named[] = {{"policy p", &before}};
        auto const facts = facts_of(c.what, "c");
        auto const resource = arn + "client/c";
        policy::request const asked{"iot:Connect", resource, facts};
        auto const words = policy::print_words(policy::explain(named, asked), named, asked);
        CHECK_MESSAGE(words.ends_with("has no value in this request, so that this resource matches "
                                      "nothing" +
                                      std::string(c.words)),
                      words);
    }
}

TEST_CASE("a Deny is named with what narrowing it means, and stays") {
    auto const before =
        read(document(R"([{"Effect":"Allow","Action":"iot:Publish","Resource":")" + arn +
                      R"(topic/*"},{"Sid":"Secret","Effect":"Deny","Action":"iot:*","Resource":")" +
                      arn + R"(topic/secret/*"}])"),
             kind::iot);
    policy::named_document const named[] = {{"policy p", &before}};
    auto const facts = facts_of(kind::iot, "c");
    auto const resource = arn + "topic/secret/plan";
    auto const remedy = remedy_of(named, {"iot:Publish", resource, facts}, kind::iot);
    REQUIRE(remedy.denies.size() == 1);
    CHECK(remedy.denies[0].find("statement `Secret` (line 1) of policy p says Deny through `" +
                                arn + "topic/secret/*`") == 0);
    CHECK(remedy.denies[0].find(R"("StringNotEquals": {"cognito-identity.amazonaws.com:sub": ")" +
                                identity) != std::string::npos);
    CHECK_FALSE(remedy.smallest);
}

TEST_CASE("behind a Deny, the missing Allow is proposed as well") {
    auto const before = read(document(R"([{"Effect":"Deny","Action":"iot:Publish","Resource":")" +
                                      arn + R"(topic/a"}])"),
                             kind::iot);
    policy::named_document const named[] = {{"policy p", &before}};
    auto const facts = facts_of(kind::iot, "c");
    auto const resource = arn + "topic/a";
    auto const remedy = remedy_of(named, {"iot:Publish", resource, facts}, kind::iot);
    CHECK(remedy.denies.size() == 1);
    REQUIRE(remedy.smallest);
    CHECK(remedy.smallest->what == policy::change::kind::statement_added);
    // Its patch is not enough, and does not stand where a program looks for one that is.
    auto const printed = policy::print_json(remedy, named);
    CHECK_FALSE(printed.contains("patch"));
    CHECK(printed.at("once_not_denied").as_object().contains("patch"));
}

TEST_CASE("AWS's own managed policies are not proposed to be changed") {
    auto const facts = facts_of(kind::managed, "c");
    auto const resource = arn + "topic/a";
    policy::request const asked{"iot:RetainPublish", resource, facts};
    auto const own = read(document(R"([{"Effect":"Allow","Action":["iot:Publish"],"Resource":")" +
                                   resource + R"("}])"),
                          kind::managed);
    policy::named_document named{"managed policy arn:aws:iam::aws:policy/P", &own, true};
    auto const made = remedy_of({&named, 1}, asked, kind::role_inline);
    REQUIRE(made.smallest);
    CHECK(made.smallest->what == policy::change::kind::document_made);
    CHECK(made.smallest->words.find("AWS's own cannot be changed") != std::string::npos);
    named.is_fixed = false;
    CHECK(remedy_of({&named, 1}, asked, kind::role_inline).smallest->what ==
          policy::change::kind::action_added);
}

TEST_CASE("a document without variables cannot hold an escape, and that is no lack of room") {
    auto const facts = facts_of(kind::iot, "c");
    auto const resource = arn + "topic/a*b";
    auto const old = read(
        R"({"Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]})", kind::iot);
    policy::named_document const named[] = {{"policy p", &old}};
    auto const made = remedy_of(named, {"iot:Publish", resource, facts}, kind::iot);
    REQUIRE(made.smallest);
    CHECK(made.smallest->words.find("2012-10-17") != std::string::npos);
    CHECK(made.smallest->words.find("no room") == std::string::npos);
}

TEST_CASE("without any document a new one is made, and a full one is left alone") {
    auto const facts = facts_of(kind::iot, "c");
    auto const resource = arn + "client/" + identity;
    policy::request const asked{"iot:Connect", resource, facts};
    auto const none = remedy_of({}, asked, kind::iot);
    REQUIRE(none.smallest);
    CHECK(none.smallest->what == policy::change::kind::document_made);
    CHECK(json::print(none.smallest->statement) ==
          R"({"Effect":"Allow","Action":"iot:Connect","Resource":")" + arn + "client/" + sub +
              R"("})");

    // 2,048 characters for an IoT policy (spec iot-broker 4.7).
    std::string many;
    for (int i = 0; i < 32; ++i)
        many +=
            (i > 0 ? "," : "") + ("\"" + arn + "client/device_" + std::to_string(100 + i)) + "\"";
    auto const full =
        read(document(R"([{"Effect":"Allow","Action":"iot:Connect","Resource":[)" + many + "]}]"),
             kind::iot);
    policy::named_document const named[] = {{"policy p", &full}};
    auto const no_room = remedy_of(named, asked, kind::iot);
    REQUIRE(no_room.smallest);
    CHECK(no_room.smallest->what == policy::change::kind::document_made);
    CHECK(no_room.smallest->words.find("no room") != std::string::npos);
}

TEST_CASE("a condition that only the request can meet is told, not taken away") {
    auto const before = read(
        document(R"([{"Effect":"Allow","Action":"iot:Connect","Resource":")" + arn +
                 R"(client/*","Condition":{"Bool":{"iot:Connection.Thing.IsAttached":"true"}}}])"),
        kind::iot);
    policy::named_document const named[] = {{"policy p", &before}};
    auto const facts = facts_of(kind::iot, "c");
    auto const resource = arn + "client/c";
    auto const remedy = remedy_of(named, {"iot:Connect", resource, facts}, kind::iot);
    REQUIRE(remedy.smallest);
    CHECK(remedy.smallest->what == policy::change::kind::statement_added);
    CHECK(remedy.left_out.find("Bool on `iot:Connection.Thing.IsAttached`") != std::string::npos);
}

namespace {

/// Documents with the usual faults and requests that real clients make.
class generator : public test::json_dice {
  public:
    using json_dice::json_dice;

    struct asked {
        std::string action;
        std::string resource;
        policy::context facts;
    };
    asked request(kind what) {
        auto const client = pick({identity, "device_1"});
        asked out{pick({"iot:Connect", "iot:Publish", "iot:Subscribe", "iot:Receive",
                        "iot:RetainPublish"}),
                  arn, facts_of(what, client)};
        if (chance(15))
            out.facts.set("cognito-identity.amazonaws.com:sub", "ap-northeast-1:another");
        if (chance(5))
            out.resource = "arn:aws:iot:us-east-1:123456789012:";
        if (out.action == "iot:Connect") {
            out.resource += "client/" + client;
            return out;
        }
        bool const filter = out.action == "iot:Subscribe";
        out.resource += filter ? "topicfilter/" : "topic/";
        for (int n = 1 + below(3), i = 0; i < n; ++i)
            out.resource += (i > 0 ? "/" : "") + level(filter);
        return out;
    }

    std::string text(kind what) {
        array statements;
        for (int n = 1 + below(4); n > 0; --n)
            statements.push_back(statement(what));
        object out;
        if (chance(80))
            out["Version"] = "2012-10-17";
        out["Statement"] = statements.size() == 1 && chance(50) ? statements[0] : value(statements);
        return json::print(out);
    }

  private:
    std::string level(bool filter) {
        auto words = std::vector<std::string>{"a", "b", "home", "device_1", identity, "x?", "A"};
        if (filter)
            words.insert(words.end(), {"+", "#", "b*"});
        return pick(words);
    }
    std::string resource() {
        if (chance(3))
            return "*";
        auto out = pick({arn, arn, arn, std::string("arn:aws:iot:us-east-1:123456789012:"),
                         std::string("arn:aws:iot:*:*:")}) +
                   pick({"client/", "topic/", "topic/", "topicfilter/", "", "*"});
        for (int n = 1 + below(3), i = 0; i < n; ++i)
            out += (i > 0 ? "/" : "") + pick({"a", "b", "home", "*", "+", "#", "a*",
                                              "${iot:ClientId}", sub, "device_1", identity, "?"});
        return out;
    }
    object statement(kind what) {
        if (chance(10)) // nothing but a condition in the way
            return {{"Effect", "Allow"},
                    {"Action", pick({"iot:Publish", "iot:Receive"})},
                    {"Resource", arn + "topic/" + pick({"a", "b", "home"})},
                    {"Condition", condition(what)}};
        object s{{"Effect", chance(88) ? "Allow" : "Deny"}};
        s[chance(95) ? "Action" : "NotAction"] = one_or_list([&] {
            return pick({"iot:Connect", "iot:Publish", "iot:Subscribe", "iot:Receive",
                         "iot:Publish", "iot:*", "iot:Re*", "iot:GetThingShadow"});
        });
        s[chance(95) ? "Resource" : "NotResource"] = one_or_list([&] { return resource(); });
        if (chance(25))
            s["Condition"] = condition(what);
        return s;
    }
    object condition(kind what) {
        auto const key =
            what == kind::iot && chance(50) ? "iot:ClientId" : "cognito-identity.amazonaws.com:sub";
        return {{pick({"StringEquals", "StringLike", "StringNotEquals", "ForAnyValue:StringLike",
                       "StringEqualsIfExists"}),
                 {{key, one_or_list([&] {
                       return pick({"x", "device_*", identity, "y"});
                   })}}}};
    }
};

effect ask(policy::document const& d, generator::asked const& r) {
    policy::named_document const one{"p", &d};
    return policy::decide({&one, 1}, {r.action, r.resource, r.facts});
}

} // namespace

TEST_CASE("a change lets its request through and does what it says, no more and no less") {
    auto const* rounds_wanted = std::getenv("COGNIOT_ROUNDS");
    long const rounds = rounds_wanted != nullptr ? std::atol(rounds_wanted) : 1'500;
    generator make(20'261'123);
    std::map<policy::change::kind, int> seen;
    long widened = 0;
    for (long i = 0; i < rounds; ++i) {
        auto const what = make.chance(50) ? kind::iot : kind::role_inline;
        auto const text = make.text(what);
        auto const before = read(text, what);
        auto const asked = make.request(what);
        if (ask(before, asked) == effect::allow)
            continue;
        policy::named_document const named[] = {{"p", &before}};
        policy::request const refused{asked.action, asked.resource, asked.facts};
        auto const remedy = remedy_of(named, refused, what);
        CAPTURE(text);
        CAPTURE(asked.action);
        CAPTURE(asked.resource);
        bool const denied = ask(before, asked) == effect::explicit_deny;
        REQUIRE(denied == !remedy.denies.empty());
        if (!remedy.smallest) {
            REQUIRE(denied);
            continue;
        }
        auto const& change = *remedy.smallest;
        ++seen[change.what];
        CAPTURE(change.words);
        if (change.what == policy::change::kind::document_made)
            continue;
        // Nothing proposed is a wildcard alone.
        for (auto const& op : change.patch)
            REQUIRE(json::print(op).find(R"("value":"*")") == std::string::npos);
        // Nor any wildcard that is new, but for what an action or a Version brings with it.
        using kinds = policy::change::kind;
        if (change.what == kinds::resource_mended || change.what == kinds::resource_added ||
            change.what == kinds::statement_added)
            for (auto const& g : change.grants)
                for (auto const& resource : g.resources)
                    REQUIRE(policy::find_standing(resource, refused, what).exact);
        auto const changed = policy::apply_change(before, change);
        REQUIRE(changed.has_value());
        CAPTURE(*changed);
        auto const after = read(*changed, what);
        REQUIRE(ask(after, asked) == (denied ? effect::explicit_deny : effect::allow));

        array granted;
        for (auto const& g : change.grants)
            granted.push_back({{"Effect", "Allow"},
                               {"Action", array(g.actions.begin(), g.actions.end())},
                               {"Resource", array(g.resources.begin(), g.resources.end())}});
        auto const told = read(document(json::print(value(granted))), what);
        for (int other = 0; other < 40; ++other) {
            auto const next = make.request(what);
            auto const was = ask(before, next);
            auto const is = ask(after, next);
            CAPTURE(next.action);
            CAPTURE(next.resource);
            if (was == is)
                continue;
            REQUIRE(was == effect::implicit_deny);
            REQUIRE(is == effect::allow);
            REQUIRE(ask(told, next) == effect::allow);
            bool const same = next.action == asked.action && next.resource == asked.resource;
            widened += same ? 0 : 1;
            // Whoever is let in by more than the request is told so.
            if (!same)
                REQUIRE_FALSE(change.also.empty());
        }
    }
    using kinds = policy::change::kind;
    for (auto const k : {kinds::version_set, kinds::resource_mended, kinds::resource_added,
                         kinds::action_added, kinds::condition_value_added, kinds::statement_added})
        CHECK_MESSAGE(seen[k] > 0, "kind ", static_cast<int>(k));
    CHECK(widened > 0);
}
