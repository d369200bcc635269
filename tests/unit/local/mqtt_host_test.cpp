// The loop that decides durability: commit first, then send; and what happens to peers that are too
// slow, too old, or cut off by a disk that refuses.
#include "local/mqtt_host.hpp"
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

/// Calls back on each commit, and refuses when told to.
class watched_store final : public store::store {
  public:
    result<void>
    load(std::function<void(std::string_view, std::string_view, std::string_view)>) override {
        return {};
    }
    result<void> read(std::string_view, std::string_view, std::string_view,
                      std::function<bool(std::string_view, std::string_view)> const&) override {
        return {};
    }
    result<void> commit(std::span<record const> batch) override {
        if (on_commit)
            on_commit(batch.size());
        if (is_full)
            return fail(::cogniot::store::errc::full);
        ++commits;
        return {};
    }
    std::function<void(std::size_t)> on_commit;
    bool is_full = false;
    int commits = 0;
};

struct host_under_test {
    explicit host_under_test(mqtt_limits limits = {}, settings rules = {}, unsigned io_threads = 0)
        : chosen(std::move(rules)) {
        auto owned = std::make_unique<watched_store>();
        disk = owned.get();
        records.emplace(std::move(owned));
        // Log lines of refusals are part of what is tested elsewhere; here they would be noise.
        REQUIRE(log.open_file("/dev/null").has_value());
        host.emplace(loop, time, log, *records, world, random, chosen, false, io_threads, limits);
        group.emplace(loop);
    }

    std::shared_ptr<test::scripted_peer>
    connect(std::string const& id, bool clean = true,
            mqtt_host::transport how = mqtt_host::transport::tcp,
            mqtt::version level = mqtt::version::v311, std::optional<mqtt::will> will = {}) {
        auto peer = std::make_shared<test::scripted_peer>(loop);
        group->spawn([this, peer, how] {
            return host->run_connection(std::make_unique<test::scripted_stream>(peer),
                                        broker::standard_profile(), std::make_shared<local_tool>(),
                                        how, {});
        });
        peer->say(mqtt::encode(mqtt::connect{.level = level,
                                             .clean_start = clean,
                                             .client_id = id,
                                             .last_will = std::move(will)},
                               level));
        return peer;
    }

    /// Runs the script on the loop, then stops the host.
    void run(std::function<net::task<void>()> script) {
        auto main = [&]() -> net::task<void> {
            group->spawn([this] { return host->run_timers(); });
            auto playing = script();
            co_await std::move(playing);
            auto stopping = host->stop();
            co_await std::move(stopping);
            group->cancel();
            auto joining = group->join();
            co_await std::move(joining);
        };
        loop.run_until_done(main);
    }

    net::loop loop;
    clock time;
    test::seeded_random random;
    settings chosen;
    cloud::world world;
    event_log log{world, log_level::error, random};
    watched_store* disk = nullptr;
    std::optional<ledger> records;
    std::optional<mqtt_host> host;
    std::optional<net::task_group> group;
};

net::task<void> turns() {
    co_await net::sleep_for(20ms);
}

std::string publish(std::string_view topic, std::string_view payload, mqtt::packet_id id) {
    return mqtt::encode(
        mqtt::publish{.topic = topic,
                      .payload = payload,
                      .level = id == 0 ? mqtt::qos::at_most_once : mqtt::qos::at_least_once,
                      .id = id},
        mqtt::version::v311);
}

std::string subscribe(std::string_view filter, mqtt::qos level) {
    return mqtt::encode(mqtt::subscribe{.id = 1, .filters = {{.filter = filter, .maximum = level}}},
                        mqtt::version::v311);
}

std::string const connack("\x20\x02\0\0", 4);
std::string const puback("\x40\x02\0\7", 4);

} // namespace

TEST_CASE("a PUBACK leaves only after the commit of what it acknowledges") {
    host_under_test t;
    t.run([&]() -> net::task<void> {
        auto offline = t.connect("offline", false);
        offline->say(subscribe("d", mqtt::qos::at_least_once));
        co_await turns();
        offline->hang_up();
        co_await turns();
        auto sender = t.connect("sender");
        co_await turns();
        REQUIRE(sender->written == connack);
        std::string written_at_commit = "no commit";
        t.disk->on_commit = [&](std::size_t) { written_at_commit = sender->written; };
        sender->say(publish("d", "x", 7));
        co_await turns();
        CHECK(written_at_commit == connack);
        CHECK(sender->written == connack + puback);
        t.disk->on_commit = nullptr;
    });
}

