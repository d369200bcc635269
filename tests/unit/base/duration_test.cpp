#include "base/duration.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using std::chrono::seconds;

TEST_CASE("a duration is shown in the largest unit that makes it a whole number") {
    CHECK(print_duration(seconds(86'400)) == "24 hours");
    CHECK(print_duration(seconds(3'600)) == "1 hour");
    CHECK(print_duration(seconds(5'400)) == "90 minutes");
    CHECK(print_duration(seconds(100)) == "100 seconds");
    CHECK(print_duration(seconds(1)) == "1 second");
    CHECK(print_duration(seconds(0)) == "0 seconds");
}

TEST_CASE("a duration is read from a number and its unit, a thousand years at most") {
    CHECK(parse_duration("90s") == seconds(90));
    CHECK(parse_duration("2h") == seconds(7'200));
    CHECK(parse_duration("1w") == seconds(604'800));
    CHECK(parse_duration("9223372036854775807d") == seconds(31'557'600'000));
    for (auto const* bad : {"", "s", "1", "-1s", "1 s", "1.5h", "1y"})
        CHECK_MESSAGE(!parse_duration(bad), bad);
}
