#include "fixture.hpp"
#include "net/with_timeout.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <thread>

using namespace cogniot;
using namespace cogniot::net;
using namespace std::chrono_literals;

TEST_CASE("a group's coroutines run beside each other and can be waited for") {
    test::run([](loop& on) -> task<void> {
        task_group group(on);
        int ended = 0;
        auto const child = [&ended]() -> task<void> {
            co_await sleep_for(100ms);
            ++ended;
        };
        auto const before = std::chrono::steady_clock::now();
        for (int i = 0; i < 10; ++i)
            group.spawn(child);
        CHECK(group.size() == 10);
        co_await group.join();
        CHECK(ended == 10);
        CHECK(group.size() == 0);
        CHECK(std::chrono::steady_clock::now() - before < 900ms);
    });
}

TEST_CASE("a cancelled coroutine stays cancelled, and so does what is spawned afterwards") {
    test::run([](loop& on) -> task<void> {
        task_group group(on);
        int refused = 0;
        auto const child = [&refused]() -> task<void> {
            bool const first = co_await sleep_for(1h);
            refused += first ? 0 : 1;
            bool const second = co_await sleep_for(1h);
            refused += second ? 0 : 1;
        };
        group.spawn(child);
        group.cancel();
        group.spawn(child);
        co_await group.join();
        CHECK(refused == 4);
    });
}

TEST_CASE("cancelling who joins cancels the group") {
    test::run([](loop& on) -> task<void> {
        task_group outer(on);
        bool inner_cancelled = false;
        outer.spawn([&]() -> task<void> {
            task_group inner(on);
            inner.spawn([&]() -> task<void> {
                bool const slept = co_await sleep_for(1h);
                inner_cancelled = !slept;
            });
            co_await inner.join();
            CHECK(inner_cancelled);
        });
        co_await sleep_for(5ms);
        outer.cancel();
        co_await outer.join();
        CHECK(inner_cancelled);
    });
}

TEST_CASE("a signal wakes every waiter, is remembered once, and can be waited for in vain") {
    test::run([](loop& on) -> task<void> {
        cogniot::net::signal news(on);
        news.notify();
        news.notify();
        bool const remembered = co_await news.wait();
        CHECK(remembered);
        bool const twice = co_await news.wait(5ms);
        CHECK_FALSE(twice);
        task_group group(on);
        int woken = 0;
        for (int i = 0; i < 3; ++i)
            group.spawn([&]() -> task<void> {
                bool const is_awake = co_await news.wait(10s);
                woken += is_awake ? 1 : 0;
            });
        news.notify();
        co_await group.join();
        CHECK(woken == 3);
        bool const again = co_await news.wait(5ms);
        CHECK_FALSE(again);
    });
}

TEST_CASE("a timeout cancels the work, waits for its end and says so") {
    test::run([](loop&) -> task<void> {
        bool cleaned_up = false;
        auto const slow = [](bool& cleaned) -> task<result<int>> {
            bool const slept = co_await sleep_for(1h);
            if (!slept) {
                cleaned = true;
                co_return fail(errc::cancelled);
            }
            co_return 1;
        };
        auto late = with_timeout(10ms, slow(cleaned_up));
        auto const outcome = co_await std::move(late);
        CHECK(outcome.error().code == make_error_code(errc::timed_out));
        CHECK(cleaned_up);

        auto const quick = []() -> task<result<int>> { co_return 7; };
        auto soon = with_timeout(1s, quick());
        auto const answer = co_await std::move(soon);
        CHECK(answer.value() == 7);
    });
}

TEST_CASE("cancelling who waits with a timeout cancels the work, and that is no timeout") {
    test::run([](loop& on) -> task<void> {
        task_group group(on);
        error_code seen;
        group.spawn([&]() -> task<void> {
            auto const slow = []() -> task<result<int>> {
                bool const slept = co_await sleep_for(1h);
                if (!slept)
                    co_return fail(errc::cancelled);
                co_return 1;
            };
            auto bounded = with_timeout(1h, slow());
            auto const outcome = co_await std::move(bounded);
            seen = outcome.error().code;
        });
        co_await sleep_for(5ms);
        group.cancel();
        co_await group.join();
        CHECK(seen == make_error_code(errc::cancelled));
    });
}

TEST_CASE("post reaches the loop from another thread, and stop ends run") {
    loop on;
    int ran = 0;
    std::thread other;
    task_group group(on);
    group.spawn([]() -> task<void> { co_await sleep_for(1h); });
    other = std::thread([&] {
        on.post([&] { ++ran; });
        on.post([&] { on.stop(); });
    });
    on.run();
    other.join();
    CHECK(ran == 1);
    group.cancel();
    on.run();
    CHECK(group.size() == 0);
}

TEST_CASE("what a main coroutine throws comes out of run_until_done") {
    loop on;
    CHECK_THROWS_AS(on.run_until_done([]() -> task<void> {
        co_await sleep_for(1ms);
        throw std::runtime_error("expected by the test");
    }),
                    std::runtime_error);
}

TEST_CASE("SIGTERM calls the handler") {
    loop on;
    bool told = false;
    on.on_termination([&] {
        told = true;
        on.stop();
    });
    on.post([] { std::raise(SIGTERM); });
    on.run();
    CHECK(told);
}

TEST_CASE("a loop that goes while coroutines wait releases what they hold") {
    auto held = std::make_shared<int>(1);
    {
        loop on;
        task_group group(on);
        group.spawn([held]() -> task<void> { co_await sleep_for(1h); });
        on.run_until_done([]() -> task<void> { co_await sleep_for(1ms); });
        CHECK(held.use_count() == 2);
    }
    CHECK(held.use_count() == 1);
}
