// The known traps, each with a document that falls into it and one that does not (spec iot-broker
// 4.1 to 4.5 and 8.2, cognito-iam-sigv4 4.7, 5.2, 5.3, 5.7).
#include "policy/check.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace cogniot;
using policy::check_setup;
using policy::kind;

namespace {

std::string const arn = "arn:aws:iot:ap-northeast-1:123456789012:";
std::string const sub = "${cognito-identity.amazonaws.com:sub}";

std::string statement(std::string const& effect, std::string const& actions,
                      std::string const& resources, std::string const& more = "") {
    return R"({"Effect":")" + effect + R"(","Action":)" + actions + R"(,"Resource":)" + resources +
           more + "}";
}
std::string allow(std::string const& actions, std::string const& resource) {
    return statement("Allow", actions, "\"" + arn + resource + "\"");
}
std::string document(std::string const& statements, std::string const& version = "2012-10-17") {
    return R"({"Version":")" + version + R"(","Statement":[)" + statements + "]}";
}
std::string trust(std::string const& condition,
                  std::string const& action = "sts:AssumeRoleWithWebIdentity",
                  std::string const& who = "cognito-identity.amazonaws.com") {
    return document(R"({"Effect":"Allow","Principal":{"Federated":")" + who + R"("},"Action":")" +
                    action + R"(","Condition":{)" + condition + "}}");
}
std::string const aud = R"("StringEquals":{"cognito-identity.amazonaws.com:aud":"r:pool"})";
std::string const amr =
    R"("ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"})";

/// Connect, so that nothing is said of its absence.
std::string const connect = allow(R"("iot:Connect")", "client/" + sub) + ",";

struct row {
    char const* about;
    check_setup how;
    std::string text;
    std::string expected;
};

std::string names(std::vector<policy::finding> const& found) {
    std::string out;
    for (auto const& f : found)
        out += (out.empty() ? "" : " ") + std::string(f.of->name);
    return out;
}

check_setup const iot{.what = kind::iot};
check_setup const role{.what = kind::role_inline};
check_setup const certificate{.what = kind::iot, .principal = policy::principal_kind::certificate};
check_setup const here{.what = kind::iot, .region = "ap-northeast-1", .account = "123456789012"};
check_setup const trusted{.what = kind::trust, .identity_pool = "r:pool", .amr = "authenticated"};

} // namespace

