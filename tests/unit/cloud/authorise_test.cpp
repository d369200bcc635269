// The double lock: who needs which policy, row by row, and what a refusal says.
// @source spec iot-broker 4.1; cognito-iam-sigv4 4.5, 4.7, 5.5, 5.8
#include "cloud/cognito_identity/scope_down.hpp"
#include "unit/cloud/cloud_fixture.hpp"
#include "unit/cloud/documents.hpp"

using namespace cogniot;
using namespace cogniot::test;
using cloud::lock;
using policy::effect;

namespace {

constexpr std::string_view identity_id = "ap-northeast-1:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
constexpr std::string_view topic = "arn:aws:iot:ap-northeast-1:123456789012:topic/room/lamp";

/// A role `R` with the documents wanted, and principals that act with it.
struct lock_fixture : cloud_fixture {
    lock_fixture() {
        ok("iam", "CreateRole",
           json::object{{"RoleName", "R"}, {"AssumeRolePolicyDocument", account_trust}});
    }
    void put_role_policy(std::string_view name, std::string_view document) {
        ok("iam", "PutRolePolicy",
           json::object{{"RoleName", "R"}, {"PolicyName", name}, {"PolicyDocument", document}});
    }
    void create_iot_policy(std::string_view name, std::string_view document) {
        ok("iot", "CreatePolicy", json::object{{"policyName", name}, {"policyDocument", document}});
    }
    void attach_iot_policy(std::string_view name) {
        ok("iot", "AttachPolicy", json::object{{"policyName", name}, {"target", identity_id}});
    }
    cloud::principal plain_role() const {
        return cloud::sts::make_role_session(world, *world.iam.find_role("R"), "worker");
    }
    cloud::principal cognito(bool authenticated) const {
        auto who = cloud::sts::make_role_session(world, *world.iam.find_role("R"),
                                                 "CognitoIdentityCredentials");
        who.identity_id = std::string(identity_id);
        who.identity_pool_id = "ap-northeast-1:pool";
        who.authenticated = authenticated;
        who.amr = {authenticated ? "authenticated" : "unauthenticated"};
        if (!authenticated)
            who.session_policies.push_back(cloud::cognito_identity::guest_scope_down());
        return who;
    }
    cloud::authorisation decide(cloud::principal const& p, std::string_view action = "iot:Publish",
                                std::string_view resource = topic) const {
        return cloud::authorise(world, p, action, resource,
                                cloud::principal_facts(p, {now, "ap-northeast-1", "127.0.0.1"}));
    }
    cloud::authorisation_explained explain(cloud::principal const& p,
                                           std::string_view action = "iot:Publish",
                                           std::string_view resource = topic) const {
        return cloud::explain(world, p, action, resource,
                              cloud::principal_facts(p, {now, "ap-northeast-1", "127.0.0.1"}));
    }
};

} // namespace

