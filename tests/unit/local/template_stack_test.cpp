#include "cloud/world.hpp"
#include "crypto/device_certificate.hpp"
#include "json/parse.hpp"
#include "local/template/errors.hpp"
#include "local/template/resource_type.hpp"
#include "local/template/stack.hpp"
#include "support/seeded_random.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace cogniot;
using namespace cogniot::local;
using kind = stack_result::change::kind;

namespace {

/// A local cloud without sockets, and a stack file applied to it again and again.
struct fixture {
    cloud::world world;
    stacks known;
    test::seeded_random random;
    cloud::principal root{.what = cloud::principal::type::root,
                          .arn = "arn:aws:iam::123456789012:root",
                          .account = "123456789012"};
    std::vector<record> persisted;

    result<stack_result> apply(std::string_view file, std::string_view text) {
        cloud::call as_root{.world = world,
                            .now = utc_time(std::chrono::seconds(1767323045)),
                            .who = root,
                            .region = "ap-northeast-1",
                            .random = random,
                            .persist = persisted};
        return apply_template(as_root, known, file, text);
    }

    boost::json::object invoke(std::string_view service, std::string_view operation,
                               boost::json::object const& input) {
        cloud::call as_root{.world = world,
                            .now = utc_time(std::chrono::seconds(1767323045)),
                            .who = root,
                            .region = "ap-northeast-1",
                            .random = random,
                            .persist = persisted};
        auto answer = local::invoke(as_root, service, operation, input);
        REQUIRE(answer.has_value());
        return *answer;
    }
};

std::string article_template() {
    std::ifstream in(std::string(COGNIOT_VECTORS) + "/../../examples/article/template.yaml");
    std::stringstream text;
    text << in.rdbuf();
    REQUIRE_FALSE(text.str().empty());
    return text.str();
}

constexpr std::string_view thing_and_policy = R"(
Parameters:
  Name: {Type: String, Default: lamp}
Resources:
  Policy:
    Type: AWS::IoT::Policy
    DependsOn: Thing
    Properties:
      PolicyName: p
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "iot:Connect", Resource: !Sub "arn:aws:iot:${AWS::Region}:${AWS::AccountId}:client/${Thing}"}]
  Thing:
    Type: AWS::IoT::Thing
    Properties: {ThingName: !Ref Name}
Outputs:
  Arn: {Value: !GetAtt Thing.Arn}
)";

} // namespace

TEST_CASE("the article's template makes what the article needs") {
    fixture cloud;
    auto const applied = cloud.apply("examples/article/template.yaml", article_template());
    if (!applied)
        MESSAGE(applied.error().detail);
    REQUIRE(applied.has_value());
    CHECK(applied->name == "article");
    CHECK(applied->warnings.empty());
    CHECK(applied->changes.size() == 7);
    for (auto const& change : applied->changes)
        CHECK(change.what == kind::created);
    REQUIRE(applied->outputs.size() == 6);
    CHECK(applied->outputs[0].first == "UserPoolId");
    auto const pool_id = applied->outputs[0].second;
    auto const client_id = applied->outputs[1].second;
    auto const identity_pool = applied->outputs[2].second;
    auto const described = cloud.invoke("cognito-identity", "DescribeIdentityPool",
                                        {{"IdentityPoolId", identity_pool}});
    auto const& provider = described.at("CognitoIdentityProviders").as_array().at(0).as_object();
    CHECK(std::string(provider.at("ProviderName").as_string()) ==
          "cognito-idp.ap-northeast-1.amazonaws.com/" + pool_id);
    CHECK(std::string(provider.at("ClientId").as_string()) == client_id);
    auto const policy = cloud.invoke("iot", "GetPolicy", {{"policyName", "article-devices"}});
    CHECK(std::string_view(policy.at("policyDocument").as_string())
              .find("client/${cognito-identity.amazonaws.com:sub}") != std::string_view::npos);
}

TEST_CASE("applying the same template again changes nothing") {
    fixture cloud;
    REQUIRE(cloud.apply("article.yaml", article_template()).has_value());
    cloud.persisted.clear();
    auto const again = cloud.apply("article.yaml", article_template());
    REQUIRE(again.has_value());
    for (auto const& change : again->changes)
        CHECK(change.what == kind::unchanged);
    CHECK(cloud.persisted.empty());
}

TEST_CASE("what was applied is known after a restart") {
    fixture first;
    REQUIRE(first.apply("t.yaml", thing_and_policy).has_value());
    fixture second;
    for (auto const& each : first.persisted) {
        REQUIRE(each.value);
        auto mine = second.known.restore(each.kind, each.key, *each.value);
        REQUIRE(mine.has_value());
        if (!*mine)
            REQUIRE(second.world.restore(each.kind, each.key, *each.value).has_value());
    }
    auto const again = second.apply("t.yaml", thing_and_policy);
    REQUIRE(again.has_value());
    for (auto const& change : again->changes)
        CHECK(change.what == kind::unchanged);
    CHECK(again->outputs.at(0).second == "arn:aws:iot:ap-northeast-1:123456789012:thing/lamp");
}

