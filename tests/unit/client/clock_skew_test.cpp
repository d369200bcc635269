#include "client/clock_skew.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using namespace std::chrono_literals;

namespace {
utc_time const noon = *parse_extended("2026-01-02T12:00:00Z");
}

TEST_CASE("a clock that is right is left alone") {
    clock_skew skew;
    CHECK(skew.signing_time(noon) == noon);
    skew.observe(print_http(noon + 239s), noon, noon);
    CHECK_FALSE(skew.is_correcting());
    CHECK(skew.report().empty());
    CHECK(skew.signing_time(noon) == noon);
}

TEST_CASE("four minutes off: signing follows the server's clock, and a person is told") {
    clock_skew skew;
    skew.observe(print_http(noon + 432s), noon, noon + 100ms);
    CHECK(skew.is_correcting());
    CHECK(skew.report() == "this machine's clock is 7 min 12 s behind AWS's");
    auto const corrected = skew.signing_time(noon);
    CHECK(corrected - noon >= 431s);
    CHECK(corrected - noon <= 433s);
    skew.observe(print_http(noon - 2h), noon, noon);
    CHECK(skew.report() == "this machine's clock is 2 h 0 min ahead of AWS's");
}

TEST_CASE("text that is no date teaches nothing") {
    clock_skew skew;
    skew.observe("yesterday", noon, noon);
    CHECK_FALSE(skew.measured());
}