TEST_CASE("authenticated identities need both locks, guests and other principals one") {
    enum class who { authenticated, guest, plain_role, root, anonymous };
    enum class says { nothing, allow, deny, missing };
    constexpr auto implicit = effect::implicit_deny;
    constexpr auto forbidden = effect::explicit_deny;
    struct {
        std::string_view id;
        who asks;
        says role;
        says iot;
        effect expected;
        lock refused_by = lock::none;
    } const rows[]{
        {"auth/allow-allow", who::authenticated, says::allow, says::allow, effect::allow},
        {"auth/allow-nothing", who::authenticated, says::allow, says::nothing, implicit,
         lock::iot_policy},
        {"auth/allow-missing", who::authenticated, says::allow, says::missing, implicit,
         lock::iot_policy},
        {"auth/allow-deny", who::authenticated, says::allow, says::deny, forbidden,
         lock::iot_policy},
        {"auth/nothing-allow", who::authenticated, says::nothing, says::allow, implicit,
         lock::role_policy},
        {"auth/missing-allow", who::authenticated, says::missing, says::allow, implicit,
         lock::role_policy},
        {"auth/deny-allow", who::authenticated, says::deny, says::allow, forbidden,
         lock::role_policy},
        {"auth/nothing-deny", who::authenticated, says::nothing, says::deny, forbidden,
         lock::iot_policy},
        {"auth/missing-missing", who::authenticated, says::missing, says::missing, implicit,
         lock::role_policy},
        {"guest/allow-missing", who::guest, says::allow, says::missing, effect::allow},
        {"guest/allow-deny", who::guest, says::allow, says::deny, effect::allow},
        {"guest/nothing-allow", who::guest, says::nothing, says::allow, implicit,
         lock::role_policy},
        {"guest/deny-allow", who::guest, says::deny, says::allow, forbidden, lock::role_policy},
        {"role/allow-missing", who::plain_role, says::allow, says::missing, effect::allow},
        {"role/missing", who::plain_role, says::missing, says::missing, implicit,
         lock::role_policy},
        {"role/deny", who::plain_role, says::deny, says::allow, forbidden, lock::role_policy},
        {"root/missing", who::root, says::missing, says::missing, effect::allow},
        {"root/deny", who::root, says::deny, says::deny, effect::allow},
        {"anonymous/allow", who::anonymous, says::allow, says::allow, implicit, lock::role_policy},
    };
    auto const document = [](says what) {
        return what == says::allow  ? one_statement("Allow", "iot:Publish")
               : what == says::deny ? one_statement("Deny", "iot:Publish")
                                    : one_statement("Allow", "iot:Receive");
    };
    for (auto const& row : rows) {
        lock_fixture f;
        if (row.role != says::missing)
            f.put_role_policy("P", document(row.role));
        if (row.iot != says::missing) {
            f.create_iot_policy("I", document(row.iot));
            f.attach_iot_policy("I");
        }
        auto const p = row.asks == who::root         ? f.root()
                       : row.asks == who::anonymous  ? cloud::principal{}
                       : row.asks == who::plain_role ? f.plain_role()
                                                     : f.cognito(row.asks == who::authenticated);
        auto const decided = f.decide(p);
        CHECK_MESSAGE(decided.allowed == (row.expected == effect::allow), row.id);
        CHECK_MESSAGE(decided.effect == row.expected, row.id);
        CHECK_MESSAGE(decided.refused_by == row.refused_by, row.id);
        // The explanation is of this very decision.
        auto const why = f.explain(p);
        CHECK_MESSAGE(why.decision.effect == decided.effect, row.id);
        CHECK_MESSAGE(why.decision.refused_by == decided.refused_by, row.id);
        CHECK_MESSAGE(!why.words.empty(), row.id);
        auto const json_text = json::parse_object(why.json);
        REQUIRE_MESSAGE(json_text.has_value(), row.id);
        CHECK_MESSAGE(text(*json_text, "decision") == policy::print(decided.effect), row.id);
    }
}

TEST_CASE("IoT policies have a say in seven actions exactly [iot-broker 4.1]") {
    lock_fixture f;
    f.put_role_policy("P", one_statement("Allow", "*"));
    auto const who = f.cognito(true);
    for (std::string_view const action :
         {"iot:Connect", "iot:Publish", "iot:Subscribe", "iot:Receive", "iot:GetThingShadow",
          "iot:UpdateThingShadow", "iot:DeleteThingShadow", "iot:publish"})
        CHECK_MESSAGE(f.decide(who, action).refused_by == lock::iot_policy, action);
    for (std::string_view const action :
         {"iot:RetainPublish", "iot:GetRetainedMessage", "iot:ListNamedShadowsForThing",
          "iot:AttachPolicy", "iot:DescribeEndpoint", "s3:GetObject"})
        CHECK_MESSAGE(f.decide(who, action).allowed, action);
}

