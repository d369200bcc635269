#include "client/doctor/double_lock.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using namespace cogniot::client::doctor;
using policy::effect;

namespace {

constexpr std::string_view identity = "r:11112222-3333-4444-5555-666677778888";
std::string const prefix = "arn:aws:iot:r:123456789012:";

std::string allow(std::string_view action, std::string_view resource,
                  std::string_view condition = "{}") {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":")" +
           std::string(action) + R"(","Resource":")" + std::string(resource) + R"(","Condition":)" +
           std::string(condition) + "}]}";
}

lock_facts facts() {
    return {.who = {.account = "123456789012",
                    .arn = "arn:aws:sts::123456789012:assumed-role/role/CognitoIdentityCredentials",
                    .user_id = "AROA1:CognitoIdentityCredentials"},
            .region = "r",
            .identity_id = std::string(identity),
            .identity_pool_id = "r:pool",
            .amr = {"authenticated"},
            .client_id = std::string(identity)};
}

/// How the locks judge a connect.
lock_verdict judge(lock_facts const& f, asked what = {}) {
    auto const made = double_lock::make(f);
    REQUIRE(made.has_value());
    auto const questions = made->questions(make_attempts(what));
    REQUIRE(questions.size() == 1);
    CHECK(questions.front().resource == prefix + "client/" + std::string(identity));
    return made->judge(questions.front());
}

} // namespace

TEST_CASE("what is asked: connect, and for each topic what it is for; wildcards can only be "
          "subscribed to (spec iot-broker 4.2)") {
    auto const actions = [](asked what) {
        auto f = facts();
        f.client_id = "c";
        auto const made = double_lock::make(f);
        REQUIRE(made.has_value());
        std::string out;
        for (auto const& q : made->questions(make_attempts(what)))
            out += q.action.substr(4) + " " + q.resource.substr(prefix.size()) + " " +
                   std::string(action_type_of(q.action)) + ";";
        return out;
    };
    CHECK(actions({}) == "Connect client/c CONNECT;");
    CHECK(actions({.topics = {"a"}}) ==
          "Connect client/c CONNECT;Publish topic/a PUBLISH;"
          "Subscribe topicfilter/a SUBSCRIBE;Receive topic/a RECEIVE;");
    CHECK(actions({.topics = {"a"}, .subscribes = false, .retains = true}) ==
          "Connect client/c CONNECT;Publish topic/a PUBLISH;RetainPublish topic/a ;");
    CHECK(actions({.topics = {"a/+"}}) ==
          "Connect client/c CONNECT;Subscribe topicfilter/a/+ SUBSCRIBE;");
}

TEST_CASE("resources are named in the partition of the credentials") {
    auto f = facts();
    f.who.arn = "arn:aws-cn:sts::123456789012:assumed-role/role/CognitoIdentityCredentials";
    auto const made = double_lock::make(f);
    REQUIRE(made.has_value());
    CHECK(made->questions(make_attempts({})).front().resource.starts_with("arn:aws-cn:iot:r:"));
    CHECK(made->role_arn() == "arn:aws-cn:iam::123456789012:role/role");
}

TEST_CASE("both locks must open, each says what it said, and what was not seen is left open (spec "
          "iot-broker 4.1)") {
    auto const yes = allow("iot:*", "*");
    auto const no = allow("iot:Connect", prefix + "client/other");
    auto const deny = std::string(R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny",)") +
                      R"("Action":"iot:Connect","Resource":"*"},)" + yes.substr(yes.find('[') + 1);
    struct row {
        char const* id;
        std::optional<std::string> role;
        std::optional<std::string> iot;
        bool allowed;
        std::optional<effect> by_role;
        std::optional<effect> by_iot;
        std::string_view remedy;
    };
    for (auto const& r : {
             row{"both", yes, yes, true, effect::allow, effect::allow, ""},
             row{"role refuses", no, yes, false, effect::implicit_deny, effect::allow,
                 "role `role`"},
             row{"IoT policy refuses", yes, no, false, effect::allow, effect::implicit_deny,
                 "identity `"},
             row{"both refuse", no, no, false, effect::implicit_deny, effect::implicit_deny,
                 "; and identity"},
             row{"a deny wins", deny, yes, false, effect::explicit_deny, effect::allow, "Deny"},
             row{"role not seen", {}, yes, true, {}, effect::allow, ""},
             row{"role not seen, IoT policy refuses",
                 {},
                 no,
                 false,
                 {},
                 effect::implicit_deny,
                 "${cognito-identity.amazonaws.com:sub}"},
             row{"IoT policies not seen", yes, {}, true, effect::allow, {}, ""},
         }) {
        CAPTURE(r.id);
        auto f = facts();
        if (r.role)
            f.role_policies = seen_role_policies{{{"p", *r.role}}, {}};
        if (r.iot)
            f.iot_policies = std::vector<seen_document>{{"q", *r.iot}};
        auto const answer = judge(f);
        CAPTURE(answer.words);
        CAPTURE(answer.remedy);
        CHECK(answer.allowed == r.allowed);
        CHECK(answer.by_role == r.by_role);
        CHECK(answer.by_iot == r.by_iot);
        CHECK(answer.remedy.find(r.remedy) != std::string::npos);
        CHECK(answer.remedy.empty() == r.allowed);
    }
}

