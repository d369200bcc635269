// JSON Patch: examples of RFC 6902, appendix A, and of RFC 6901, section 5.
#include "json/parse.hpp"
#include "json/patch.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace cogniot;

TEST_CASE("add and replace do what RFC 6902 shows") {
    struct row {
        char const* source;
        char const* document;
        char const* patch;
        char const* expected;
    };
    row const rows[] = {
        {"A.1", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])",
         R"({"foo":"bar","baz":"qux"})"},
        {"A.2", R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
         R"({"foo":["bar","qux","baz"]})"},
        {"A.5", R"({"baz":"qux","foo":"bar"})", R"([{"op":"replace","path":"/baz","value":"boo"}])",
         R"({"baz":"boo","foo":"bar"})"},
        {"A.10", R"({"foo":"bar"})", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])",
         R"({"foo":"bar","child":{"grandchild":{}}})"},
        {"A.16", R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])",
         R"({"foo":["bar",["abc","def"]]})"},
        {"RFC 6901, 5: / and ~ are escaped", R"({"a/b":1,"m~n":8})",
         R"([{"op":"replace","path":"/a~1b","value":2},{"op":"replace","path":"/m~0n","value":3}])",
         R"({"a/b":2,"m~n":3})"},
        {"4.1: the whole document", R"({"a":1})", R"([{"op":"replace","path":"","value":[]}])",
         "[]"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.source);
        auto const patched =
            json::apply_patch(*json::parse(r.document), json::parse(r.patch)->as_array());
        REQUIRE(patched.has_value());
        CHECK(json::print(*patched) == r.expected);
    }
}

TEST_CASE("a patch that does not fit is refused") {
    for (auto const* patch :
         {R"([{"op":"add","path":"/baz/bat","value":1}])", // A.12
          R"([{"op":"replace","path":"/nothing","value":1}])",
          R"([{"op":"add","path":"/list/9","value":1}])",
          R"([{"op":"add","path":"/list/01","value":1}])", R"([{"op":"remove","path":"/list"}])",
          R"([{"op":"add","path":"x"}])", R"([{"op":"add","path":"list","value":1}])", "[1]"}) {
        CAPTURE(patch);
        CHECK_FALSE(json::apply_patch(*json::parse(R"({"foo":"bar","list":[1]})"),
                                      json::parse(patch)->as_array())
                        .has_value());
    }
}

TEST_CASE("names become tokens") {
    CHECK(json::pointer_token("a/b~c") == "a~1b~0c");
    CHECK(json::read_pointer_token("a~1b~0c") == "a/b~c");
    CHECK(json::read_pointer_token("~01") == "~1"); // RFC 6901, section 4
}