TEST_CASE("guests are scoped down to the services that the pool lends them") {
    lock_fixture f;
    f.put_role_policy("P", one_statement("Allow", "*"));
    auto const guest = f.cognito(false);
    CHECK(f.decide(guest, "iot:Publish").allowed);
    CHECK(f.decide(guest, "dynamodb:GetItem", "*").allowed);
    CHECK(f.decide(guest, "iam:CreateRole", "*").refused_by == lock::session_policy);
    CHECK(f.decide(guest, "ec2:RunInstances", "*").refused_by == lock::session_policy);
    CHECK(f.decide(f.cognito(true), "iam:CreateRole", "*").allowed);
    // Nobody can change what AWS itself adds.
    auto const words = f.explain(guest, "iam:CreateRole", "*").words;
    CHECK_MESSAGE(words.ends_with("no policy of yours lifts it: only a user who has signed in may "
                                  "do this"),
                  words);
    CHECK_MESSAGE(words.find("to allow it") == std::string::npos, words);
}

TEST_CASE("a change that asks for less than the statement beside it says so") {
    lock_fixture f;
    f.put_role_policy("P", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                           R"("Action":"iot:Publish","Resource":"*","Condition":)"
                           R"({"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]})");
    auto const words = f.explain(f.plain_role()).words;
    CHECK_MESSAGE(words.find("; to allow it, add a statement to role policy P; but mind: statement "
                             "1 (line 1) of role policy P names this action and resource under the "
                             "condition Bool on `aws:MultiFactorAuthPresent`") != std::string::npos,
                  words);
}

// @source IAM user guide, "AWS global condition context keys": aws:RequestedRegion,
// aws:ViaAWSService, aws:PrincipalIsAWSService are in every signed request; IAM's only endpoint is
// in us-east-1. "AWS: Denies access to AWS based on the requested Region".
TEST_CASE("what AWS says of every request is there for conditions") {
    struct {
        std::string_view condition;
        std::string_view service;
        std::string_view region;
        bool holds;
    } const rows[]{
        {R"({"StringNotEquals":{"aws:RequestedRegion":["ap-northeast-1"]}})", "iot",
         "ap-northeast-1", false},
        {R"({"StringNotEquals":{"aws:RequestedRegion":["ap-northeast-1"]}})", "iot", "eu-west-1",
         true},
        {R"({"StringEquals":{"aws:RequestedRegion":"us-east-1"}})", "iam", "ap-northeast-1", true},
        {R"({"Bool":{"aws:ViaAWSService":"false"}})", "iot", "ap-northeast-1", true},
        {R"({"Bool":{"aws:PrincipalIsAWSService":"false"}})", "iot", "ap-northeast-1", true},
    };
    for (auto const& row : rows) {
        CAPTURE(row.condition);
        CAPTURE(row.region);
        lock_fixture f;
        f.put_role_policy("P", R"({"Version":"2012-10-17","Statement":[)"
                               R"({"Effect":"Allow","Action":"*","Resource":"*"},)"
                               R"({"Effect":"Deny","Action":"*","Resource":"*","Condition":)" +
                                   std::string(row.condition) + "}]}");
        auto const who = f.plain_role();
        auto const facts = cloud::principal_facts(
            who, {f.now, cloud::requested_region(row.service, row.region), "127.0.0.1"});
        CHECK(cloud::authorise(f.world, who, "iot:Publish", topic, facts).allowed == !row.holds);
    }
}

TEST_CASE("session policies only take away") {
    lock_fixture f;
    auto who = f.plain_role();
    who.session_policies.push_back(
        policy::document::parse(one_statement("Allow", "iot:*"), policy::kind::session).value());
    CHECK(f.decide(who).refused_by == lock::role_policy);
    f.put_role_policy("P", one_statement("Allow", "s3:*"));
    CHECK(f.decide(who, "s3:GetObject").refused_by == lock::session_policy);
    auto const words = f.explain(who, "s3:GetObject").words;
    CHECK_MESSAGE(words.ends_with("ask for credentials with a session policy that allows this, or "
                                  "with none"),
                  words);
    f.put_role_policy("Q", one_statement("Allow", "iot:Publish"));
    CHECK(f.decide(who).allowed);
}

