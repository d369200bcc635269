#include "client/retry.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using std::chrono::milliseconds;

TEST_CASE("three attempts in all, each wait at most min(2^i, 20) seconds (AWS standard mode)") {
    test::seeded_random random;
    retry_quota quota;
    retry_plan plan(quota, 3);
    auto const first = plan.next(failure::transient, random);
    REQUIRE(first);
    CHECK(*first <= milliseconds(1000));
    auto const second = plan.next(failure::throttled, random);
    REQUIRE(second);
    CHECK(*second <= milliseconds(2000));
    CHECK(plan.attempt() == 3);
    CHECK_FALSE(plan.next(failure::transient, random));
}

TEST_CASE("waits are spread over the whole range and never pass twenty seconds") {
    test::seeded_random random;
    milliseconds longest{0};
    milliseconds shortest{99999};
    for (int i = 0; i < 200; ++i) {
        retry_quota quota;
        retry_plan plan(quota, 9);
        std::optional<milliseconds> last;
        while (auto const wait = plan.next(failure::transient, random))
            last = wait;
        longest = std::max(longest, *last);
        shortest = std::min(shortest, *last);
    }
    CHECK(longest <= milliseconds(20'000));
    CHECK(longest > milliseconds(18'000));
    CHECK(shortest < milliseconds(2'000));
}

TEST_CASE("a final refusal is never tried again") {
    test::seeded_random random;
    retry_quota quota;
    CHECK_FALSE(retry_plan(quota, 3).next(failure::final, random));
    CHECK(quota.left() == 500);
}

TEST_CASE("retries stop when the bucket of 500 is empty, and success refills it") {
    test::seeded_random random;
    retry_quota quota;
    for (int i = 0; i < 50; ++i) {
        retry_plan plan(quota, 2);
        CHECK(plan.next(failure::timed_out, random)); // 10 each
    }
    CHECK(quota.left() == 0);
    CHECK_FALSE(retry_plan(quota, 2).next(failure::transient, random));
    retry_plan(quota, 2).succeeded();
    CHECK(quota.left() == 1);
    quota.give_back(10);
    retry_plan plan(quota, 2);
    CHECK(plan.next(failure::transient, random));
    CHECK(quota.left() == 6);
    plan.succeeded();
    CHECK(quota.left() == 11);
}

TEST_CASE("after the clock was corrected there is one more attempt, at once") {
    test::seeded_random random;
    retry_quota quota;
    retry_plan plan(quota, 5);
    CHECK(plan.next(failure::clock, random) == milliseconds(0));
    CHECK_FALSE(plan.next(failure::clock, random));
}
