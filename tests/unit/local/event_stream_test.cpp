// The feeds as Server-Sent Events: what was there, what comes, where to go on after a hang-up, and
// readers that are too slow. Form: WHATWG HTML, "Server-sent events".
#include "cloud/world.hpp"
#include "local/event_stream.hpp"
#include "support/scripted_stream.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cogniot::local {
namespace {

using namespace std::chrono_literals;

struct stream_under_test {
    explicit stream_under_test(stream_limits limits = {}) {
        REQUIRE(log.open_file("/dev/null").has_value());
        stream.emplace(loop, log, time, limits);
        group.emplace(loop);
    }

    void happen(std::string_view client_id, bool success = false) {
        log.begin_request();
        log.write({.type = "Connect", .success = success, .client_id = client_id}, time.now(),
                  [&](log_fields& line) { line.text("clientId", client_id); });
        log.flush();
    }

    std::shared_ptr<test::scripted_peer> read(feed_query asked = {}, std::string last_id = {}) {
        auto peer = std::make_shared<test::scripted_peer>(loop);
        auto answer = stream->open(log.denials(), "denial", std::move(asked), last_id);
        if (auto* over = std::get_if<net::take_over>(&answer))
            group->spawn([peer, run = over->run] {
                return run(std::make_unique<test::scripted_stream>(peer), {}, {});
            });
        else
            peer->written = "refused " +
                            std::to_string(std::get<net::http_response>(answer).status) + " " +
                            std::get<net::http_response>(answer).body;
        return peer;
    }

    /// The client IDs of the events a reader got, one letter each, and `missed`.
    static std::string events(test::scripted_peer const& of) {
        std::string text;
        for (auto at = of.written.find("event: "); at != std::string::npos;
             at = of.written.find("event: ", at + 1)) {
            if (of.written.compare(at, 13, "event: missed") == 0)
                text += "missed ";
            auto const id = of.written.find("\"clientId\":\"", at);
            auto const next = of.written.find("event: ", at + 1);
            if (id < next)
                text += of.written[id + 12];
        }
        return text;
    }
    static std::string last_id(test::scripted_peer const& of) {
        auto const at = of.written.rfind("id: ") + 4;
        return of.written.substr(at, of.written.find('\n', at) - at);
    }

    void run(std::function<net::task<void>()> script) {
        auto main = [&]() -> net::task<void> {
            auto playing = script();
            co_await std::move(playing);
            group->cancel();
            auto joining = group->join();
            co_await std::move(joining);
        };
        loop.run_until_done(main);
    }

    net::loop loop;
    clock time;
    test::seeded_random random;
    cloud::world world;
    event_log log{world, log_level::error, random};
    std::optional<event_stream> stream;
    std::optional<net::task_group> group;
};

net::task<void> turns() {
    co_await net::sleep_for(20ms);
}

} // namespace

TEST_CASE("a reader gets what is there and then what comes, as events with IDs") {
    stream_under_test t;
    t.run([&]() -> net::task<void> {
        t.happen("a");
        auto reader = t.read();
        co_await turns();
        CHECK(
            reader->written.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"));
        CHECK(t.events(*reader) == "a");
        t.happen("b");
        t.happen("ok", true); // no refusal
        t.happen("c");
        co_await turns();
        CHECK(t.events(*reader) == "abc");
        CHECK(reader->written.ends_with("\n\n"));
        CHECK(reader->written.find("\nevent: denial\ndata: {\"timestamp\":") != std::string::npos);
    });
}

TEST_CASE("who comes back with Last-Event-ID gets what is new; a foreign ID means from the start") {
    stream_under_test t;
    t.run([&]() -> net::task<void> {
        t.happen("a");
        t.happen("b");
        auto first = t.read();
        co_await turns();
        auto const id = t.last_id(*first);
        t.happen("c");
        auto again = t.read({}, id);
        auto foreign = t.read({}, "1-2");
        auto nonsense = t.read({}, id + "x");
        co_await turns();
        CHECK(t.events(*again) == "c");
        CHECK(t.events(*foreign) == "abc");
        CHECK(t.events(*nonsense) == "abc");
    });
}

TEST_CASE("a question narrows the stream") {
    stream_under_test t;
    t.run([&]() -> net::task<void> {
        t.happen("a");
        auto only_b = t.read({.client_id = "b"});
        auto from_now = t.read({.since = t.time.now() + 1h});
        t.happen("b");
        t.happen("a");
        co_await turns();
        CHECK(t.events(*only_b) == "b");
        CHECK(t.events(*from_now).empty());
    });
}

TEST_CASE("who comes back too late is told that something is missing") {
    stream_under_test t;
    t.run([&]() -> net::task<void> {
        t.happen("a");
        auto first = t.read();
        co_await turns();
        auto const id = t.last_id(*first);
        for (int i = 0; i < 2'001; ++i) // what the feed of refusals holds, and one
            t.happen("z");
        auto late = t.read({}, id);
        auto fresh = t.read();
        co_await turns();
        CHECK(t.events(*late).starts_with("missed zz"));
        CHECK(t.events(*fresh).starts_with("zz"));
    });
}

TEST_CASE("a reader that takes nothing is hung up on, others are served on") {
    stream_under_test t({.max_batch_bytes = 4'096, .write_timeout = 50ms});
    t.run([&]() -> net::task<void> {
        auto slow = t.read();
        auto quick = t.read();
        co_await turns();
        slow->is_reading = false;
        for (int i = 0; i < 100; ++i)
            t.happen("x");
        co_await net::sleep_for(150ms);
        CHECK(slow->is_aborted);
        CHECK(t.events(*quick).size() == 100);
        CHECK_FALSE(quick->is_aborted);
    });
}

TEST_CASE("a reader that falls behind what is held is hung up on") {
    stream_under_test t({.max_batch_bytes = 1, .write_timeout = 10s});
    t.run([&]() -> net::task<void> {
        auto slow = t.read();
        co_await turns();
        slow->is_reading = false;
        t.happen("a");
        co_await turns();
        for (int i = 0; i < 2'100; ++i)
            t.happen("z");
        slow->is_reading = true;
        slow->may_write.notify();
        co_await turns();
        CHECK(slow->is_aborted);
        CHECK(t.events(*slow) == "a");
    });
}

TEST_CASE("silence is broken by a comment") {
    stream_under_test t({.heartbeat = 10ms});
    t.run([&]() -> net::task<void> {
        auto reader = t.read();
        co_await net::sleep_for(50ms);
        CHECK(reader->written.ends_with("\n:\n\n"));
    });
}

TEST_CASE("more readers than there may be are refused, and places are free again") {
    stream_under_test t({.max_readers = 1, .write_timeout = 10ms, .heartbeat = 10ms});
    t.run([&]() -> net::task<void> {
        auto first = t.read();
        co_await turns();
        CHECK(t.read()->written.starts_with(
            R"(refused 503 {"error":"1 readers stream events already)"));
        first->is_reading = false;
        co_await net::sleep_for(100ms);
        auto next = t.read();
        co_await turns();
        CHECK(next->written.starts_with("HTTP/1.1 200"));
    });
}

} // namespace cogniot::local