TEST_CASE("${cognito-identity.amazonaws.com:sub} stands for the identity in both locks") {
    lock_fixture f;
    std::string const own = "arn:aws:iot:ap-northeast-1:123456789012:topic/"
                            "${cognito-identity.amazonaws.com:sub}/*";
    f.put_role_policy("P", one_statement("Allow", "iot:Publish", own));
    f.create_iot_policy("I", one_statement("Allow", "iot:Publish", own));
    f.attach_iot_policy("I");
    auto const who = f.cognito(true);
    std::string const base = "arn:aws:iot:ap-northeast-1:123456789012:topic/";
    CHECK(f.decide(who, "iot:Publish", base + std::string(identity_id) + "/power").allowed);
    CHECK(f.decide(who, "iot:Publish", base + "ap-northeast-1:other/power").refused_by ==
          lock::role_policy);
}

TEST_CASE("AWS IoT's variables have no value in a role's policy [iot-broker 4.4]") {
    lock_fixture f;
    std::string const own = "arn:aws:iot:ap-northeast-1:123456789012:client/${iot:ClientId}";
    std::string const client = "arn:aws:iot:ap-northeast-1:123456789012:client/c1";
    f.create_iot_policy("I", one_statement("Allow", "iot:Connect", own));
    f.attach_iot_policy("I");
    auto const who = f.cognito(true);
    auto facts = cloud::principal_facts(who, {f.now, "ap-northeast-1", "127.0.0.1"});
    facts.set("iot:ClientId", "c1");
    auto const decide = [&] {
        return cloud::authorise(f.world, who, "iot:Connect", client, facts);
    };
    f.put_role_policy("P", one_statement("Allow", "iot:Connect", own));
    CHECK(decide().refused_by == lock::role_policy);
    CHECK(cloud::explain(f.world, who, "iot:Connect", client, facts).decision.refused_by ==
          lock::role_policy);
    f.put_role_policy("P", one_statement("Allow", "iot:Connect"));
    CHECK(decide().allowed);
    // Nor in its conditions, whatever else stands in the document; letter case is nothing.
    for (
        std::string const more :
        {"",
         R"(,{"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:*:*:topic/${IOT:ClientId}"})"}) {
        auto const when = [&](std::string const& effect) {
            return R"({"Version":"2012-10-17","Statement":[{"Effect":")" + effect +
                   R"(","Action":"iot:Connect","Resource":"*","Condition":{"StringEquals":)" +
                   R"({"iot:ClientId":"c1"}}})" + more;
        };
        f.put_role_policy("P", when("Allow") + "]}");
        CHECK(decide().refused_by == lock::role_policy);
        f.put_role_policy(
            "P", when("Deny") + R"(,{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]})");
        CHECK(decide().allowed);
    }
}

TEST_CASE("nor in a session policy") {
    lock_fixture f;
    f.create_iot_policy("I", one_statement("Allow", "iot:Connect"));
    f.attach_iot_policy("I");
    f.put_role_policy("P", one_statement("Allow", "iot:Connect"));
    auto who = f.cognito(true);
    auto facts = cloud::principal_facts(who, {f.now, "ap-northeast-1", "127.0.0.1"});
    facts.set("iot:ClientId", "c1");
    who.session_policies.push_back(
        policy::document::parse(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)"
                                R"("Action":"iot:Connect","Resource":"*","Condition":)"
                                R"({"StringEquals":{"iot:ClientId":"c1"}}}})",
                                policy::kind::session)
            .value());
    CHECK(cloud::authorise(f.world, who, "iot:Connect",
                           "arn:aws:iot:ap-northeast-1:123456789012:client/c1", facts)
              .refused_by == lock::session_policy);
}

