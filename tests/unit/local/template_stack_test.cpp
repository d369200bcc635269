#include "cloud/world.hpp"
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
