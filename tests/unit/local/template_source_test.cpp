#include "local/template/errors.hpp"
#include "local/template/source.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::local;

TEST_CASE("YAML with short tags and JSON with long names are the same template") {
    auto const yaml = read_template("t.yaml", R"(
Resources:
  A:
    Type: AWS::IoT::Thing
    Properties:
      ThingName: !Sub "${AWS::Region}-x"
      Other: [!Ref B, !GetAtt C.Arn, !Join ["-", [a, 1, true]]]
)");
    auto const json = read_template("t.json", R"({"Resources": {"A": {"Type": "AWS::IoT::Thing",
        "Properties": {"ThingName": {"Fn::Sub": "${AWS::Region}-x"},
        "Other": [{"Ref": "B"}, {"Fn::GetAtt": ["C", "Arn"]}, {"Fn::Join": ["-", ["a", 1, true]]}]}}}})");
    REQUIRE(yaml.has_value());
    REQUIRE(json.has_value());
    CHECK(yaml->root == json->root);
}

TEST_CASE("a place names file, line and key") {
    auto const source = read_template("t.yaml", "Resources:\n  A:\n    Type: X\n    Properties:\n"
                                                "      List:\n        - a\n        - b: 1\n");
    REQUIRE(source.has_value());
    CHECK(source->place("Resources.A") == "t.yaml:2: Resources.A");
    CHECK(source->place("Resources.A.Properties.List[1].b") ==
          "t.yaml:7: Resources.A.Properties.List[1].b");
    CHECK(source->place("Resources.A.Nothing.Here") == "t.yaml:2: Resources.A.Nothing.Here");
}

TEST_CASE("what looks like a number is one, unless digits would be lost") {
    auto const source = read_template(
        "t.yaml",
        "n: 8\nzero: 012345678901\nquoted: \"8\"\nflag: true\ntext: 2012-10-17\nnone: ~\n");
    REQUIRE(source.has_value());
    CHECK(source->root.at("n") == 8);
    CHECK(source->root.at("zero") == "012345678901");
    CHECK(source->root.at("quoted") == "8");
    CHECK(source->root.at("flag") == true);
    CHECK(source->root.at("text") == "2012-10-17");
    CHECK(source->root.at("none").is_null());
}

TEST_CASE("a wrong template says where") {
    struct row {
        char const* file;
        std::string text;
        template_errc code;
        char const* detail;
    };
    std::string many_aliases = "a: &a [1,1,1,1,1,1,1,1,1,1]\n";
    for (char c = 'b'; c < 'h'; ++c) {
        many_aliases += std::string(1, c) + ": &" + c + " [";
        for (int i = 0; i < 10; ++i)
            many_aliases += std::string("*") + static_cast<char>(c - 1) + (i < 9 ? "," : "]\n");
    }
    for (auto const& [file, text, code, detail] : {
             row{"t.yaml", "a: [1\nb: 2\n", template_errc::not_readable, "t.yaml:2:"},
             row{"t.json", "{\"a\": [1,]}", template_errc::not_readable,
                 "t.json: line 1, column 10: a comma before the closing `]`"},
             row{"t.yaml", "- a\n", template_errc::not_readable, "no top-level sections"},
             row{"t.yaml", "", template_errc::not_readable, "no top-level sections"},
             row{"t.yaml", "A: 1\nB: 2\nA: 3\n", template_errc::not_readable,
                 "t.yaml:3: `A` is given twice"},
             row{"t.yaml", "# settings\na: 1\n---\nb: 1\n", template_errc::not_readable,
                 "t.yaml:4: a second YAML document, behind `---`, would have no effect"},
             row{"t.yaml", many_aliases, template_errc::not_readable, "more than 100000 nodes"},
         }) {
        auto const source = read_template(file, text);
        REQUIRE_FALSE(source.has_value());
        CAPTURE(source.error().detail);
        CHECK(source.error().code == make_error_code(code));
        CHECK(source.error().detail.find(detail) != std::string::npos);
    }
}