TEST_CASE("a change counts from the very next decision") {
    lock_fixture f;
    auto const who = f.cognito(true);
    CHECK_FALSE(f.decide(who).allowed);
    f.put_role_policy("P", one_statement("Allow", "iot:Publish"));
    f.create_iot_policy("I", one_statement("Allow", "iot:Publish"));
    f.attach_iot_policy("I");
    CHECK(f.decide(who).allowed);
    f.ok("iot", "CreatePolicyVersion",
         json::object{{"policyName", "I"},
                      {"policyDocument", one_statement("Deny", "iot:Publish")},
                      {"setAsDefault", true}});
    CHECK(f.decide(who).effect == effect::explicit_deny);
    f.ok("iot", "SetDefaultPolicyVersion",
         json::object{{"policyName", "I"}, {"policyVersionId", "1"}});
    CHECK(f.decide(who).allowed);
    f.ok("iot", "DetachPolicy", json::object{{"policyName", "I"}, {"target", identity_id}});
    CHECK(f.decide(who).refused_by == lock::iot_policy);
    f.attach_iot_policy("I");
    f.ok("iam", "DeleteRolePolicy", json::object{{"RoleName", "R"}, {"PolicyName", "P"}});
    CHECK(f.decide(who).refused_by == lock::role_policy);

    // Managed policies: attached, changed by a new default version, detached.
    auto const arn = text(
        f.ok("iam", "CreatePolicy",
             json::object{{"PolicyName", "M"}, {"PolicyDocument", one_statement("Allow", "iot:*")}})
            .at("Policy")
            .as_object(),
        "Arn");
    json::object const pair{{"RoleName", "R"}, {"PolicyArn", arn}};
    f.ok("iam", "AttachRolePolicy", pair);
    CHECK(f.decide(who).allowed);
    f.ok("iam", "CreatePolicyVersion",
         json::object{{"PolicyArn", arn},
                      {"PolicyDocument", one_statement("Allow", "s3:*")},
                      {"SetAsDefault", true}});
    CHECK_FALSE(f.decide(who).allowed);
    f.ok("iam", "SetDefaultPolicyVersion", json::object{{"PolicyArn", arn}, {"VersionId", "v1"}});
    CHECK(f.decide(who).allowed);
    f.ok("iam", "DetachRolePolicy", pair);
    CHECK_FALSE(f.decide(who).allowed);
}

TEST_CASE("a role that was made again does not lend itself to sessions of the old one") {
    lock_fixture f;
    f.put_role_policy("P", one_statement("Allow", "iot:Publish"));
    auto const old_session = f.plain_role();
    CHECK(f.decide(old_session).allowed);
    f.ok("iam", "DeleteRolePolicy", json::object{{"RoleName", "R"}, {"PolicyName", "P"}});
    f.ok("iam", "DeleteRole", json::object{{"RoleName", "R"}});
    f.ok("iam", "CreateRole",
         json::object{{"RoleName", "R"}, {"AssumeRolePolicyDocument", account_trust}});
    f.put_role_policy("P", one_statement("Allow", "iot:Publish"));
    CHECK_FALSE(f.decide(old_session).allowed);
    CHECK(f.explain(old_session).words.find("made again") != std::string::npos);
    CHECK(f.decide(f.plain_role()).allowed);
}

TEST_CASE("a missing IoT policy is answered with the command that attaches the right one") {
    lock_fixture f;
    f.put_role_policy("P", one_statement("Allow", "iot:Publish"));
    auto const who = f.cognito(true);
    // None there yet.
    CHECK(f.explain(who).words ==
          "no IoT policy is attached to identity `ap-northeast-1:aaaaaaaa-bbbb-4ccc-8ddd-"
          "eeeeeeeeeeee` in ap-northeast-1: an authenticated Cognito identity needs one beside its "
          "role's policy; a guest does not, so that what works before sign-in fails after it; "
          "create one that allows `iot:Publish` on "
          "`arn:aws:iot:ap-northeast-1:123456789012:topic/room/lamp` and attach it with `aws iot "
          "attach-policy --policy-name POLICY_NAME --target "
          "ap-northeast-1:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee --region ap-northeast-1`");
    // One is there that would not help, another that would.
    f.create_iot_policy("AAA", one_statement("Allow", "iot:Receive"));
    f.create_iot_policy("ArticlePolicy", one_statement("Allow", "iot:Publish"));
    CHECK(f.explain(who).words.ends_with(
        "; attach it with `aws iot attach-policy --policy-name ArticlePolicy --target "
        "ap-northeast-1:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee --region ap-northeast-1`"));
    // Attached in another region.
    f.region = "us-east-1";
    f.create_iot_policy("ArticlePolicy", one_statement("Allow", "iot:Publish"));
    f.attach_iot_policy("ArticlePolicy");
    CHECK(f.decide(who).refused_by == lock::iot_policy);
    CHECK(f.explain(who).words.find("(it has some in us-east-1, which do not count here)") !=
          std::string::npos);
}

