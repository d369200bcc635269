#include "json/parse.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace cogniot;

TEST_CASE("an error says line, column and what is wrong") {
    struct row {
        char const* text;
        std::string_view detail;
    };
    for (auto const& [text, detail] :
         {row{"{\n  \"a\": [1,]\n}", "line 2, column 11: a comma before the closing `]`"},
          row{"{\"a\": 1,}", "line 1, column 9: a comma before the closing `}`"},
          row{"", "line 1, column 1: the text is empty"},
          row{"{\"a\": ", "line 1, column 7: the text ends too early"},
          row{"{'a': 1}", "line 1, column 2: text is quoted with \", not '"},
          row{"[\"1e400 \\\" \", 1e308, true, -1e400]",
              "line 1, column 28: a number is beyond what a double holds"},
          row{"[1] x", "line 1, column 5: more text after the end of the value"}}) {
        CAPTURE(text);
        auto const parsed = json::parse(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code == make_error_code(json::errc::not_json));
        CHECK(parsed.error().detail == detail);
    }
}

TEST_CASE("limits are checked before memory is taken") {
    CHECK(json::parse(std::string(65, ' '), {.max_bytes = 64}).error().code ==
          make_error_code(json::errc::too_large));
    CHECK(json::parse(std::string(40, '[')).error().code == make_error_code(json::errc::too_deep));
}

TEST_CASE("members are found by type, not by luck") {
    auto const parsed = json::parse_object(R"({"s":"x","i":3,"b":true,"o":{},"a":[],"n":null})");
    REQUIRE(parsed);
    CHECK(json::find_string(*parsed, "s") == "x");
    CHECK_FALSE(json::find_string(*parsed, "i"));
    CHECK(json::find_integer(*parsed, "i") == 3);
    CHECK(json::find_bool(*parsed, "b") == true);
    CHECK(json::find_object(*parsed, "o") != nullptr);
    CHECK(json::find_array(*parsed, "a") != nullptr);
    CHECK_FALSE(json::find_string(*parsed, "n"));
    CHECK(json::parse_object("[]").error().code == make_error_code(json::errc::not_an_object));
}
