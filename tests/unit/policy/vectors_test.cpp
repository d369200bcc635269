// Every row of tests/vectors/policy/*.jsonl; what the members mean: tests/vectors/policy/README.md.
#include "policy/decide.hpp"
#include "policy/evaluate_line.hpp"
#include "support/policy_oracle.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace cogniot;
using boost::json::object;
using boost::json::value;

namespace {

/// `wanted` is a part of `actual`: its members are there and equal, deeply; other values are equal.
bool is_contained(value const& wanted, value const& actual) {
    if (!wanted.is_object())
        return wanted == actual;
    if (!actual.is_object())
        return false;
    for (auto const& [key, inside] : wanted.as_object()) {
        auto const* found = actual.as_object().if_contains(key);
        if (found == nullptr || !is_contained(inside, *found))
            return false;
    }
    return true;
}

void check_decision(object const& row, std::string const& text) {
    // A row is a line of `cogniot policy evaluate`; members it does not know are ignored.
    policy::document_cache cache;
    auto const answer = policy::evaluate_line(text, policy::kind::any, cache);
    CAPTURE(boost::json::serialize(answer));
    REQUIRE(answer.contains("decision"));
    CHECK(answer.at("decision") == row.at("decision"));
    if (auto const* telling = row.if_contains("telling")) {
        REQUIRE(answer.contains("because"));
        CHECK(is_contained(*telling, answer.at("because")));
    }
    if (auto const* words = row.if_contains("words"))
        CHECK(std::string(answer.at("words").as_string()).find(words->as_string()) !=
              std::string::npos);
}

void check_oracle(object const& row) {
    // The oracle reads policies that are objects, no principals, and only the plainest dates,
    // numbers and defaults; a row says so where it asks for more.
    if (row.contains("oracle") || row.contains("principal"))
        return;
    for (auto const& p : row.at("policies").as_array())
        if (p.is_string())
            return;
    CHECK(std::string(row.at("decision").as_string()) == test::decide_slowly(row));
}

void check_document(object const& row) {
    auto const what = policy::find_kind(row.at("kind").as_string());
    REQUIRE(what.has_value());
    auto const& given = row.at("document");
    auto const text =
        given.is_string() ? std::string(given.as_string()) : boost::json::serialize(given);
    policy::complaint why;
    auto const parsed = policy::document::parse(text, *what, &why);
    if (row.contains("valid")) {
        CHECK_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().detail));
        return;
    }
    REQUIRE_FALSE(parsed.has_value());
    CHECK(policy::print_for_aws(why, *what) == std::string(row.at("aws").as_string()));
    CAPTURE(parsed.error().detail);
    if (row.contains("line")) {
        CHECK(why.at.line == row.at("line").to_number<std::size_t>());
        CHECK(why.at.column == row.at("column").to_number<std::size_t>());
    }
    if (auto const* detail = row.if_contains("detail"))
        CHECK(parsed.error().detail.find(detail->as_string()) != std::string::npos);
}

} // namespace

TEST_CASE("every vector of tests/vectors/policy holds") {
    int rows = 0;
    for (auto const& file :
         std::filesystem::directory_iterator(std::filesystem::path(COGNIOT_VECTORS) / "policy")) {
        if (file.path().extension() != ".jsonl")
            continue;
        std::ifstream in(file.path());
        for (std::string text; std::getline(in, text); ++rows) {
            auto const row = boost::json::parse(text).as_object();
            std::string const id(row.at("id").as_string());
            CAPTURE(id);
            if (row.contains("document")) {
                check_document(row);
            } else {
                check_decision(row, text);
                check_oracle(row);
            }
        }
    }
    CHECK(rows >= 600);
}
