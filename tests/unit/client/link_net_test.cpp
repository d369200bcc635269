#include "client/errors.hpp"
#include "client/mqtt_link.hpp"
#include "mqtt/codec.hpp"
#include "net/server.hpp"
#include "net/task.hpp"
#include "support/scripted_broker.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using namespace std::chrono_literals;
using test::scripted_broker;
using enum publish_outcome::kind;

namespace {

/// Short waits, so that a test that reconnects takes milliseconds.
link_settings quick() {
    return {.client_id = "c",
            .answer_timeout = 1s,
            .backoff_base = 1ms,
            .connect_spacing = 1ms,
            .failures_allowed_at_first = 3};
}

/// Runs `body` beside a broker that plays one script a connection.
void with_broker(std::vector<scripted_broker::script> scripts,
                 std::function<net::task<void>(mqtt_link&, scripted_broker&)> body,
                 link_settings settings = quick(), link_handlers handlers = {}) {
    net::loop loop;
    test::seeded_random random;
    loop.run_until_done([&]() -> net::task<void> {
        scripted_broker broker(loop, std::move(scripts));
        mqtt_link link(loop, settings, open_plain_mqtt(broker.where(), nullptr), random, handlers);
        auto running = body(link, broker);
        co_await std::move(running);
        auto closing = link.close();
        co_await std::move(closing);
        auto stopping = broker.stop();
        co_await std::move(stopping);
    });
}

} // namespace

TEST_CASE("a publish over a real socket is delivered, and goodbye is said") {
    std::vector<std::string> seen;
    with_broker({{.hang_up_on_topic = ""}},
                [&](mqtt_link& link, scripted_broker& broker) -> net::task<void> {
                    auto connecting = link.connect();
                    auto const connected = co_await std::move(connecting);
                    CHECK(connected.has_value());
                    auto publishing = link.publish({.topic = "a", .payload = "x"}, 5s);
                    auto const outcome = co_await std::move(publishing);
                    CHECK(outcome.how == delivered);
                    auto closing = link.close();
                    co_await std::move(closing);
                    auto settling = net::sleep_for(20ms);
                    co_await std::move(settling);
                    seen = broker.seen();
                });
    CHECK(seen == std::vector<std::string>{"CONNECT", "PUBLISH a", "DISCONNECT"});
}

TEST_CASE("a broker that hangs up on a topic: that publish is denied, its neighbours delivered") {
    scripted_broker::script const strict{.hang_up_on_topic = "forbidden"};
    with_broker({strict, strict, strict, strict},
                [](mqtt_link& link, scripted_broker&) -> net::task<void> {
                    auto connecting = link.connect();
                    auto const connected = co_await std::move(connecting);
                    CHECK(connected.has_value());
                    std::vector<publish_outcome::kind> ended(3);
                    for (std::size_t i = 0; i < 3; ++i)
                        link.publish({.topic = i == 1 ? "forbidden" : "allowed"}, 5s,
                                     [&ended, i](publish_outcome const& o) { ended[i] = o.how; });
                    auto publishing = link.publish({.topic = "last"}, 5s);
                    auto const last = co_await std::move(publishing);
                    CHECK(last.how == delivered);
                    CHECK(ended == std::vector{delivered, denied, delivered});
                });
}

TEST_CASE("messages arrive, in order, after subscribing; they are acknowledged") {
    std::vector<std::string> got;
    with_broker({{.echo_to_subscriber = true}},
                [&](mqtt_link& link, scripted_broker& broker) -> net::task<void> {
                    auto connecting = link.connect();
                    auto const connected = co_await std::move(connecting);
                    CHECK(connected.has_value());
                    auto subscribing = link.subscribe({{"t/#", mqtt::qos::at_least_once}}, 5s);
                    auto const granted = co_await std::move(subscribing);
                    CHECK(granted.size() == 1);
                    CHECK(granted.front().granted == mqtt::qos::at_least_once);
                    for (int i = 0; i < 3; ++i) {
                        auto publishing = link.publish({.topic = "t/" + std::to_string(i)}, 5s);
                        auto const outcome = co_await std::move(publishing);
                        CHECK(outcome.how == delivered);
                    }
                    auto const acknowledged = [&] {
                        return std::count(broker.seen().begin(), broker.seen().end(), "PUBACK");
                    };
                    for (int wait = 0; acknowledged() < 3 && wait < 100; ++wait) {
                        auto settling = net::sleep_for(10ms);
                        co_await std::move(settling);
                    }
                    CHECK(acknowledged() == 3);
                },
                quick(), {.on_message = [&](received_message const& m) {
                    got.push_back(m.topic);
                    return reception::taken;
                }});
    CHECK(got == std::vector<std::string>{"t/0", "t/1", "t/2"});
}