TEST_CASE("what arrives together on many connections is one commit") {
    host_under_test t;
    t.run([&]() -> net::task<void> {
        auto offline = t.connect("offline", false);
        offline->say(subscribe("d", mqtt::qos::at_least_once));
        co_await turns();
        offline->hang_up();
        std::vector<std::shared_ptr<test::scripted_peer>> senders;
        for (int i = 0; i < 10; ++i)
            senders.push_back(t.connect("sender" + std::to_string(i)));
        co_await turns();
        auto const before = t.disk->commits;
        for (auto const& one : senders)
            one->say(publish("d", "x", 7) + publish("d", "y", 8));
        co_await turns();
        CHECK(t.disk->commits == before + 1);
        for (auto const& one : senders)
            CHECK(one->written.size() == 12);
    });
}

TEST_CASE("a batch that the disk refuses is acknowledged to nobody and its connections close") {
    host_under_test t;
    t.run([&]() -> net::task<void> {
        auto offline = t.connect("offline", false);
        offline->say(subscribe("d", mqtt::qos::at_least_once));
        co_await turns();
        offline->hang_up();
        auto sender = t.connect("sender");
        auto idle = t.connect("idle");
        co_await turns();
        t.disk->is_full = true;
        sender->say(publish("d", "x", 7));
        co_await turns();
        CHECK(sender->written == connack);
        CHECK((sender->is_shut_down || sender->is_aborted));
        CHECK_FALSE((idle->is_shut_down || idle->is_aborted));
        CHECK(t.records->owed() > 0);
        t.disk->is_full = false;
        auto again = t.connect("again");
        co_await turns();
        again->say(publish("d", "x", 7));
        co_await turns();
        CHECK(again->written == connack + puback);
        CHECK(t.records->owed() == 0);
    });
}

TEST_CASE(
    "while the disk is full only what rests on it ends, MQTT 5 with DISCONNECT 0x80; pings and "
    "messages for those who are there go on") {
    host_under_test t;
    t.run([&]() -> net::task<void> {
        auto offline = t.connect("offline", false);
        offline->say(subscribe("d", mqtt::qos::at_least_once));
        auto reader = t.connect("reader");
        reader->say(subscribe("live", mqtt::qos::at_most_once));
        co_await turns();
        offline->hang_up();
        auto five = t.connect("five", true, mqtt_host::transport::tcp, mqtt::version::v5);
        auto other = t.connect("other");
        co_await turns();
        auto const before = five->written.size();
        t.disk->is_full = true;
        mqtt::publish const p{
            .topic = "d", .payload = "x", .level = mqtt::qos::at_least_once, .id = 7};
        five->say(mqtt::encode(p, mqtt::version::v5));
        co_await turns();
        CHECK(five->written.substr(before) ==
              mqtt::encode(mqtt::disconnect{.code = 0x80}, mqtt::version::v5));
        CHECK((five->is_shut_down || five->is_aborted));
        CHECK(t.records->owed() > 0);
        auto const heard = reader->written.size();
        other->say(std::string("\xC0\0", 2) + publish("live", "now", 8));
        co_await turns();
        CHECK(other->written ==
              connack + std::string("\xD0\0", 2) + std::string("\x40\2\0\x08", 4));
        CHECK(reader->written.substr(heard) == publish("live", "now", 0));
        // A SUBSCRIBE may rest on what is owed.
        other->say(subscribe("x", mqtt::qos::at_most_once));
        co_await turns();
        CHECK((other->is_shut_down || other->is_aborted));
        CHECK_FALSE((reader->is_shut_down || reader->is_aborted));
    });
}

TEST_CASE("a change that the disk refused is told to nobody until it is stored") {
    host_under_test t;
    t.run([&]() -> net::task<void> {
        auto reader = t.connect("reader");
        reader->say(subscribe("$aws/things/t/shadow/get/+", mqtt::qos::at_most_once));
        auto writer = t.connect("writer");
        co_await turns();
        auto const before = reader->written;
        t.disk->is_full = true;
        writer->say(publish("$aws/things/t/shadow/update", R"({"state":{"reported":{"a":1}}})", 7));
        co_await turns();
        // Asking changes nothing, so there is no record of its own to wait for.
        auto const ask = publish("$aws/things/t/shadow/get", "", 0);
        reader->say(ask);
        co_await turns();
        CHECK(reader->written == before);
        t.disk->is_full = false;
        auto again = t.connect("again");
        again->say(subscribe("$aws/things/t/shadow/get/+", mqtt::qos::at_most_once) + ask);
        co_await turns();
        CHECK(again->written.find(R"("reported":{"a":1})") != std::string::npos);
    });
}

TEST_CASE("a shadow's change over HTTPS that the disk refused is told to nobody, either") {
    host_under_test t;
    t.run([&]() -> net::task<void> {
        auto reader = t.connect("reader");
        reader->say(subscribe("$aws/things/t/shadow/update/+", mqtt::qos::at_most_once));
        co_await turns();
        auto const before = reader->written;
        t.disk->is_full = true;
        cloud::principal const root{.what = cloud::principal::type::root};
        std::vector<record> kept;
        cloud::call const call{.world = t.world,
                               .now = t.time.now(),
                               .who = root,
                               .region = "ap-northeast-1",
                               .random = t.random,
                               .persist = kept};
        auto const done = t.host->ask_shadow(call, shadow::operation::update, {.thing = "t"},
                                             R"({"state":{"reported":{"a":1}}})");
        CHECK(done.has_error());
        co_await turns();
        CHECK(reader->written == before);
    });
}

