#include "json/indented.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

namespace cogniot::json {

TEST_CASE("what was parsed is printed as people write it (RFC 8259, section 6)") {
    struct row {
        std::string_view text;
        std::string_view printed;
    };
    for (auto const& [text, printed] : {
             row{R"({"t":22.5,"n":-0.001})", R"({"t":22.5,"n":-0.001})"},
             row{"5.0", "5.0"},
             row{"0.1", "0.1"},
             row{"-2.5e-7", "-2.5e-07"},
             row{"1e300", "1e+300"},
             row{"[1,2.25,\"a\\u00e9\\n\",null,true,{\"b\":[]},[0.5]]",
                 "[1,2.25,\"a\u00e9\\n\",null,true,{\"b\":[]},[0.5]]"},
             row{"18446744073709551615", "18446744073709551615"},
             row{"[]", "[]"},
             row{R"({"a":{},"q\"k":1.5})", R"({"a":{},"q\"k":1.5})"},
         }) {
        CAPTURE(text);
        auto const parsed = parse(text);
        REQUIRE(parsed);
        CHECK(print(*parsed) == printed);
        auto const again = parse(print(*parsed));
        REQUIRE(again);
        CHECK(*again == *parsed);
    }
}

TEST_CASE("every character of a text reads back as itself (RFC 8259, section 7)") {
    for (int c = 0; c < 0x80; ++c) {
        CAPTURE(c);
        auto const text = "\u3042" + std::string(1, static_cast<char>(c)) + "b\"\\";
        std::string printed = "before ";
        append_string(printed, text);
        REQUIRE(printed.starts_with("before \""));
        auto const again = parse(printed.substr(7));
        REQUIRE(again);
        CHECK(again->as_string() == text);
    }
    std::string nothing;
    append_string(nothing, "");
    CHECK(nothing == R"("")");
}

TEST_CASE("fractions are written the same way when people are to read them") {
    CHECK(print_indented(parse(R"({"a":[22.5,1e300],"b":"c"})").value()) ==
          R"({"a": [22.5, 1e+300], "b": "c"})");
}

} // namespace cogniot::json