TEST_CASE("the explanation names role, policy and statement, as data too") {
    lock_fixture f;
    f.put_role_policy("RolePolicy",
                      one_statement("Allow", "iot:Publish",
                                    "arn:aws:iot:ap-northeast-1:123456789012:topic/room/*"));
    f.create_iot_policy("Attached",
                        one_statement("Allow", "iot:Publish",
                                      "arn:aws:iot:ap-northeast-1:123456789012:topic/attic/*"));
    f.attach_iot_policy("Attached");
    auto const why = f.explain(f.cognito(true));
    CHECK_FALSE(why.decision.allowed);
    CHECK_MESSAGE(why.words.find("IoT policy Attached") != std::string::npos, why.words);
    auto const json_text = json::parse_object(why.json).value();
    CHECK(text(json_text, "refused_by") == "iot_policy");
    CHECK(text(json_text, "identity") == identity_id);
    auto const& locks = json_text.at("locks").as_array();
    REQUIRE(locks.size() == 2);
    CHECK(text(locks[0].as_object(), "lock") == "role_policy");
    CHECK(text(locks[0].as_object(), "of") == "role `R`");
    CHECK(text(locks[0].as_object(), "decision") == "allow");
    CHECK(json::print(locks[0].at("documents")) == R"(["role policy RolePolicy"])");
    CHECK(text(locks[1].as_object(), "decision") == "implicit_deny");
    CHECK(json::print(locks[1].at("documents")) == R"(["IoT policy Attached"])");

    // Both locks shut: both are told, the first first.
    f.put_role_policy("RolePolicy", one_statement("Allow", "iot:Receive"));
    auto const both = f.explain(f.cognito(true));
    CHECK(both.decision.refused_by == lock::role_policy);
    auto const role_at = both.words.find("role policy RolePolicy");
    auto const iot_at = both.words.find("IoT policy Attached");
    CHECK_MESSAGE(role_at != std::string::npos, both.words);
    CHECK_MESSAGE(iot_at != std::string::npos, both.words);
    CHECK(role_at < iot_at);
}

TEST_CASE("access denied, as AWS words it [spec cognito-iam-sigv4 5.8]") {
    lock_fixture f;
    auto const who = f.plain_role();
    auto const message = [&](effect e, lock by) {
        return cloud::access_denied_message(who, "iot:CreateThing",
                                            "arn:aws:iot:ap-northeast-1:123456789012:thing/t",
                                            {.allowed = false, .refused_by = by, .effect = e});
    };
    std::string const head =
        "User: arn:aws:sts::123456789012:assumed-role/R/worker is not authorized "
        "to perform: iot:CreateThing on resource: "
        "arn:aws:iot:ap-northeast-1:123456789012:thing/t ";
    CHECK(message(effect::implicit_deny, lock::role_policy) ==
          head + "because no identity-based policy allows the iot:CreateThing action");
    CHECK(message(effect::explicit_deny, lock::role_policy) ==
          head + "with an explicit deny in an identity-based policy");
    CHECK(message(effect::implicit_deny, lock::session_policy) ==
          head + "because no session policy allows the iot:CreateThing action");
}