TEST_CASE("each trap is found, and what is right is left alone") {
    std::string many;
    for (int i = 0; i < 40; ++i)
        many += (i > 0 ? ",\"" : "\"") + arn + "client/device_" + std::to_string(i) + "\"";
    row const rows[] = {
        {"the article's policy, as an IoT policy", here,
         document(connect +
                  allow(R"(["iot:Publish","iot:Receive"])", "topic/$aws/things/*/shadow/*") + "," +
                  allow(R"("iot:Subscribe")", "topicfilter/$aws/things/*/shadow/*")),
         ""},
        {"a trailing comma", role, R"({"Version":"2012-10-17","Statement":[],})", "trailing-comma"},
        {"an unknown element", role,
         document(R"({"Effect":"Allow","Actions":"iot:*","Resource":"*"})"), "malformed"},
        {"too large for AWS IoT", iot,
         document(statement("Allow", R"("iot:Connect")", "[" + many + "]")), "too-large"},
        {"the old version", iot, document(allow(R"("iot:Connect")", "client/" + sub), "2008-10-17"),
         "version-2008"},
        {"topic/ for iot:Subscribe", iot,
         document(connect + allow(R"(["iot:Subscribe","iot:Receive"])", "topic/a")),
         "topic-for-subscribe"},
        {"topicfilter/ for iot:Receive, whose messages then do not come", iot,
         document(connect + allow(R"(["iot:Subscribe","iot:Receive"])", "topicfilter/a")),
         "topicfilter-for-publish receive-elsewhere"},
        {"client/ left out", iot, document(allow(R"("iot:Connect")", sub)), "client-missing"},
        {"a shadow of a topic", role,
         document(connect + allow(R"("iot:GetThingShadow")", "topic/a")), "resource-type"},
        {"a resource that serves nothing", iot,
         document(connect + statement("Allow", R"("iot:Publish")",
                                      "[\"" + arn + "topic/a\",\"" + arn + "thing/a\"]")),
         "resource-unused"},
        {"a Deny on the wrong kind stops nothing", iot,
         document(connect + statement("Deny", R"("iot:Publish")", "\"" + arn + "topicfilter/a\"")),
         "topicfilter-for-publish"},
        {"MQTT's wildcard in a topic", iot,
         document(connect + allow(R"("iot:Publish")", "topic/a/#")), "mqtt-wildcard"},
        {"and in a filter, where it may be meant", iot,
         document(connect + allow(R"("iot:Subscribe")", "topicfilter/a/+") + "," +
                  allow(R"("iot:Receive")", "topic/a/*")),
         "filter-wildcard"},
        {"a condition on AWS IoT's keys in a role's policy never holds", role,
         document(connect + R"({"Effect":"Allow","Action":"iot:Subscribe","Resource":")" + arn +
                  R"(topicfilter/a","Condition":{"StringEquals":{"iot:ClientId":"a"}}},)" +
                  allow(R"("iot:Receive")", "topic/a")),
         "variable-never-set"},
        {"one that holds without the key is none", role,
         document(
             connect + R"({"Effect":"Allow","Action":"iot:Subscribe","Resource":")" + arn +
             R"(topicfilter/a","Condition":{"StringNotEquals":{"iot:ClientId":"a"},)"
             R"("StringEqualsIfExists":{"iot:ClientId":"a"},"Null":{"iot:ClientId":"true"}}},)" +
             allow(R"("iot:Receive")", "topic/a")),
         ""},
        {"iot:Topic is IAM's", role,
         document(connect + R"({"Effect":"Allow","Action":"iot:SendDirectMessage","Resource":")" +
                  arn + R"(client/a","Condition":{"StringLike":{"iot:Topic":"a/*"}}})"),
         ""},
        {"${iot:ClientId} in a role's policy", role,
         document(allow(R"("iot:Connect")", "client/${iot:ClientId}")), "variable-never-set"},
        {"a user name in a role's policy", role,
         document(connect +
                  allow(R"(["iot:Publish","iot:RetainPublish"])", "topic/${aws:username}")),
         "variable-never-set"},
        {"a certificate's field for Cognito", iot,
         document(connect +
                  allow(R"("iot:Publish")", "topic/${iot:Certificate.Subject.CommonName}")),
         "variable-never-set"},
        {"Cognito's sub for a certificate", certificate,
         document(allow(R"("iot:Connect")", "client/" + sub)), "variable-never-set"},
        {"a certificate's field for a certificate", certificate,
         document(allow(R"("iot:Connect")", "client/${iot:Certificate.Subject.CommonName}")), ""},
        {"a variable with a default always has a value", iot,
         document(connect + allow(R"("iot:Publish")", "topic/${nobody:knows, 'a'}")), ""},
        {"the list amr as a variable", role,
         document(connect + allow(R"(["iot:Publish","iot:RetainPublish"])",
                                  "topic/${cognito-identity.amazonaws.com:amr}")),
         "variable-never-set"},
        {"a certificate's fields, as AWS writes them", certificate,
         document(allow(R"("iot:Connect")", "client/${iot:Certificate.Issuer.Organization.1}") +
                  "," +
                  allow(R"("iot:Receive")",
                        "topic/${iot:Certificate.Subject.AlternativeName.DNSName.List}/"
                        "${iot:Certificate.SerialNumber}/${iot:Certificate.Subject.SerialNumber}")),
         ""},
        {"a certificate's field that there is not: it is CommonName", certificate,
         document(allow(R"("iot:Connect")", "client/${iot:Certificate.Subject.CN}")),
         "variable-unknown"},
        {"a thing's name: it is ThingName", certificate,
         document(allow(R"("iot:Connect")", "client/${iot:Connection.Thing.Name}")),
         "variable-unknown"},
        {"a thing's attribute and type", certificate,
         document(allow(R"("iot:Connect")", "client/a") + "," +
                  allow(R"("iot:Receive")", "topic/${iot:Connection.Thing.Attributes[room]}/"
                                            "${iot:Connection.Thing.ThingTypeName}")),
         ""},
        {"a global key with one value may be a variable", role,
         document(connect + statement("Allow", R"("s3:GetObject")", R"("*")",
                                      R"(,"Condition":{"StringEquals":{"aws:ResourceOrgID":)"
                                      R"("${aws:PrincipalOrgID}"}})")),
         ""},
        {"one with several may not", role,
         document(connect + statement("Allow", R"("s3:GetObject")", R"("*")",
                                      R"(,"Condition":{"StringEquals":{"aws:ResourceOrgID":)"
                                      R"("${aws:PrincipalOrgPaths}"}})")),
         "variable-never-set"},
        {"a thing's name for Cognito", iot,
         document(allow(R"("iot:Connect")", "client/${iot:Connection.Thing.ThingName}")),
         "variable-of-thing"},
        {"CloudFormation's variable in a policy", iot,
         document(connect + allow(R"("iot:Publish")", "topic/${AWS::StackName}")),
         "variable-unknown"},
        {"a variable for the region", iot,
         document(statement("Allow", R"("iot:Connect")",
                            R"("arn:aws:iot:${aws:RequestedRegion}:123456789012:client/a")")),
         "variable-too-early"},
        {"a condition's variable counts too", iot,
         document(statement(
             "Allow", R"("iot:Connect")", "\"" + arn + "client/a\"",
             R"(,"Condition":{"StringEquals":{"iot:ClientId":"${iot:Certificate.SerialNumber}"}})")),
         "variable-never-set"},
        {"any client ID", iot, document(allow(R"("iot:Connect")", "client/*")), "any-client"},
        {"any client ID, by definition", iot,
         document(allow(R"("iot:Connect")", "client/${iot:ClientId}")), "any-client"},
        {"iot:* on a topic stands for Connect and Subscribe, too", iot,
         document(allow(R"("iot:*")", "topic/a/*")), "client-missing topic-for-subscribe"},
        {"wildcards within an action's name", role,
         document(connect + allow(R"(["iot:Pub*","iot:Sub*","iot:Rec*","iot:Ret*"])", "topic/x")),
         "topic-for-subscribe"},
        {"iot:* on each kind of resource", iot,
         document(allow(R"("iot:*")", "client/a") + "," + allow(R"("iot:*")", "topic/a") + "," +
                  allow(R"("iot:*")", "topicfilter/a")),
         ""},
        {"* on another service's resources", role,
         document(statement("Allow", R"("*")", R"("arn:aws:s3:::topic/a")")), ""},
        {"an action whose requests name `*`", role,
         document(connect + allow(R"("iot:ListRetainedMessages")", "topic/a")), "resource-type"},
        {"and is allowed on it", role,
         document(connect + statement("Allow", R"("iot:ListRetainedMessages")", R"("*")")), ""},
        {"iot:* on *", role, document(statement("Allow", R"("iot:*")", R"("*")")), "everything"},
        {"every topic", iot, document(connect + statement("Allow", R"("iot:Publish")", R"("*")")),
         "any-resource"},
        {"Allow with NotAction", role,
         document(R"({"Effect":"Allow","NotAction":"iot:Connect","Resource":"*"})"),
         "allow-all-but connect-forgotten"},
        {"Receive forgotten", iot, document(connect + allow(R"("iot:Subscribe")", "topicfilter/a")),
         "receive-forgotten"},
        {"Receive of other topics", iot,
         document(connect + allow(R"("iot:Subscribe")", "topicfilter/a/*") + "," +
                  allow(R"("iot:Receive")", "topic/b/*")),
         "receive-elsewhere"},
        {"Receive of just those topics", iot,
         document(connect + allow(R"("iot:Subscribe")", "topicfilter/a/" + sub + "/*") + "," +
                  allow(R"("iot:Receive")", "topic/a/" + sub + "/*")),
         ""},
        {"Connect in no statement", iot, document(allow(R"("iot:Publish")", "topic/a")),
         "connect-forgotten"},
        {"retained messages", role, document(connect + allow(R"("iot:Publish")", "topic/a")),
         "retain-forgotten"},
        {"RetainPublish in a Cognito identity's IoT policy", iot,
         document(connect + allow(R"(["iot:Publish","iot:RetainPublish"])", "topic/a")),
         "governed-by-role"},
        {"RetainPublish in a certificate's", certificate,
         document(allow(R"("iot:Connect")", "client/a") + "," +
                  allow(R"(["iot:Publish","iot:RetainPublish"])", "topic/a")),
         ""},
        {"a Deny that a wider filter walks around", iot,
         document(connect + allow(R"("iot:Subscribe")", "topicfilter/a/*") + "," +
                  allow(R"("iot:Receive")", "topic/a/*") + "," +
                  statement("Deny", R"("iot:Subscribe")", "\"" + arn + "topicfilter/a/secret/*\"")),
         "deny-filter-only"},
        {"a misspelt action", iot, document(connect + allow(R"("iot:Publsh")", "topic/a")),
         "action-misspelt"},
        {"another region", here,
         document(statement("Allow", R"("iot:Connect")",
                            R"("arn:aws:iot:us-east-1:123456789012:client/a")")),
         "another-region"},
        {"another account", here,
         document(statement("Allow", R"("iot:Connect")",
                            R"("arn:aws:iot:ap-northeast-1:210987654321:client/a")")),
         "another-account"},
        {"an account of eleven digits", iot,
         document(statement("Allow", R"("iot:Connect")",
                            R"("arn:aws:iot:ap-northeast-1:12345678901:client/a")")),
         "another-account"},
        {"colons of a variable count for no region", iot,
         document(statement("Allow", R"("iot:Connect")",
                            R"("arn:aws:iot:${AWS::Region}:123456789012:client/a")")),
         "variable-too-early"},
        {"no region and no account", iot,
         document(statement("Allow", R"("iot:Connect")", R"("arn:aws:iot:::client/a")")),
         "another-region another-account"},
        {"a trust policy as Cognito's console makes it", trusted, trust(aud + "," + amr), ""},
        {"no pool is named", trusted, trust(amr), "trust-without-aud"},
        {"the pool may be absent", trusted,
         trust(R"("StringEqualsIfExists":{"cognito-identity.amazonaws.com:aud":"r:pool"},)" + amr),
         "trust-without-aud"},
        {"any pool", trusted,
         trust(R"("StringLike":{"cognito-identity.amazonaws.com:aud":"*"},)" + amr),
         "trust-without-aud"},
        {"any pool of a region, others' too", trusted,
         trust(R"("StringLike":{"cognito-identity.amazonaws.com:aud":["r:pool","r:*"]},)" + amr),
         "trust-without-aud"},
        {"one pool, by StringLike", trusted,
         trust(R"("StringLike":{"cognito-identity.amazonaws.com:aud":"r:pool"},)" + amr), ""},
        {"a wildcard that StringEquals takes for text", trusted,
         trust(R"("StringEquals":{"cognito-identity.amazonaws.com:aud":"r:*"},)" + amr),
         "trust-another-pool"},
        {"users and guests", trusted,
         trust(aud + R"(,"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"*"})"),
         "trust-without-amr"},
        {"users of one identity provider", trusted,
         trust(aud + R"(,"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":)"
                     R"("cognito-idp.r.amazonaws.com/r_pool:*"})"),
         ""},
        {"StringEquals knows no pattern", trusted,
         trust(aud + R"(,"ForAnyValue:StringEquals":{"cognito-identity.amazonaws.com:amr":)"
                     R"("auth*"})"),
         "trust-amr-differs"},
        {"no amr", trusted, trust(aud), "trust-without-amr"},
        {"ForAllValues holds without amr", trusted,
         trust(
             aud +
             R"(,"ForAllValues:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"})"),
         "trust-without-amr"},
        {"another pool",
         {.what = kind::trust, .identity_pool = "r:other"},
         trust(aud + "," + amr),
         "trust-another-pool"},
        {"no pool at all", trusted,
         trust(aud + "," + amr, "sts:AssumeRoleWithWebIdentity", "x.com"), "trust-another-pool"},
        {"the guests' role",
         {.what = kind::trust, .amr = "unauthenticated"},
         trust(aud + "," + amr),
         "trust-amr-differs"},
        {"sts:AssumeRole", trusted, trust(aud + "," + amr, "sts:AssumeRole"), "trust-action"},
        {"a role of a service is none of our business",
         {.what = kind::trust},
         trust(aud, "sts:AssumeRoleWithWebIdentity", "x.com"),
         ""},
    };
    std::set<std::string_view> seen{"not-checked", "name-unknown"}; // e2e/policy: templates
    for (auto const& r : rows) {
        std::string const about = r.about;
        CAPTURE(about);
        auto const found = policy::check(r.text, r.how);
        CHECK(names(found) == r.expected);
        for (auto const& f : found)
            seen.insert(f.of->name);
    }
    for (auto const& trap : policy::all_traps())
        CHECK_MESSAGE(seen.contains(trap.name), "no row falls into " << trap.name);
}