TEST_CASE("no IoT policy at all is a shut lock, and a managed policy counts for the role") {
    auto f = facts();
    f.role_policies = seen_role_policies{
        {}, {{"arn:aws:iam::123456789012:policy/x/devices", allow("iot:*", "*")}}};
    f.iot_policies.emplace();
    auto const answer = judge(f);
    CHECK_FALSE(answer.allowed);
    CHECK(answer.by_role == effect::allow);
    CHECK(answer.words.find("no IoT policy is attached") != std::string::npos);
}

TEST_CASE("the identity, the client ID and a kept session are what AWS would evaluate with") {
    auto f = facts();
    auto const mine = allow("iot:Connect", prefix + "client/${cognito-identity.amazonaws.com:sub}",
                            R"({"ForAllValues:StringEquals":{"iot:ConnectAttributes":[]}})");
    f.role_policies = seen_role_policies{{{"p", allow("iot:*", "*")}}, {}};
    f.iot_policies = std::vector<seen_document>{{"q", mine}};
    CHECK(judge(f, {.clean_session = true}).allowed);
    CHECK_FALSE(judge(f).allowed); // spec iot-broker 4.5: PersistentConnect
}

TEST_CASE("a condition on what only the server knows is no verdict") {
    auto f = facts();
    f.iot_policies = std::vector<seen_document>{{"q", allow("iot:*", "*")}};
    auto const deny = [](std::string_view condition) {
        return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*",)"
               R"("Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":)" +
               std::string(condition) + "}]}";
    };
    struct row {
        std::string role_policy;
        std::string_view unknowable;
    };
    for (auto const& r :
         {row{allow("iot:*", "*", R"({"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})"),
              "aws:SourceIp"},
          row{deny(R"({"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}})"), "aws:SourceIp"},
          row{deny(R"({"Null":{"aws:SourceIp":"true"}})"), "aws:SourceIp"},
          row{allow("iot:*", prefix + "client/${aws:SourceIp}"), "aws:SourceIp"},
          row{allow("iot:*", "*", R"({"StringEquals":{"aws:PrincipalOrgID":"o-abc1234567"}})"),
              "aws:PrincipalOrgID"},
          row{deny(R"({"Bool":{"aws:SecureTransport":"true"}})"), ""}}) {
        CAPTURE(r.role_policy);
        f.role_policies = seen_role_policies{{{"p", r.role_policy}}, {}};
        auto const verdict = judge(f);
        CHECK_FALSE(verdict.allowed);
        CHECK(verdict.unknowable == r.unknowable);
    }
}

TEST_CASE("a document that cannot be read is named") {
    auto f = facts();
    f.iot_policies = std::vector<seen_document>{{"broken", "{"}};
    auto const made = double_lock::make(f);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().detail.find("`broken`") != std::string::npos);
}

TEST_CASE("what to do is one change with its own JSON, and what it leaves out is said") {
    auto f = facts();
    auto const to = [](std::string_view actions, std::string const& resource,
                       std::string_view condition) {
        return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":)" +
               std::string(actions) + R"(,"Resource":")" + resource + R"(","Condition":)" +
               std::string(condition) + "}]}";
    };
    // A condition that does not hold: the change would go round it.
    f.role_policies =
        seen_role_policies{{{"devices", to(R"("iot:Connect")", prefix + "client/*",
                                           R"({"StringEquals":{"aws:PrincipalTag/team":"b"}})")}},
                           {}};
    f.iot_policies = std::vector<seen_document>{{"all", allow("iot:*", "*")}};
    CHECK(judge(f).remedy.find("; mind: ") != std::string::npos);
    // An action beside others: the statement that is shown keeps them.
    f.role_policies =
        seen_role_policies{{{"devices", to(R"(["iot:Connect","iot:Publish","iot:Receive"])",
                                           prefix + "topic/home/x", "{}")}},
                           {}};
    auto const made = double_lock::make(f);
    REQUIRE(made.has_value());
    auto const questions = made->questions(
        {{.what = cloud::attempt::verb::publish, .topic = "home/x", .retain = true}});
    REQUIRE(questions.size() == 2);
    auto const remedy = made->judge(questions.back()).remedy;
    CAPTURE(remedy);
    auto const shown = remedy.substr(0, remedy.find("; or, "));
    CHECK(shown.find("iot:RetainPublish") != std::string::npos);
    CHECK(shown.find("\"iot:Receive\"") != std::string::npos);
}
