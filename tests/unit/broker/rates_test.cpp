// Rates that have to be asked for: AWS IoT's effect when they are exceeded.
// @source AWS General Reference, "AWS IoT Core quotas"; AWS SDK source (no answer over quota); spec
// iot-broker 2.2
#include "support/broker_tester.hpp"

#include <string>

using namespace cogniot;
using namespace cogniot::mqtt;
using namespace cogniot::test;

namespace {

connect clean(std::string_view id, version v = version::v311) {
    return {.level = v, .keep_alive_seconds = 1200, .client_id = id};
}

} // namespace

TEST_CASE("publishes above the rate are discarded: 3.1.1 hears nothing, MQTT 5 PUBACK 0x97") {
    broker::profile rules;
    rules.publishes_per_second = 2;
    broker_tester t(rules);
    auto watcher = t.connect(clean("watcher"));
    watcher.subscribe("a", qos::at_most_once);
    auto eager = t.connect(clean("eager"));
    for (packet_id id = 1; id <= 4; ++id)
        eager.send(publish{
            .topic = "a", .payload = std::to_string(id), .level = qos::at_least_once, .id = id});
    eager.expect(ack{.type = ack_type::puback, .id = 1})
        .expect(ack{.type = ack_type::puback, .id = 2})
        .expect_nothing()
        .expect_open();
    CHECK(watcher.take<publish>().payload == "1");
    CHECK(watcher.take<publish>().payload == "2");
    watcher.expect_nothing();
    auto const& line = t.last_log("Publish-In");
    CHECK(!line.success);
    CHECK(line.reason == "THROTTLED");
    CHECK(line.explanation.find("more than 2 messages within a second") != std::string::npos);
    // Two that went through, and one line for all that did not.
    CHECK(t.count_log("Publish-In") == 3);

    t.advance(std::chrono::seconds(1));
    eager.send(publish{.topic = "a", .payload = "5", .level = qos::at_least_once, .id = 5})
        .expect(ack{.type = ack_type::puback, .id = 5});

    auto five = t.connect(clean("five", version::v5));
    for (packet_id id = 1; id <= 3; ++id)
        five.send(publish{.topic = "b", .payload = "x", .level = qos::at_least_once, .id = id});
    five.expect(ack{.type = ack_type::puback, .id = 1})
        .expect(ack{.type = ack_type::puback, .id = 2})
        .expect(ack{.type = ack_type::puback, .id = 3, .code = 0x97});
}

TEST_CASE("CONNECTs of one client ID above the rate: 3.1.1 closed, MQTT 5 CONNACK 0x97") {
    broker::profile rules;
    rules.connects_per_client_id = 1;
    broker_tester t(rules);
    t.connect(clean("hasty")).expect_open();
    t.open().send(clean("hasty")).expect_closed();
    CHECK(t.last_log("Connect").explanation.find("wait at least a second") != std::string::npos);
    auto five = t.open(version::v5);
    five.send(clean("hasty", version::v5));
    CHECK(five.take<connack>().code == 0x97);
    five.expect_closed();
    t.connect(clean("other")).expect_open();
    t.advance(std::chrono::seconds(1));
    t.connect(clean("hasty")).expect_open();
}

TEST_CASE("AWS's profile counts neither by itself") {
    broker_tester t;
    auto eager = t.connect(clean("eager"));
    for (packet_id id = 1; id <= 150; ++id)
        eager.send(publish{.topic = "a", .payload = "x", .level = qos::at_least_once, .id = id})
            .expect(ack{.type = ack_type::puback, .id = id});
    for (int i = 0; i < 3; ++i)
        t.connect(clean("again")).expect_open();
}

// @source AWS General Reference, "AWS IoT Core quotas": per account; spec iot-broker 7
TEST_CASE("the account's own rates: CONNECTs, publishes, filters of all clients") {
    broker::profile rules;
    rules.connects_per_second = 3;
    rules.account_publishes_per_second = 2;
    rules.subscriptions_per_second = 2;
    broker_tester t(rules);
    auto a = t.connect(clean("a"));
    auto b = t.connect(clean("b", version::v5));
    t.connect(clean("c"));
    t.open().send(clean("d")).expect_closed();
    CHECK(t.last_log("Connect").reason == "THROTTLED");

    a.send(publish{.topic = "x", .level = qos::at_least_once, .id = 1})
        .expect(ack{.type = ack_type::puback, .id = 1});
    b.send(publish{.topic = "x", .level = qos::at_least_once, .id = 1})
        .expect(ack{.type = ack_type::puback, .id = 1});
    a.send(publish{.topic = "x", .level = qos::at_least_once, .id = 2}).expect_nothing();
    b.send(publish{.topic = "x", .level = qos::at_least_once, .id = 2})
        .expect(ack{.type = ack_type::puback, .id = 2, .code = 0x97});

    a.send(subscribe{.id = 3, .filters = {{.filter = "1"}, {.filter = "2"}, {.filter = "3"}}})
        .expect(suback{.id = 3, .codes = {0, 0, 0x80}});
    b.send(subscribe{.id = 3, .filters = {{.filter = "4"}}})
        .expect(suback{.id = 3, .codes = {0x97}});
    t.advance(std::chrono::seconds(1));
    b.send(subscribe{.id = 4, .filters = {{.filter = "4"}}}).expect(suback{.id = 4, .codes = {0}});
}

