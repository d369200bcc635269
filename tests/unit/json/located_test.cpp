#include "json/located.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace cogniot;

TEST_CASE("every value knows where it stood") {
    std::string_view const text = "{\n  \"a\": [1, \"zwei\"],\n  \"b\": {\"c\": null}\n}";
    auto const root = json::parse_located(text);
    REQUIRE(root.has_value());
    auto const* list = root->find("a");
    REQUIRE(list != nullptr);
    CHECK(json::find_place(text, list->begin) == json::place{2, 8});
    REQUIRE(list->items.size() == 2);
    CHECK(json::find_place(text, list->items[1].begin) == json::place{2, 12});
    CHECK(text.substr(list->items[1].begin, list->items[1].end - list->items[1].begin) ==
          "\"zwei\"");
    CHECK(list->items[1].text == "zwei");
    CHECK(json::find_place(text, root->members[1].begin) == json::place{3, 3});
    CHECK(root->find("b")->find("c")->what == json::located::type::null);
    CHECK(root->find("c") == nullptr);
}

TEST_CASE("what RFC 8259 refuses is refused, with its place and its likely cause") {
    struct row {
        std::string_view text;
        std::string_view detail;
    };
    for (auto const& [text, detail] : {
             row{"{\n  \"a\": [1,]\n}", "line 2, column 11: a comma before the closing `]`"},
             row{"{\"a\": 1,}", "line 1, column 9: a comma before the closing `}`"},
             row{"", "line 1, column 1: the text is empty"},
             row{"{\"a\": ", "line 1, column 7: the text ends too early"},
             row{"{'a': 1}", "line 1, column 2: text is quoted with \", not '"},
             row{"{// x\n}", "line 1, column 2: JSON has no comments"},
             row{"[1] x", "line 1, column 5: more text after the end of the value"},
             row{"[1 2]", "line 1, column 4: unexpected `2` (a comma or `]` was expected)"},
             row{"{\"a\" 1}", "line 1, column 6: unexpected `1` (`:` was expected)"},
             row{"{a: 1}", "line 1, column 2: unexpected `a` (a name in quotes was expected)"},
             row{"{\"a\":1,\n \"a\":2}", "line 2, column 2: `a` is given twice in one object"},
             row{"[01]", "line 1, column 2: a number does not begin with 0"},
             row{"[-01]", "line 1, column 2: a number does not begin with 0"},
             row{"[1.]", "line 1, column 4: unexpected `]` (a digit was expected)"},
             row{"[1e]", "line 1, column 4: unexpected `]` (a digit was expected)"},
             row{"[+1]", "line 1, column 2: unexpected `+` (a value was expected)"},
             row{"[NaN]", "line 1, column 2: unexpected `N` (a value was expected)"},
             row{"[nul]", "line 1, column 5: unexpected `]` (a value was expected)"},
             row{"[\"a\nb\"]", "line 1, column 4: a line break inside quoted text"},
             row{"[\"a\x01\"]", "line 1, column 4: a control character inside quoted text"},
             row{"[\"\\x\"]", "line 1, column 3: an escape that JSON does not have"},
             row{"[\"\\ud800\"]", "line 1, column 3: half of a surrogate pair"},
             row{"[\"\\udc00\"]", "line 1, column 3: half of a surrogate pair"},
             row{"[\"\\u12g4\"]", "line 1, column 3: an escape that JSON does not have"},
             row{"[\"\xff\"]", "line 1, column 2: the text that begins here is not UTF-8"},
             row{"[\"abc", "line 1, column 2: the text that begins here is never closed with \""},
             row{std::string_view("[\0]", 3), "line 1, column 2: unexpected `\\x00` (a value was "
                                              "expected)"},
         }) {
        CAPTURE(text);
        auto const parsed = json::parse_located(text);
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error().code == make_error_code(json::errc::not_json));
        CHECK(parsed.error().detail == detail);
    }
}

TEST_CASE("both readers agree on what is JSON and on what it says") {
    for (std::string_view text :
         {R"({"a":[1,-2.5e+3,true,false,null,"x\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"]})",
          "[]",
          "{}",
          " 0 ",
          "-0",
          "1E2",
          "\"\"",
          "[[[]]]",
          "[1,]",
          "[,1]",
          "01",
          "1.",
          ".5",
          "-",
          "tru",
          "\"\\u00\"",
          "{\"a\"}",
          "{\"a\":}",
          "[1]]",
          "\xEF\xBB\xBF[]"}) {
        CAPTURE(text);
        auto const ours = json::parse_located(text);
        auto const boosts = json::parse(text);
        CHECK(ours.has_value() == boosts.has_value());
    }
    auto const decoded = json::parse_located(R"("x\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")");
    REQUIRE(decoded.has_value());
    CHECK(decoded->text == "x\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x98\x80");
}

TEST_CASE("limits of size, depth and number of values hold") {
    CHECK(json::parse_located(std::string(65, ' '), {.max_bytes = 64}).error().code ==
          make_error_code(json::errc::too_large));
    CHECK(json::parse_located(std::string(40, '[')).error().code ==
          make_error_code(json::errc::too_deep));
    CHECK(json::parse_located(std::string(100'000, '['), {.max_depth = 64}).error().detail ==
          "line 1, column 65: more than 64 levels of nesting");
    std::string many = "[1";
    for (int i = 0; i < 200'000; ++i)
        many += ",1";
    CHECK(json::parse_located(many + "]").error().code == make_error_code(json::errc::too_large));
}