TEST_CASE("a changed template changes what differs and removes what it no longer names") {
    fixture cloud;
    REQUIRE(cloud.apply("t.yaml", thing_and_policy).has_value());
    std::string changed(thing_and_policy);
    changed.replace(changed.find("iot:Connect"), 11, "iot:Publish");
    auto const updated = cloud.apply("t.yaml", changed);
    REQUIRE(updated.has_value());
    REQUIRE(updated->changes.size() == 2);
    CHECK(updated->changes[0].what == kind::unchanged);
    CHECK(updated->changes[1].what == kind::updated);
    auto const policy = cloud.invoke("iot", "GetPolicy", {{"policyName", "p"}});
    CHECK(policy.at("defaultVersionId") == "2");

    auto const emptied = cloud.apply("t.yaml", "Resources:\n  Thing:\n    Type: AWS::IoT::Thing\n"
                                               "    Properties: {ThingName: lamp}\n");
    REQUIRE(emptied.has_value());
    CHECK(emptied->changes.back().what == kind::removed);
    CHECK(cloud.invoke("iot", "ListPolicies", {}).at("policies").as_array().empty());
}

constexpr std::string_view role_and_pool = R"(
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: r
      Description: one
      MaxSessionDuration: 7200
      Tags: [{Key: team, Value: a}, {Key: stage, Value: test}]
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Federated: cognito-identity.amazonaws.com}, Action: "sts:AssumeRoleWithWebIdentity"}]}
  P:
    Type: AWS::Cognito::UserPool
    Properties:
      UserPoolName: p
      MfaConfiguration: OPTIONAL
      EnabledMfas: [SOFTWARE_TOKEN_MFA]
  Q:
    Type: AWS::IoT::Policy
    Properties:
      PolicyName: q
      PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "iot:*", Resource: "*"}]}
)";

std::string with(std::string_view what, std::string_view instead) {
    std::string text(role_and_pool);
    auto const at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), instead);
}

// @source AWS CloudFormation template reference: "Update requires" of each property
TEST_CASE("an update applies every property that it records as applied") {
    fixture cloud;
    REQUIRE(cloud.apply("t.yaml", role_and_pool).has_value());
    auto const role = [&] {
        return cloud.invoke("iam", "GetRole", {{"RoleName", "r"}}).at("Role").as_object();
    };
    auto const id = role().at("RoleId");
    auto text = with("Description: one", "Description: two");
    text.replace(text.find("7200"), 4, "3600");
    text.replace(text.find("{Key: team, Value: a}, "), 23, "{Key: owner, Value: b}, ");
    text.replace(text.find("UserPoolName: p\n"), 16, "UserPoolName: renamed\n");
    text.replace(text.find("      MfaConfiguration: OPTIONAL\n"), 33, "");
    text.replace(text.find("      EnabledMfas: [SOFTWARE_TOKEN_MFA]\n"), 40, "");
    REQUIRE(cloud.apply("t.yaml", text).has_value());
    CHECK(role().at("RoleId") == id);
    CHECK(role().at("Description") == "two");
    CHECK(role().at("MaxSessionDuration") == 3600);
    CHECK(json::print(role().at("Tags")) ==
          R"([{"Key":"owner","Value":"b"},{"Key":"stage","Value":"test"}])");
    auto const pools = cloud.invoke("cognito-idp", "ListUserPools", {{"MaxResults", 5}});
    auto const& pool = pools.at("UserPools").at(0).as_object();
    CHECK(pool.at("Name") == "renamed");
    auto const mfa =
        cloud.invoke("cognito-idp", "GetUserPoolMfaConfig", {{"UserPoolId", pool.at("Id")}});
    CHECK(mfa.at("MfaConfiguration") == "OFF");
    CHECK(json::print(mfa.at("SoftwareTokenMfaConfiguration")) == R"({"Enabled":false})");

    // What is taken away goes back to AWS's default.
    text.replace(text.find("      Description: two\n"), 23, "");
    text.replace(text.find("      Tags: "),
                 text.find("\n", text.find("      Tags: ")) - text.find("      Tags: ") + 1, "");
    REQUIRE(cloud.apply("t.yaml", text).has_value());
    CHECK_FALSE(role().contains("Description"));
    CHECK_FALSE(role().contains("Tags"));
}