TEST_CASE("retained messages: one a second for a topic, so many of all, so many at all") {
    broker::profile rules;
    rules.retained_per_topic = 1;
    rules.retained_per_second = 3;
    rules.max_retained_messages = 3;
    broker_tester t(rules);
    auto c = t.connect(clean("c", version::v5));
    packet_id id = 0;
    auto const retain = [&](std::string_view topic, std::string_view payload) {
        c.send(publish{.topic = topic,
                       .payload = payload,
                       .level = qos::at_least_once,
                       .retain = true,
                       .id = ++id});
        return static_cast<int>(c.take<ack>().code);
    };
    CHECK(retain("a", "1") == 0);
    CHECK(retain("a", "2") == 0x97);
    CHECK(retain("b", "1") == 0);
    CHECK(retain("c", "1") == 0);
    CHECK(retain("d", "1") == 0x97);
    t.advance(std::chrono::seconds(1));
    CHECK(retain("d", "1") == 0x97); // three are stored
    CHECK(retain("a", "3") == 0);    // one that is there is replaced
    t.advance(std::chrono::seconds(1));
    CHECK(retain("b", "") == 0); // and one may be deleted
    CHECK(retain("d", "1") == 0);
}

// spec iot-broker 10, step 7: policies come before the rate of retained messages.
TEST_CASE("what is denied takes nothing of the rate of retained messages") {
    broker::profile rules;
    rules.retained_per_topic = 1;
    broker_tester t(rules);
    auto c = t.connect(clean("c", version::v5));
    publish p{.topic = "a", .payload = "1", .level = qos::at_least_once, .retain = true, .id = 1};
    t.may.no_publish = {"a"};
    c.send(p);
    CHECK(c.take<ack>().code == 0x87);
    t.may.no_publish.clear();
    c.send(p);
    CHECK(c.take<ack>().code == 0);
    c.send(p);
    CHECK(c.take<ack>().code == 0x97);
}

TEST_CASE("totals of the account: connections, subscriptions, shared groups and their members") {
    broker::profile rules;
    rules.max_connections = 3;
    rules.max_account_subscriptions = 5;
    rules.max_shared_groups = 1;
    rules.max_group_members = 2;
    broker_tester t(rules);
    auto a = t.connect(clean("a"));
    auto b = t.connect(clean("b", version::v5));
    auto c = t.connect(clean("c"));
    t.open().send(clean("d")).expect_closed();
    auto const ask = [](test_client& who, std::string_view filter) {
        who.send(subscribe{.id = 9, .filters = {{.filter = filter}}});
        return static_cast<int>(who.take<suback>().codes.at(0));
    };
    CHECK(ask(a, "$share/g/x") == 0);
    CHECK(ask(a, "$share/h/x") == 0x80); // another group
    CHECK(ask(b, "$share/g/x") == 0);
    CHECK(ask(b, "$share/g/x") == 0);    // again is not one more
    CHECK(ask(c, "$share/g/x") == 0x80); // a third member
    CHECK(ask(a, "1") == 0);
    CHECK(ask(a, "2") == 0);
    CHECK(ask(a, "3") == 0);
    CHECK(ask(b, "4") == 0x97); // a sixth of all
    a.send(unsubscribe{.id = 10, .filters = {"$share/g/x"}}).take<unsuback>();
    CHECK(ask(c, "$share/g/x") == 0);
    a.lose(); // with its clean session go its subscriptions
    CHECK(ask(b, "4") == 0);
}

TEST_CASE("messages stored for offline sessions above the rate are dropped and logged") {
    broker::profile rules;
    rules.queued_per_second = 2;
    broker_tester t(rules);
    connect persistent{.clean_start = false, .client_id = "sleeper"};
    auto sleeper = t.connect(persistent);
    sleeper.subscribe("a");
    sleeper.lose();
    auto busy = t.connect(clean("busy"));
    for (int i = 0; i < 4; ++i)
        busy.publish("a", std::to_string(i), qos::at_least_once);
    CHECK(t.last_log("Queued").details == "Throttled while queueing offline message");
    auto back = t.connect(persistent);
    CHECK(back.take<publish>().payload == "0");
    CHECK(back.take<publish>().payload == "1");
    back.expect_nothing();
}

TEST_CASE("a clock that is set back: what waits goes on waiting as long as it would have") {
    using namespace std::chrono_literals;
    broker_tester t;
    auto steady = t.connect({.keep_alive_seconds = 60, .client_id = "steady"}); // closed after 90 s
    connect persistent{.clean_start = false, .keep_alive_seconds = 1200, .client_id = "sleeper"};
    t.connect(persistent).lose();
    t.advance(30s);
    t.now -= 2h;
    t.machine().set_back(2h);
    t.advance(59s);
    steady.expect_open();
    t.advance(2s);
    steady.expect_closed();
    t.advance(3600s - 91s - 1s);
    auto back = t.open();
    back.send(persistent);
    CHECK(back.take<connack>().session_present);
    back.lose();
    t.advance(3601s);
    back = t.open();
    back.send(persistent);
    CHECK(!back.take<connack>().session_present);
}

