#include "local/template/errors.hpp"
#include "local/template/parameters.hpp"
#include "local/template/policies.hpp"
#include "local/template/resolve.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::local;
using boost::json::value;

namespace {

name_scope names() {
    return {[](std::string_view name) -> std::optional<value> {
                if (name == "Pool")
                    return value("pool-1");
                if (name == "AWS::Region")
                    return value("ap-northeast-1");
                if (name == "Count")
                    return value(3);
                if (name == "AWS::NoValue")
                    return no_value();
                return {};
            },
            [](std::string_view resource, std::string_view attribute) -> std::optional<value> {
                if (resource == "Pool" && attribute == "Arn")
                    return value("arn:pool-1");
                return {};
            }};
}

result<value> resolved(std::string const& yaml) {
    auto const source = read_template("t.yaml", "v: " + yaml);
    REQUIRE(source.has_value());
    return resolve(source->root.at("v"), "v", *source, names());
}

} // namespace

TEST_CASE("intrinsic functions give what CloudFormation's reference says") {
    struct row {
        char const* yaml;
        char const* json;
    };
    for (auto const& [yaml, json] : {
             row{"!Ref Pool", "\"pool-1\""},
             row{"!GetAtt Pool.Arn", "\"arn:pool-1\""},
             row{"{\"Fn::GetAtt\": [Pool, Arn]}", "\"arn:pool-1\""},
             row{"!Sub \"a/${Pool}/${Pool.Arn}/${Count}\"", "\"a/pool-1/arn:pool-1/3\""},
             row{"!Sub \"${!cognito-identity.amazonaws.com:sub}\"",
                 "\"${cognito-identity.amazonaws.com:sub}\""},
             row{"!Sub [\"${X}-${Pool}\", {X: !Ref AWS::Region}]", "\"ap-northeast-1-pool-1\""},
             row{"!Join [\":\", [arn, !Ref Pool, 1]]", "\"arn:pool-1:1\""},
             row{"!Select [1, [a, b]]", "\"b\""},
             row{"!Split [\",\", \"a,b,\"]", "[\"a\",\"b\",\"\"]"},
             row{"!Select [\"0\", !Split [\"-\", !Ref Pool]]", "\"pool\""},
             row{"{a: !Ref AWS::NoValue, b: [!Ref AWS::NoValue, 1]}", "{\"b\":[1]}"},
             row{"{Ref: Pool, more: 1}", "{\"Ref\":\"Pool\",\"more\":1}"},
         }) {
        CAPTURE(yaml);
        auto const done = resolved(yaml);
        REQUIRE(done.has_value());
        CHECK(boost::json::serialize(*done) == json);
    }
}

TEST_CASE("a function that cannot be resolved names its place") {
    struct row {
        char const* yaml;
        template_errc code;
        char const* detail;
    };
    for (auto const& [yaml, code, detail] : {
             row{"!Ref Pol", template_errc::reference_unknown,
                 "t.yaml:1: v.Ref: there is no parameter or resource `Pol`"},
             row{"!GetAtt Pool.Nothing", template_errc::attribute_unknown,
                 "`Pool` has no attribute `Nothing`"},
             row{"!GetAtt Pol.Arn", template_errc::reference_unknown, "there is no resource `Pol`"},
             row{"!Sub \"${Pol}\"", template_errc::reference_unknown, "`Pol`"},
             row{"!Sub \"${Pool\"", template_errc::function_mistyped, "without a closing"},
             row{"!Join [a]", template_errc::function_mistyped, "a delimiter and a list"},
             row{"!Select [2, [a, b]]", template_errc::function_mistyped, "no element `2`"},
             row{"!ImportValue x", template_errc::function_not_supported, "Fn::ImportValue"},
         }) {
        auto const done = resolved(yaml);
        REQUIRE_FALSE(done.has_value());
        CAPTURE(done.error().detail);
        CHECK(done.error().code == make_error_code(code));
        CHECK(done.error().detail.find(detail) != std::string::npos);
    }
}

TEST_CASE("references are found wherever they hide") {
    auto const source =
        read_template("t.yaml", "v: [!Ref A, !GetAtt B.Arn, !Sub \"${C}${D.Arn}${!E}\", "
                                "!Sub [\"${F}${G}\", {F: !Ref H}], {\"Fn::GetAtt\": \"I.Arn\"}]");
    REQUIRE(source.has_value());
    std::set<std::string> found;
    collect_references(source->root, found);
    CHECK(found == std::set<std::string>{"A", "B", "C", "D", "G", "H", "I"});
}

TEST_CASE("parameters have their defaults, or the template cannot be used") {
    auto const read = [](char const* text) {
        auto const source = read_template("t.yaml", text);
        REQUIRE(source.has_value());
        return read_parameters(*source, {"123456789012", "eu-west-1", "stack"});
    };
    auto const good = read("Parameters:\n  N: {Type: Number, Default: 5}\n"
                           "  L: {Type: CommaDelimitedList, Default: \"a, b\"}\n");
    REQUIRE(good.has_value());
    CHECK(good->at("N") == "5");
    CHECK(good->at("L") == boost::json::array{"a", "b"});
    CHECK(good->at("AWS::AccountId") == "123456789012");
    CHECK(good->at("AWS::StackName") == "stack");
    auto const without = read("Parameters:\n  N: {Type: String}\n");
    REQUIRE_FALSE(without.has_value());
    CHECK(without.error().detail.starts_with("t.yaml:2: Parameters.N"));
    auto const other =
        read("Parameters:\n  N: {Type: String, Default: c, AllowedValues: [a, b]}\n");
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().code == make_error_code(template_errc::parameter_not_allowed));
}

TEST_CASE("a template's policies see parameters and pseudo parameters as its stack does") {
    auto const source = read_template("t.yaml", R"(
Parameters:
  Topics: {Type: CommaDelimitedList, Default: "topic/a, topic/b"}
  Port: {Type: Number, Default: 8883}
  Unknown: {Type: String}
Resources:
  P:
    Type: AWS::IoT::Policy
    Properties:
      PolicyDocument:
        Topics: !Ref Topics
        Port: !Ref Port
        Unknown: !Ref Unknown
        Mail: !Ref AWS::NotificationARNs
        Stack: !Ref AWS::StackId
)");
    REQUIRE(source.has_value());
    auto const found = find_policies(*source, "eu-west-1", "123456789012");
    REQUIRE(found.size() == 1);
    CHECK(found[0].text == R"({"Topics":["topic/a","topic/b"],"Port":"8883","Unknown":"Unknown",)"
                           R"("Mail":[],"Stack":"arn:aws:cloudformation:eu-west-1:123456789012:)"
                           R"(stack/AWS-StackName/cogniot"})");
    CHECK(path_of_pointer("D", "/Statement/0/Condition/StringEquals/aws:PrincipalTag~1a") ==
          "D.Statement[0].Condition.StringEquals.aws:PrincipalTag/a");
}
