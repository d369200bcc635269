// Streams that nobody waits on: told when ready, asked, never blocked.
#include "fixture.hpp"
#include "net/io_threads.hpp"
#include "net/watched.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace cogniot;
using namespace cogniot::net;
using namespace std::chrono_literals;
using test::site;

namespace {

/// Sends back what comes, with as little or as much as the stream takes at a time.
struct watched_echo final : watcher {
    watched_echo(loop& l, watched_ptr w) : wire(std::move(w)), ended(l) {}
    void on_ready() override {
        for (bool more = true; more && !why;) {
            auto const got = wire->take();
            if (got)
                owed.append(got->data(), got->size());
            else
                why = got.error();
            more = wire->has_more();
        }
        while (!owed.empty()) {
            auto const sent = wire->give(owed);
            if (!sent || *sent == 0)
                break;
            owed.erase(0, *sent);
        }
        if (why)
            ended.notify();
    }
    watched_ptr wire;
    signal ended;
    std::string owed;
    std::optional<error> why;
};

using echo_ptr = std::shared_ptr<watched_echo>;

/// Begins to watch; asked once, for what came before.
void begin(loop& l, io_threads& by, stream_ptr peer, echo_ptr& into) {
    into = std::make_shared<watched_echo>(l, by.carry(std::move(peer)));
    REQUIRE(into->wire->watch(*into));
    into->on_ready();
}

/// TLS or not, on the loop or on threads.
constexpr std::array<std::pair<bool, unsigned>, 4> ways{
    {{false, 0}, {true, 0}, {false, 2}, {true, 2}}};

constexpr std::size_t much = 3'000'000;

std::string pattern() {
    std::string bytes(much, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(i * 7 + i / 251);
    return bytes;
}

/// Writes all of it in pieces while all of it comes back.
task<void> talk(loop& l, stream& with) {
    auto const sent = pattern();
    task_group writing(l);
    writing.spawn([&]() -> task<void> {
        std::string_view rest = sent;
        for (std::size_t size = 1; !rest.empty(); size = size * 3 % 100'003 + 1) {
            auto const part = rest.substr(0, size);
            auto const written = co_await with.write(part);
            REQUIRE(written.has_value());
            rest.remove_prefix(part.size());
        }
    });
    auto reading = test::read_exactly(with, sent.size());
    auto const got = co_await std::move(reading);
    CHECK(got == sent);
    co_await writing.join();
}

} // namespace

TEST_CASE("a watched connection takes and gives whole streams, plain and over TLS") {
    for (auto const& [is_secure, threads] : ways)
        test::run([is_secure = is_secure, threads = threads](loop& l) -> task<void> {
            io_threads by(l, threads);
            echo_ptr echo;
            site there(l, std::function<task<void>(stream_ptr)>([&](stream_ptr peer) -> task<void> {
                           begin(l, by, std::move(peer), echo);
                           co_return;
                       }));
            auto connecting =
                connect(is_secure ? there.secure() : there.plain(), test::local_trust().client, 5s);
            auto connected = co_await std::move(connecting);
            REQUIRE(connected.has_value());
            auto talking = talk(l, **connected);
            co_await std::move(talking);
            // No coroutine stands behind it: only the one that accepts is left.
            CHECK(there.running() == 1);
            co_await (*connected)->shutdown();
            co_await echo->ended.wait(5s);
            REQUIRE(echo->why);
            CHECK(echo->why->code == make_error_code(errc::end_of_stream));
            echo.reset();
            co_await there.stop();
        });
}

TEST_CASE("a watched WebSocket takes payloads and gives frames, answers pings and Close") {
    for (auto const& [is_secure, threads] : ways)
        test::run([is_secure = is_secure, threads = threads](loop& l) -> task<void> {
            io_threads by(l, threads);
            echo_ptr echo;
            site there(l, [&](http_request const&, stream const&) -> task<http_answer> {
                co_return take_over{[&](stream_ptr peer, http_request request,
                                        std::string already_read) -> task<void> {
                    auto accepting = accept_websocket(std::move(peer), std::move(request),
                                                      std::move(already_read), "mqtt", much);
                    auto accepted = co_await std::move(accepting);
                    REQUIRE(accepted.has_value());
                    begin(l, by, std::move(*accepted), echo);
                }};
            });
            auto const to = is_secure ? there.secure() : there.plain();
            auto connecting = connect(to, test::local_trust().client, 5s);
            auto connected = co_await std::move(connecting);
            REQUIRE(connected.has_value());
            auto upgrading =
                upgrade_to_websocket(std::move(*connected), to.host_header(), "/mqtt", "mqtt", {});
            auto upgraded = co_await std::move(upgrading);
            REQUIRE(upgraded.has_value());
            auto talking = talk(l, **upgraded);
            co_await std::move(talking);
            co_await (*upgraded)->shutdown(); // waits for the other end's Close
            co_await echo->ended.wait(5s);
            REQUIRE(echo->why);
            CHECK(echo->why->code == make_error_code(errc::websocket_closed));
            echo.reset();
            co_await there.stop();
        });
}

TEST_CASE("an end that arrives together with the last bytes is told, too") {
    for (unsigned const threads : {0U, 1U})
        test::run([threads](loop& l) -> task<void> {
            io_threads by(l, threads);
            echo_ptr echo;
            site there(l, std::function<task<void>(stream_ptr)>([&](stream_ptr peer) -> task<void> {
                           begin(l, by, std::move(peer), echo);
                           co_return;
                       }));
            auto opening = test::open_plain(there);
            auto here = co_await std::move(opening);
            co_await here->write("first");
            auto reading = test::read_exactly(*here, 5);
            co_await std::move(reading);
            // The loop does not turn in between: both are there when the other end is told.
            co_await here->write("last");
            here->abort();
            co_await echo->ended.wait(2s);
            CHECK(echo->why.has_value());
            echo.reset();
            co_await there.stop();
        });
}

TEST_CASE("a connection that is no longer watched can be waited on, and be said goodbye to") {
    test::run([](loop& l) -> task<void> {
        io_threads by(l, 0);
        stream* there_is = nullptr;
        echo_ptr echo;
        site there(l, std::function<task<void>(stream_ptr)>([&](stream_ptr peer) -> task<void> {
                       there_is = peer.get();
                       begin(l, by, std::move(peer), echo);
                       co_return;
                   }));
        auto opening = test::open_plain(there);
        auto here = co_await std::move(opening);
        co_await here->write("ab");
        auto reading = test::read_exactly(*here, 2);
        auto const echoed = co_await std::move(reading);
        CHECK(echoed == "ab");
        echo->wire->unwatch();
        co_await here->write("cd");
        std::string into(2, '\0');
        auto const got = co_await there_is->read_some(into);
        REQUIRE(got.has_value());
        CHECK(into.substr(0, *got) == std::string("cd").substr(0, *got));
        auto closing = there_is->shutdown();
        task_group goodbyes(l);
        goodbyes.spawn([&]() -> task<void> { co_await std::move(closing); });
        auto rest = test::read_all(*here);
        auto const last = co_await std::move(rest);
        CHECK(last.empty());
        here.reset();
        co_await goodbyes.join();
        echo.reset();
        co_await there.stop();
    });
}

TEST_CASE(
    "on a thread, what was given leaves before the end, and a reader that waits holds it up") {
    test::run([](loop& l) -> task<void> {
        io_threads by(l, 1);
        echo_ptr echo;
        site there(l, std::function<task<void>(stream_ptr)>([&](stream_ptr peer) -> task<void> {
                       begin(l, by, std::move(peer), echo);
                       co_return;
                   }));
        auto opening = test::open_plain(there);
        auto here = co_await std::move(opening);
        co_await here->write("x");
        auto reading = test::read_exactly(*here, 1);
        co_await std::move(reading);
        // More than sockets take: give() stops taking, and what it took is bounded.
        auto const sent = pattern() + pattern() + pattern();
        std::size_t given = 0;
        for (int calm = 0; calm < 5 && given < sent.size();) {
            auto const part = echo->wire->give(std::string_view(sent).substr(given));
            REQUIRE(part.has_value());
            CHECK(*part <= 64 << 10);
            given += *part;
            calm = *part == 0 ? calm + 1 : 0;
            co_await sleep_for(5ms);
        }
        CHECK(given > 0);
        // Nobody watches any more, and it ends: all that was taken arrives, then the end.
        echo->wire->unwatch();
        task_group goodbyes(l);
        goodbyes.spawn([&] { return echo->wire->shutdown(); });
        auto rest = test::read_all(*here);
        auto const last = co_await std::move(rest);
        CHECK(last == std::string_view(sent).substr(0, given));
        here.reset();
        co_await goodbyes.join();
        echo.reset();
        co_await there.stop();
    });
}

TEST_CASE("on threads, a sender that floods is stopped until what it sent is taken") {
    test::run([](loop& l) -> task<void> {
        struct sleeper final : watcher {
            void on_ready() override {}
        };
        io_threads by(l, 1);
        sleeper nobody;
        watched_ptr wire;
        site there(l, std::function<task<void>(stream_ptr)>([&](stream_ptr peer) -> task<void> {
                       wire = by.carry(std::move(peer));
                       REQUIRE(wire->watch(nobody));
                       co_return;
                   }));
        auto opening = test::open_plain(there);
        auto here = co_await std::move(opening);
        auto const sent = pattern() + pattern() + pattern();
        task_group writing(l);
        writing.spawn([&]() -> task<void> { co_await here->write(sent); });
        co_await sleep_for(100ms);
        std::string got;
        std::size_t largest = 0;
        while (got.size() < sent.size()) {
            auto const part = wire->take();
            REQUIRE(part.has_value());
            largest = std::max(largest, part->size());
            got.append(part->data(), part->size());
            co_await sleep_for(1ms);
        }
        CHECK(got == sent);
        CHECK(largest < 128 << 10);
        co_await writing.join();
        wire.reset();
        co_await there.stop();
    });
}

TEST_CASE("threads that end close what they carry, in the middle of it") {
    for (int round = 0; round < 20; ++round)
        test::run([round](loop& l) -> task<void> {
            auto by = std::make_unique<io_threads>(l, 2);
            std::vector<echo_ptr> echoes;
            site there(l, std::function<task<void>(stream_ptr)>([&](stream_ptr peer) -> task<void> {
                           begin(l, *by, std::move(peer), echoes.emplace_back());
                           co_return;
                       }));
            std::vector<stream_ptr> all;
            for (int i = 0; i < 8; ++i) {
                auto opening = test::open_plain(there);
                all.push_back(co_await std::move(opening));
                co_await all.back()->write("some bytes");
            }
            co_await sleep_for(std::chrono::milliseconds(round % 3));
            task_group goodbyes(l);
            for (std::size_t i = 0; i < echoes.size(); i += 2)
                goodbyes.spawn([one = echoes[i]] { return one->wire->shutdown(); });
            goodbyes.cancel();
            co_await goodbyes.join();
            echoes.clear();
            by.reset();
            for (auto const& one : all) {
                auto rest = test::read_all(*one);
                auto const last = co_await std::move(rest);
                CHECK(last.size() <= 10);
            }
            co_await there.stop();
        });
}