TEST_CASE("a message that is left is not acknowledged, nor are those that came with it") {
    std::vector<std::string> got;
    std::vector<std::string> seen;
    with_broker({{.echo_to_subscriber = true}},
                [&](mqtt_link& link, scripted_broker& broker) -> net::task<void> {
                    auto connecting = link.connect();
                    auto const connected = co_await std::move(connecting);
                    CHECK(connected.has_value());
                    // All three leave in one write, and come back in one.
                    for (auto const* topic : {"1", "2", "3"})
                        link.publish({.topic = topic}, 5s, [](publish_outcome const&) {});
                    auto settling = net::sleep_for(200ms);
                    co_await std::move(settling);
                    REQUIRE(link.end_reason());
                    CHECK(link.end_reason()->code == make_error_code(errc::stopped));
                    seen = broker.seen();
                },
                quick(), {.on_message = [&](received_message const& m) {
                    got.push_back(m.topic);
                    return got.size() < 2 ? reception::taken : reception::left;
                }});
    CHECK(got == std::vector<std::string>{"1", "2"});
    CHECK(seen == std::vector<std::string>{"CONNECT", "PUBLISH 1", "PUBLISH 2", "PUBLISH 3",
                                           "PUBACK", "DISCONNECT"});
}

TEST_CASE("no broker: the link ends after the allowed failures, publishes end as unknown") {
    net::loop loop;
    test::seeded_random random;
    loop.run_until_done([&]() -> net::task<void> {
        // A port that was free a moment ago.
        net::origin nobody{.tls = false, .host = "127.0.0.1", .port = 1};
        mqtt_link link(loop, quick(), open_plain_mqtt(nobody, nullptr), random);
        std::optional<publish_outcome> ended;
        link.publish({.topic = "a"}, 5s, [&](publish_outcome const& o) { ended = o; });
        auto connecting = link.connect();
        auto const connected = co_await std::move(connecting);
        CHECK_FALSE(connected.has_value());
        REQUIRE(ended);
        CHECK(ended->how == unknown);
        CHECK(ended->why.code == net::make_error_code(net::errc::connection_refused));
    });
}

TEST_CASE("a broker that accepts and says nothing: the publish ends at its deadline") {
    net::loop loop;
    test::seeded_random random;
    loop.run_until_done([&]() -> net::task<void> {
        scripted_broker broker(loop, {{.is_silent = true}});
        mqtt_link link(loop, quick(), open_plain_mqtt(broker.where(), nullptr), random);
        net::task_group group(loop);
        group.spawn([&]() -> net::task<void> {
            auto connecting = link.connect();
            (void)co_await std::move(connecting);
        });
        auto publishing = link.publish({.topic = "a"}, 50ms);
        auto const outcome = co_await std::move(publishing);
        CHECK(outcome.how == unknown);
        CHECK(outcome.why.code == make_error_code(errc::deadline_passed));
        auto closing = link.close();
        co_await std::move(closing);
        auto joining = group.join();
        co_await std::move(joining);
        auto stopping = broker.stop();
        co_await std::move(stopping);
    });
}

TEST_CASE("destroying a link in the middle of everything leaves nothing running") {
    net::loop loop;
    test::seeded_random random;
    loop.run_until_done([&]() -> net::task<void> {
        scripted_broker broker(loop, {{.is_silent = true}});
        {
            mqtt_link link(loop, quick(), open_plain_mqtt(broker.where(), nullptr), random);
            link.publish({.topic = "a"}, {}, [](publish_outcome const&) {});
            net::task_group group(loop);
            group.spawn([&]() -> net::task<void> {
                auto connecting = link.connect();
                (void)co_await std::move(connecting);
            });
            auto settling = net::sleep_for(20ms);
            co_await std::move(settling);
            group.cancel();
            auto joining = group.join();
            co_await std::move(joining);
        }
        auto stopping = broker.stop();
        co_await std::move(stopping);
    });
}