TEST_CASE("what a lost reader's will makes others hear waits for its own commit") {
    host_under_test t({.max_unsent_bytes = 1'000});
    t.run([&]() -> net::task<void> {
        auto lost = t.connect(
            "lost", true, mqtt_host::transport::tcp, mqtt::version::v311,
            mqtt::will{.topic = "will", .payload = "gone", .level = mqtt::qos::at_least_once});
        lost->say(subscribe("d", mqtt::qos::at_most_once));
        auto heir = t.connect("heir", false);
        heir->say(subscribe("+", mqtt::qos::at_least_once));
        auto sender = t.connect("sender");
        co_await turns();
        lost->is_reading = false;
        bool was_told_before = false;
        t.disk->on_commit = [&](std::size_t) {
            was_told_before |= heir->written.find("gone") != std::string::npos;
        };
        sender->say(publish("d", std::string(2'000, 'x'), 0));
        co_await turns();
        CHECK(lost->is_aborted);
        CHECK(heir->written.find("gone") != std::string::npos);
        CHECK_FALSE(was_told_before);
        t.disk->on_commit = nullptr;
    });
}

TEST_CASE("packets that came before the end of a connection still count") {
    host_under_test t;
    t.run([&]() -> net::task<void> {
        auto reader = t.connect("reader");
        reader->say(subscribe("d", mqtt::qos::at_most_once));
        auto sender = t.connect("sender");
        co_await turns();
        auto const before = reader->written.size();
        sender->say(publish("d", "last words", 0));
        sender->hang_up();
        co_await turns();
        CHECK(reader->written.substr(before) == publish("d", "last words", 0));
    });
}

TEST_CASE("who ends its own side reads the answers to what it said before") {
    host_under_test t;
    t.run([&]() -> net::task<void> {
        auto sender = t.connect("sender");
        co_await turns();
        sender->say(publish("d", "last words", 7));
        sender->hang_up();
        co_await turns();
        CHECK(sender->written == connack + puback);
        CHECK(sender->is_shut_down);
        CHECK(t.host->connection_count() == 0);
        // All in one: nothing of it was answered when the end is seen.
        auto hasty = t.connect("hasty");
        hasty->say(publish("d", "last words", 7));
        hasty->hang_up();
        co_await turns();
        CHECK(hasty->written == connack + puback);
        CHECK(t.host->connection_count() == 0);
    });
}

TEST_CASE("bytes that are no MQTT end the connection") {
    host_under_test t;
    t.run([&]() -> net::task<void> {
        auto one = t.connect("one");
        co_await turns();
        one->say(std::string("\xF0\0", 2));
        co_await turns();
        CHECK((one->is_shut_down || one->is_aborted));
        CHECK(t.host->connection_count() == 0);
    });
}

TEST_CASE("a reader that does not read is cut off at the limit, others are served on") {
    host_under_test t({.congested_bytes = 1 << 30, .max_unsent_bytes = 200'000});
    t.run([&]() -> net::task<void> {
        auto slow = t.connect("slow");
        slow->say(subscribe("d", mqtt::qos::at_most_once));
        auto quick = t.connect("quick");
        quick->say(subscribe("d", mqtt::qos::at_most_once));
        auto sender = t.connect("sender");
        co_await turns();
        slow->is_reading = false;
        std::string const large(50'000, 'x');
        for (int i = 0; i < 8; ++i) {
            sender->say(publish("d", large, 0));
            co_await turns();
        }
        CHECK(slow->is_aborted);
        CHECK(quick->written.size() > 8 * large.size());
        CHECK(t.host->connection_count() == 2);
    });
}

TEST_CASE("a WebSocket is closed when its day is over, a plain connection is not") {
    settings chosen;
    chosen.services.websocket_life = 0s;
    host_under_test t({.sweep_interval = 10ms}, chosen);
    t.run([&]() -> net::task<void> {
        auto plain = t.connect("plain");
        auto day_old = t.connect("day-old", true, mqtt_host::transport::websocket);
        co_await turns();
        co_await turns();
        CHECK(day_old->is_shut_down);
        CHECK_FALSE(plain->is_shut_down);
    });
}

TEST_CASE("what a turned clock makes due happens at once, not with the next sweep") {
    host_under_test t;
    t.run([&]() -> net::task<void> {
        auto day_old = t.connect("day-old", true, mqtt_host::transport::websocket);
        co_await turns();
        t.time.set_offset(24h);
        CHECK_FALSE(day_old->is_shut_down);
        t.host->clock_moved();
        co_await turns();
        CHECK(day_old->is_shut_down);
    });
}

} // namespace cogniot::local