// @source AWS General Reference, "AWS IoT Core quotas": publish requests per second per connection
// count both directions and what is stored for offline sessions, what exceeds is discarded
TEST_CASE("what a client receives counts with what it publishes, more is discarded") {
    for (auto const level : {qos::at_most_once, qos::at_least_once}) {
        broker::profile rules;
        rules.publishes_per_second = 3;
        broker_tester t(rules);
        auto reader = t.connect(clean("reader"));
        reader.subscribe("a");
        reader.publish("elsewhere", "counts");
        auto one = t.connect(clean("one")), other = t.connect(clean("other"));
        one.publish("a", "1", level).publish("a", "2", level);
        other.publish("a", "3", level).publish("a", "4", level);
        CHECK(reader.take<publish>().payload == "1");
        CHECK(reader.take<publish>().payload == "2");
        reader.expect_nothing().expect_open();
        auto const& line = t.last_log("Publish-Out");
        CHECK_FALSE(line.success);
        CHECK(line.reason == "THROTTLED");
        CHECK(line.explanation.find("more than 3 messages within a second were for this") !=
              std::string::npos);
        // Two that went out, and one line for all that did not.
        CHECK(t.count_log("Publish-Out") == 3);
        // They are discarded: nothing of them comes later.
        t.advance(std::chrono::seconds(5));
        reader.expect_nothing();
    }
}

TEST_CASE("what is stored for a client that is away counts, too") {
    broker::profile rules;
    rules.publishes_per_second = 2;
    broker_tester t(rules);
    connect const kept{.clean_start = false, .keep_alive_seconds = 1200, .client_id = "reader"};
    auto reader = t.connect(kept);
    reader.subscribe("a");
    reader.lose();
    auto one = t.connect(clean("one")), other = t.connect(clean("other"));
    one.publish("a", "1", qos::at_least_once).publish("a", "2", qos::at_least_once);
    other.publish("a", "3", qos::at_least_once);
    CHECK(t.last_log("Queued").reason == "THROTTLED");
    t.advance(std::chrono::seconds(1));
    auto back = t.connect(kept);
    CHECK(back.take<publish>().payload == "1");
    CHECK(back.take<publish>().payload == "2");
    t.advance(std::chrono::seconds(2));
    back.expect_nothing();
}

TEST_CASE("deliveries of the account: each receiver counts, more are discarded") {
    broker::profile rules;
    rules.account_deliveries_per_second = 3;
    broker_tester t(rules);
    auto a = t.connect(clean("a")), b = t.connect(clean("b")), sender = t.connect(clean("c"));
    a.subscribe("x", qos::at_most_once);
    b.subscribe("x", qos::at_most_once);
    sender.publish("x", "1").publish("x", "2");
    CHECK(a.unread() + b.unread() == 3);
    t.advance(std::chrono::seconds(1));
    sender.publish("x", "3");
    CHECK(a.unread() + b.unread() == 2);
}

// @source AWS General Reference, "AWS IoT Core quotas"; MQTT 5 shared subscriptions in the guide:
// 500,000 messages, new ones are dropped, 20 a second to each member
TEST_CASE("a shared group's queue has a limit of its own and a pace") {
    broker::profile rules;
    rules.max_group_queued_messages = 50;
    rules.max_queued_messages = 1;
    broker_tester t(rules);
    connect const kept{.clean_start = false, .keep_alive_seconds = 1200, .client_id = "member"};
    auto member = t.connect(kept);
    member.subscribe("$share/g/a");
    member.lose();
    auto sender = t.connect(clean("sender"));
    for (int i = 1; i <= 60; ++i)
        sender.publish("a", std::to_string(i), qos::at_least_once);
    auto back = t.connect(kept);
    int next = 1;
    for (int const wanted : {20, 20, 10}) {
        for (int i = 0; i < wanted; ++i) {
            auto const got = back.take<publish>();
            CHECK(got.payload == std::to_string(next++));
            back.send(ack{.type = ack_type::puback, .id = got.id});
        }
        back.expect_nothing();
        t.advance(std::chrono::seconds(1));
    }
    back.expect_nothing();
}

TEST_CASE("an update of a shadow counts as each message that its service publishes") {
    broker::profile rules;
    rules.account_publishes_per_second = 3;
    broker_tester t(rules);
    auto c = t.connect(clean("c", version::v5));
    for (auto const* answer : {"accepted", "documents"})
        t.machine().publish_from_service("$aws/things/t/shadow/update/" + std::string(answer), "{}",
                                         qos::at_least_once, 1, t.now);
    c.send(publish{.topic = "x", .level = qos::at_least_once, .id = 1})
        .expect(ack{.type = ack_type::puback, .id = 1});
    c.send(publish{.topic = "x", .level = qos::at_least_once, .id = 2})
        .expect(ack{.type = ack_type::puback, .id = 2, .code = 0x97});
}