TEST_CASE("a property that an update cannot apply replaces the resource or is refused by name") {
    struct row {
        char const* what;
        char const* instead;
        template_errc code;
        char const* detail;
    };
    for (auto const& [what, instead, code, detail] : {
             row{"Description: one", "PermissionsBoundary: arn:aws:iam::123456789012:policy/none",
                 template_errc::resource_refused,
                 "t.yaml:3: Resources.R: UnknownOperationException: iam has no "
                 "PutRolePermissionsBoundary yet"},
             row{"Description: one", "Path: /team/", template_errc::property_fixed,
                 "t.yaml:7: Resources.R.Properties.Path: its change needs a new AWS::IAM::Role "
                 "beside the old one: change `RoleName`, too"},
             row{"MfaConfiguration: OPTIONAL",
                 "UsernameAttributes: [email]\n      MfaConfiguration: OPTIONAL",
                 template_errc::property_fixed,
                 "Resources.P.Properties.UsernameAttributes: it cannot be changed"},
             row{"MfaConfiguration: OPTIONAL",
                 "Schema: [{Name: tier, AttributeDataType: String}]\n      MfaConfiguration: "
                 "OPTIONAL",
                 template_errc::property_fixed,
                 "Resources.P.Properties.Schema: it cannot be changed"},
             row{"[SOFTWARE_TOKEN_MFA]", "[SMS_MFA, SOFTWARE_TOKEN_MFA]",
                 template_errc::resource_refused, "SMS_MFA"},
         }) {
        fixture cloud;
        REQUIRE(cloud.apply("t.yaml", role_and_pool).has_value());
        auto const refused = cloud.apply("t.yaml", with(what, instead));
        CAPTURE(instead);
        REQUIRE_FALSE(refused.has_value());
        CAPTURE(refused.error().detail);
        CHECK(refused.error().code == make_error_code(code));
        CHECK(refused.error().detail.find(detail) != std::string::npos);
    }
    fixture cloud;
    REQUIRE(cloud.apply("t.yaml", role_and_pool).has_value());
    auto text = with("RoleName: r", "RoleName: s");
    text.replace(text.find("Description: one"), 16, "Path: /team/");
    auto const replaced = cloud.apply("t.yaml", text);
    REQUIRE(replaced.has_value());
    CHECK(replaced->changes[0].what == kind::created);
    CHECK(replaced->changes[1].what == kind::removed);
    auto const roles = cloud.invoke("iam", "ListRoles", {}).at("Roles").as_array();
    REQUIRE(roles.size() == 1);
    CHECK(roles[0].at("Arn") == "arn:aws:iam::123456789012:role/team/s");
}

TEST_CASE("roles that move to another identity pool leave the first without any") {
    constexpr std::string_view text = R"(
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: r
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Federated: cognito-identity.amazonaws.com}, Action: "sts:AssumeRoleWithWebIdentity"}]}
  One:
    Type: AWS::Cognito::IdentityPool
    Properties: {IdentityPoolName: one, AllowUnauthenticatedIdentities: true}
  Two:
    Type: AWS::Cognito::IdentityPool
    Properties: {IdentityPoolName: two, AllowUnauthenticatedIdentities: true}
  Roles:
    Type: AWS::Cognito::IdentityPoolRoleAttachment
    Properties: {IdentityPoolId: !Ref One, Roles: {unauthenticated: !GetAtt R.Arn}}
Outputs:
  One: {Value: !Ref One}
  Two: {Value: !Ref Two}
)";
    fixture cloud;
    REQUIRE(cloud.apply("t.yaml", text).has_value());
    std::string moved(text);
    moved.replace(moved.find("IdentityPoolId: !Ref One"), 24, "IdentityPoolId: !Ref Two");
    auto const done = cloud.apply("t.yaml", moved);
    REQUIRE(done.has_value());
    for (auto const& [name, id] : done->outputs) {
        auto const roles =
            cloud.invoke("cognito-identity", "GetIdentityPoolRoles", {{"IdentityPoolId", id}});
        bool const has_roles = roles.contains("Roles") && !roles.at("Roles").as_object().empty();
        CHECK_MESSAGE(has_roles == (name == "Two"), name);
    }
}

