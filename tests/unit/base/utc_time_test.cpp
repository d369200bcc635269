#include "base/utc_time.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace std::chrono_literals;

namespace {
utc_time const sample =
    utc_time(std::chrono::milliseconds(1767323045678)); // 2026-01-02T03:04:05.678Z
}

TEST_CASE("one instant in AWS's four spellings") {
    CHECK(print_basic(sample) == "20260102T030405Z");
    CHECK(print_extended(sample) == "2026-01-02T03:04:05Z");
    CHECK(print_log(sample) == "2026-01-02 03:04:05.678");
    CHECK(print_http(sample) == "Fri, 02 Jan 2026 03:04:05 GMT");
    CHECK(epoch_seconds(sample) == 1767323045);
}

TEST_CASE("each spelling reads back") {
    CHECK(parse_basic("20260102T030405Z") == sample - 678ms);
    CHECK(parse_http("Fri, 02 Jan 2026 03:04:05 GMT") == sample - 678ms);
    CHECK(parse_extended("2026-01-02T03:04:05Z") == sample - 678ms);
    CHECK(parse_extended("2026-01-02T03:04:05.678Z") == sample);
    CHECK(parse_extended("2026-01-02T12:04:05.678901+09:00") == sample);
    CHECK(parse_extended("2026-01-02") == sample - 3h - 4min - 5678ms);
    CHECK(parse_extended("2026-01-02T03:04Z") == sample - 5678ms);
}

TEST_CASE("what is no instant is nothing") {
    for (auto const* bad : {"", "20260102T030405", "20261302T030405Z", "20260230T030405Z",
                            "20260102T240405Z", "2026-01-02T03:04:05Z", "20260102T030405Zx"})
        CHECK_FALSE(parse_basic(bad));
    for (auto const* bad : {"", "2026", "2026-02-30", "2026-01-02T03:04:05",
                            "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+0"})
        CHECK_FALSE(parse_extended(bad));
    for (auto const* bad : {"", "Fri, 02 Foo 2026 03:04:05 GMT", "Fri, 02 Jan 2026 03:04:05"})
        CHECK_FALSE(parse_http(bad));
}

TEST_CASE("a leap day and an instant before 1970") {
    CHECK(print_basic(*parse_basic("20240229T235959Z")) == "20240229T235959Z");
    CHECK(print_basic(utc_time(-1ms)) == "19691231T235959Z");
}