TEST_CASE("the facts of a Cognito session [spec cognito-iam-sigv4 4.7]") {
    lock_fixture f;
    auto who = f.cognito(true);
    who.issued = f.now;
    auto const facts =
        cloud::principal_facts(who, {f.now, "eu-west-1", "192.0.2.7", cloud::transport::plain});
    auto const is = [&](std::string_view key, std::string_view value) {
        auto const* const found = facts.find(key);
        return found && found->size() == 1 && found->front() == value;
    };
    CHECK(is("cognito-identity.amazonaws.com:sub", identity_id));
    CHECK(is("cognito-identity.amazonaws.com:aud", "ap-northeast-1:pool"));
    CHECK(facts.is_list("cognito-identity.amazonaws.com:amr"));
    CHECK(is("aws:userid", f.world.iam.find_role("R")->id + ":CognitoIdentityCredentials"));
    CHECK(is("aws:PrincipalArn", "arn:aws:iam::123456789012:role/R"));
    CHECK(is("aws:PrincipalType", "AssumedRole"));
    CHECK(is("aws:PrincipalAccount", "123456789012"));
    CHECK(is("aws:FederatedProvider", "cognito-identity.amazonaws.com"));
    CHECK(is("aws:SourceIp", "192.0.2.7"));
    CHECK(is("aws:SecureTransport", "false"));
    CHECK(is("aws:CurrentTime", "2026-11-22T03:04:05Z"));
    CHECK(is("aws:TokenIssueTime", "2026-11-22T03:04:05Z"));
    CHECK(facts.find("aws:username") == nullptr);
}

TEST_CASE("the documents of before decide until a change takes effect") {
    lock_fixture f;
    auto const allow_all = one_statement("Allow", "*");
    auto const iot_allow_all = one_statement("Allow", "iot:*");
    f.put_role_policy("all", allow_all);
    f.create_iot_policy("all", iot_allow_all);
    auto const who = f.cognito(true);
    CHECK_FALSE(f.decide(who).allowed);
    auto const late = f.now + std::chrono::minutes(5);

    // Granted late.
    auto before = cloud::take_policies(f.world);
    f.attach_iot_policy("all");
    auto changed = cloud::find_changes(before, f.world);
    REQUIRE(changed.size() == 1);
    CHECK(changed[0] == "target ap-northeast-1/" + std::string(identity_id));
    auto const nothing =
        std::make_shared<cloud::kept_policies const>(std::span<policy::named_document const>{});
    f.world.lag.hold(changed[0], {nothing, late, "the test"});
    CHECK(f.decide(who).refused_by == lock::iot_policy);
    CHECK(f.explain(who).words.find("which takes effect at 2026-") != std::string::npos);
    f.world.lag.forget(late - std::chrono::milliseconds(1));
    CHECK_FALSE(f.decide(who).allowed);
    f.world.lag.forget(late);
    CHECK(f.decide(who).allowed);
    CHECK(f.world.lag.is_empty());

    // Taken away late, also when the policy itself is gone by then; a later change is later.
    before = cloud::take_policies(f.world);
    f.ok("iam", "DeleteRolePolicy", json::object{{"RoleName", "R"}, {"PolicyName", "all"}});
    changed = cloud::find_changes(before, f.world);
    REQUIRE(changed.size() == 1);
    f.world.lag.hold(changed[0], {before.find(changed[0])->second, late, "the test"});
    auto const between = cloud::take_policies(f.world);
    before.clear();
    CHECK(f.decide(who).allowed);
    f.put_role_policy("all", allow_all);
    CHECK(cloud::find_changes(between, f.world) == changed);
    f.world.lag.hold(
        changed[0], {between.find(changed[0])->second, late - std::chrono::minutes(1), "the test"});
    f.world.lag.forget(late - std::chrono::milliseconds(1));
    CHECK(f.decide(who).allowed);
    f.world.lag.forget(late);
    CHECK(f.world.lag.is_empty());
    CHECK(f.decide(who).allowed);
    // What takes effect at once takes along what was to come.
    f.world.lag.hold(changed[0], {nothing, late, "the test"});
    CHECK_FALSE(f.decide(who).allowed);
    f.world.lag.release(changed[0]);
    CHECK(f.decide(who).allowed);
}
