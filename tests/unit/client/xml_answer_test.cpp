#include "client/errors.hpp"
#include "client/xml_answer.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;

TEST_CASE("XML becomes the values that botocore's query parser makes of it (botocore parsers.py)") {
    struct row {
        char const* id;
        std::string_view xml;
        std::string_view json;
    };
    for (auto const& r : {
             row{"text", "<A>x</A>", R"({"A":"x"})"},
             row{"elements", "<A><B>1</B><C>2</C></A>", R"({"A":{"B":"1","C":"2"}})"},
             row{"members", "<A><member>1</member><member>2</member></A>", R"({"A":["1","2"]})"},
             row{"one member is a list", "<A><member><N>x</N></member></A>",
                 R"({"A":[{"N":"x"}]})"},
             row{"empty", "<A><B/><C></C><D /></A>", R"({"A":{"B":"","C":"","D":""}})"},
             row{"declaration, comment, attribute",
                 "<?xml version=\"1.0\"?>\n<!-- c --><A xmlns=\"u\"><!-- d --><B>x</B></A>",
                 R"({"A":{"B":"x"}})"},
             row{"entities", "<A>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&#x20AC;</A>",
                 "{\"A\":\"<&>\\\"'AB\xE2\x82\xAC\"}"},
             row{"white space between elements", "<A>\n  <B>x</B>\n</A>", R"({"A":{"B":"x"}})"},
         }) {
        CAPTURE(r.id);
        auto const read = read_xml(r.xml);
        REQUIRE(read.has_value());
        CHECK(json::print(*read) == r.json);
    }
}

TEST_CASE("what is no XML is told with its place and never crashes") {
    for (std::string_view const xml :
         {"", "x", "<", "<A", "<A>", "<A></B>", "<A>&nbsp;</A>", "<A>&#x110000;</A>",
          "<A>&#xD800;</A>", "<A>&#57343;</A>", "<A>&amp</A>", "</A>", "<A><B></A></B>", "<!-- ",
          "<?xml", "<A><!-- </A>", "<A></", "<A></A"}) {
        CAPTURE(xml);
        auto const read = read_xml(xml);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().code == make_error_code(errc::answer_not_understood));
    }
    std::string deep;
    for (int i = 0; i < 1000; ++i)
        deep += "<A>";
    CHECK_FALSE(read_xml(deep).has_value());
}

TEST_CASE("a result is what stands in OPERATIONResult; operations without one have none") {
    auto const found = read_query_answer(
        "GetRole", "<GetRoleResponse><GetRoleResult><Role><RoleName>r</RoleName></Role>"
                   "</GetRoleResult><ResponseMetadata/></GetRoleResponse>");
    REQUIRE(found.has_value());
    CHECK(json::print(*found) == R"({"Role":{"RoleName":"r"}})");
    CHECK(read_query_answer("DeleteRole", "<DeleteRoleResponse><ResponseMetadata/>"
                                          "</DeleteRoleResponse>")
              ->empty());
    CHECK_FALSE(read_query_answer("GetRole", "<html>Bad gateway</html>").has_value());
}

TEST_CASE("a form is percent-encoded as RFC 3986 says, and empty values are left out") {
    CHECK(make_query_body("GetRole", "2010-05-08", {{"RoleName", "a b+c"}, {"Marker", ""}}) ==
          "Action=GetRole&Version=2010-05-08&RoleName=a%20b%2Bc");
}
