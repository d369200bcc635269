// Streams that nobody waits on: told when ready, asked, never blocked.
#include "fixture.hpp"
#include "net/watched.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

using namespace cogniot;
using namespace cogniot::net;
using namespace std::chrono_literals;
using test::site;

namespace {

/// Sends back what comes, with as little or as much as the stream takes at a time.
struct watched_echo final : watcher {
    watched_echo(loop& l, stream_ptr s)
        : stream(std::move(s)), wire(*find_watched(*stream)), ended(l) {}
    void on_ready() override {
        for (bool more = true; more && !why;) {
            auto const got = wire.take();
            if (got)
                owed.append(got->data(), got->size());
            else
                why = got.error();
            more = wire.has_more();
        }
        while (!owed.empty()) {
            auto const sent = wire.give(owed);
            if (!sent || *sent == 0)
                break;
            owed.erase(0, *sent);
        }
        if (why)
            ended.notify();
    }
    stream_ptr stream;
    watched& wire;
    signal ended;
    std::string owed;
    std::optional<error> why;
};

using echo_ptr = std::shared_ptr<watched_echo>;

/// Begins to watch; asked once, for what came before.
void begin(loop& l, stream_ptr peer, echo_ptr& into) {
    into = std::make_shared<watched_echo>(l, std::move(peer));
    REQUIRE(into->wire.watch(*into));
    into->on_ready();
}

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
    for (bool const is_secure : {false, true})
        test::run([=](loop& l) -> task<void> {
            echo_ptr echo;
            site there(l, std::function<task<void>(stream_ptr)>([&](stream_ptr peer) -> task<void> {
                           begin(l, std::move(peer), echo);
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
    for (bool const is_secure : {false, true})
        test::run([=](loop& l) -> task<void> {
            echo_ptr echo;
            site there(l, [&](http_request const&, stream const&) -> task<http_answer> {
                co_return take_over{[&](stream_ptr peer, http_request request,
                                        std::string already_read) -> task<void> {
                    auto accepting = accept_websocket(std::move(peer), std::move(request),
                                                      std::move(already_read), "mqtt", much);
                    auto accepted = co_await std::move(accepting);
                    REQUIRE(accepted.has_value());
                    begin(l, std::move(*accepted), echo);
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
    test::run([](loop& l) -> task<void> {
        echo_ptr echo;
        site there(l, std::function<task<void>(stream_ptr)>([&](stream_ptr peer) -> task<void> {
                       begin(l, std::move(peer), echo);
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
        echo_ptr echo;
        site there(l, std::function<task<void>(stream_ptr)>([&](stream_ptr peer) -> task<void> {
                       begin(l, std::move(peer), echo);
                       co_return;
                   }));
        auto opening = test::open_plain(there);
        auto here = co_await std::move(opening);
        co_await here->write("ab");
        auto reading = test::read_exactly(*here, 2);
        auto const echoed = co_await std::move(reading);
        CHECK(echoed == "ab");
        echo->wire.unwatch();
        co_await here->write("cd");
        std::string into(2, '\0');
        auto const got = co_await echo->stream->read_some(into);
        REQUIRE(got.has_value());
        CHECK(into.substr(0, *got) == std::string("cd").substr(0, *got));
        auto closing = echo->stream->shutdown();
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
