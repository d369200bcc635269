// Topics by rows: tests/vectors/topic/*.json, each for the standard's rules and for AWS IoT's.
#include "json/parse.hpp"
#include "mqtt/codec.hpp"
#include "mqtt/topic.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>

using namespace cogniot;
using namespace cogniot::mqtt;

namespace {

boost::json::array rows(char const* file) {
    std::ifstream in(std::string(COGNIOT_VECTORS "/topic/") + file);
    REQUIRE(in.good());
    std::string const text{std::istreambuf_iterator<char>(in), {}};
    auto const parsed = json::parse(text);
    REQUIRE_MESSAGE(parsed.has_value(), parsed.error().message());
    return parsed->as_array();
}

std::string outcome(result<void> const& r) {
    static std::map<errc, std::string> const names{{errc::not_utf8, "not_utf8"},
                                                   {errc::string_too_long, "string_too_long"},
                                                   {errc::topic_empty, "topic_empty"},
                                                   {errc::topic_has_wildcard, "topic_has_wildcard"},
                                                   {errc::topic_too_long, "topic_too_long"},
                                                   {errc::topic_too_deep, "topic_too_deep"},
                                                   {errc::filter_malformed, "filter_malformed"}};
    return r ? "ok" : names.at(static_cast<errc>(r.error().code.value()));
}

} // namespace

TEST_CASE("filters match topics by both rules for the parent [vectors/topic/matches.json]") {
    for (auto const& each : rows("matches.json")) {
        auto const& row = each.as_object();
        CAPTURE(*json::find_string(row, "id"));
        auto const filter = *json::find_string(row, "filter");
        auto const topic = *json::find_string(row, "topic");
        CHECK(matches(filter, topic, parent_rule::hash_matches_parent) ==
              *json::find_bool(row, "standard"));
        CHECK(matches(filter, topic, parent_rule::hash_below_parent_only) ==
              *json::find_bool(row, "aws"));
    }
}

TEST_CASE("topics and filters are checked by both limits [vectors/topic/checks.json]") {
    for (auto const& each : rows("checks.json")) {
        auto const& row = each.as_object();
        CAPTURE(*json::find_string(row, "id"));
        std::string text;
        for (auto n = json::find_integer(row, "repeat").value_or(1); n > 0; --n)
            text += *json::find_string(row, "text");
        auto const check = *json::find_string(row, "kind") == "topic" ? check_topic : check_filter;
        CHECK(outcome(check(text, {})) == *json::find_string(row, "standard"));
        CHECK(outcome(check(text, aws_topic_limits)) == *json::find_string(row, "aws"));
    }
}

TEST_CASE("a shared filter is taken apart (MQTT 5, 4.8.2)") {
    CHECK(split_shared("$share/g/a/#").name == "g");
    CHECK(split_shared("$share/g/a/#").filter == "a/#");
    CHECK(split_shared("a/$share/b").name.empty());
    CHECK(split_shared("a/$share/b").filter == "a/$share/b");
}

TEST_CASE("a topic that is not UTF-8 is refused, surrogates included [MQTT-1.5.3-1]") {
    CHECK(outcome(check_topic("a/\xff")) == "not_utf8");
    CHECK(outcome(check_topic("\xed\xa0\x80")) == "not_utf8");
    CHECK(outcome(check_filter("12345678\xc3")) == "not_utf8");
}
