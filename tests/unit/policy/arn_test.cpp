// What an ARN is made of.
#include "policy/arn.hpp"

#include <doctest/doctest.h>

using namespace cogniot;

TEST_CASE("a region is words with a number last [AWS General Reference, \"Regional endpoints\"]") {
    struct {
        std::string_view text;
        bool is_one;
    } const rows[]{
        {"ap-northeast-1", true}, {"us-gov-west-1", true},    {"cn-north-1", true},
        {"us-isob-east-1", true}, {"mx-central-1", true},     {"", false},
        {"nowhere", false},       {"Tokyo", false},           {"ap-northeast", false},
        {"ap-1", false},          {"ap-northeast-", false},   {"apx-northeast-1", false},
        {"ap--1", false},         {"ap-northeast-1a", false}, {"ap-Northeast-1", false},
    };
    for (auto const& row : rows)
        CHECK_MESSAGE(policy::is_region(row.text) == row.is_one, row.text);
}