TEST_CASE("a certificate with its policy and its thing is made, deactivated and taken away") {
    fixture cloud;
    cloud.world.settings.device_authority =
        crypto::make_authority("test CA", utc_time(std::chrono::seconds(1767323045)));
    auto const issued = crypto::issue_device_certificate(
        crypto::make_authority("maker", utc_time(std::chrono::seconds(1767323045))),
        crypto::rsa_key::generate(), utc_time(std::chrono::seconds(1767323045)));
    REQUIRE(issued.has_value());
    auto const text = [&](std::string const& status) {
        boost::json::object properties{{"CertificatePem", issued->certificate_pem},
                                       {"CertificateMode", "SNI_ONLY"},
                                       {"Status", status}};
        return "{\"Resources\": {\"C\": {\"Type\": \"AWS::IoT::Certificate\", \"Properties\": " +
               json::print(properties) + R"(},
  "P": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": "p", "PolicyDocument":
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}}}},
  "T": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": "t"}},
  "CP": {"Type": "AWS::IoT::PolicyPrincipalAttachment", "Properties":
    {"PolicyName": {"Ref": "P"}, "Principal": {"Fn::GetAtt": ["C", "Arn"]}}},
  "CT": {"Type": "AWS::IoT::ThingPrincipalAttachment", "Properties":
    {"ThingName": {"Ref": "T"}, "Principal": {"Fn::GetAtt": ["C", "Arn"]}}}}})";
    };
    auto const applied = cloud.apply("t.json", text("ACTIVE"));
    REQUIRE_MESSAGE(applied.has_value(), (applied.has_error() ? applied.error().message() : ""));
    auto const arn = std::string(cloud.invoke("iot", "ListThingPrincipals", {{"thingName", "t"}})
                                     .at("principals")
                                     .at(0)
                                     .as_string());
    auto const attached = cloud.invoke("iot", "ListAttachedPolicies", {{"target", arn}});
    CHECK(attached.at("policies").as_array().size() == 1);
    auto const status = [&] {
        auto const id = arn.substr(arn.rfind('/') + 1);
        return cloud.invoke("iot", "DescribeCertificate", {{"certificateId", id}})
            .at("certificateDescription")
            .at("status");
    };
    CHECK(status() == "ACTIVE");
    REQUIRE(cloud.apply("t.json", text("INACTIVE")).has_value());
    CHECK(status() == "INACTIVE");
    auto const emptied = cloud.apply("t.json", R"({"Resources": {"T": {"Type": "AWS::IoT::Thing",
        "Properties": {"ThingName": "t"}}}})");
    REQUIRE_MESSAGE(emptied.has_value(), (emptied.has_error() ? emptied.error().message() : ""));
    CHECK(cloud.invoke("iot", "ListCertificates", {}).at("certificates").as_array().empty());
}

TEST_CASE("a property that is taken and has no effect is told") {
    fixture cloud;
    auto const applied = cloud.apply(
        "t.yaml", with("PolicyName: q", "PolicyName: q\n      Tags: [{Key: k, Value: v}]"));
    REQUIRE(applied.has_value());
    REQUIRE(applied->warnings.size() == 1);
    CHECK(applied->warnings[0] == "t.yaml:21: Resources.Q.Properties.Tags: it has no effect here");
}

TEST_CASE("an unknown type is named and skipped, a wrong template names file, line and key") {
    fixture cloud;
    auto const skipped =
        cloud.apply("t.yaml", "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n");
    REQUIRE(skipped.has_value());
    REQUIRE(skipped->warnings.size() == 1);
    CHECK(skipped->warnings[0].starts_with("t.yaml:2: Resources.Bucket: AWS::S3::Bucket"));

    struct row {
        char const* text;
        template_errc code;
        char const* detail;
    };
    for (auto const& [text, code, detail] : {
             row{"Resources:\n  A:\n    Type: AWS::IoT::Thing\n    Properties:\n      Nme: x\n",
                 template_errc::property_unknown, "t.yaml:5: Resources.A.Properties.Nme"},
             row{"Resources:\n  A:\n    Type: AWS::IoT::Policy\n    Properties: {PolicyName: x}\n",
                 template_errc::property_missing, "needs `PolicyDocument`"},
             row{"Resources:\n  A:\n    Properties: {}\n", template_errc::not_a_template,
                 "t.yaml:2: Resources.A"},
             row{"Description: x\n", template_errc::not_a_template, "no `Resources:` section"},
             row{"Resources:\n  A:\n    Type: AWS::IoT::Thing\n    DependsOn: B\n  B:\n    Type: "
                 "AWS::IoT::Thing\n    Properties: {ThingName: !Ref A}\n",
                 template_errc::references_circular, "it needs itself"},
             row{"Resources:\n  A:\n    Type: AWS::IoT::Policy\n    Properties:\n      "
                 "PolicyDocument: {Version: \"2012-10-17\", Statement: [{Effect: Maybe}]}\n",
                 template_errc::resource_refused,
                 "t.yaml:2: Resources.A: MalformedPolicyException"},
         }) {
        auto const refused = cloud.apply("t.yaml", text);
        CAPTURE(text);
        REQUIRE_FALSE(refused.has_value());
        CAPTURE(refused.error().detail);
        CHECK(refused.error().code == make_error_code(code));
        CHECK(refused.error().detail.find(detail) != std::string::npos);
    }
}