TEST_CASE("a finding says where it stands") {
    auto const found = policy::check(
        "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\n"
        "    \"Effect\": \"Allow\",\n    \"Action\": \"iot:Connect\",\n"
        "    \"Resource\": [\"" +
            arn + "client/a\",\n                 \"" + arn + "client/${iot:ClientId}\"]\n  }\n}",
        role);
    REQUIRE(names(found) == "variable-never-set");
    CHECK(found[0].at == json::place{7, 18});
    CHECK(found[0].pointer == "/Statement/Resource/1");
    CHECK(found[0].what == "`${iot:ClientId}` never has a value in a role's policy");
}

TEST_CASE("names with a slash are escaped in a finding's JSON Pointer (RFC 6901, section 3)") {
    auto const found = policy::check(
        document(statement("Allow", R"("iot:Connect")", "\"" + arn + "client/a\"",
                           R"(,"Condition":{"StringEquals":{"aws:PrincipalTag/a~b":"${iot:X}"}})")),
        role);
    REQUIRE(names(found) == "variable-never-set");
    CHECK(found[0].pointer == "/Statement/0/Condition/StringEquals/aws:PrincipalTag~1a~0b");
}

TEST_CASE("the kind of a document is guessed from what it says, then from its name") {
    auto const plain = document(allow(R"("iot:Connect")", "client/a"));
    CHECK(policy::guess_kind(trust(aud), "x.json") == kind::trust);
    CHECK(policy::guess_kind(plain, "policies/iot/device-iot.json") == kind::iot);
    CHECK(policy::guess_kind(plain, "iot/role-policy.json") == kind::role_inline);
    CHECK(policy::guess_kind(document(allow(R"("iot:Connect")", "client/${iot:ClientId}")),
                             "p.json") == kind::iot);
    CHECK(policy::guess_kind("not JSON", "trust.json") == kind::trust);
    CHECK(policy::guess_kind("not JSON", "p.json") == kind::role_inline);
}
