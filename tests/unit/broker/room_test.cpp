// When memory is short: nothing is acknowledged and then lost, long queues wait in the store, and
// those who fill it can always come and take what is theirs. The bounds are ours
// (docs/fidelity.md).
#include "support/broker_tester.hpp"

#include <string>

using namespace cogniot;
using namespace cogniot::mqtt;
using namespace cogniot::test;
using namespace std::chrono_literals;
using broker::aws_profile;
using broker::standard_profile;

namespace {

constexpr auto v311 = version::v311, v5 = version::v5;
constexpr auto qos0 = qos::at_most_once, qos1 = qos::at_least_once, qos2 = qos::exactly_once;

connect clean(std::string_view id, version v = v311) {
    return {.level = v, .keep_alive_seconds = 1200, .client_id = id};
}
connect persistent(std::string_view id, version v = v311) {
    connect p{.level = v, .clean_start = false, .keep_alive_seconds = 1200, .client_id = id};
    if (v == v5)
        p.props.session_expiry_interval = 3600;
    return p;
}

/// One that holds `bytes` more than it does now.
void leave_room(broker_tester& t, std::size_t bytes) {
    t.machine().set_max_held_bytes(t.machine().held_bytes() + bytes);
}

} // namespace

TEST_CASE("a message that finds no room is refused before it is acknowledged: 3.x hung up on, 5 "
          "PUBACK and PUBREC 0x97 (MQTT 5, 3.4.2.1, 3.5.2.1)") {
    for (auto const* rules : {&aws_profile(), &standard_profile()}) {
        broker_tester t(*rules);
        t.keeps_records = false;
        t.connect(persistent("dev")).subscribe("a").send(disconnect{});
        auto old = t.connect(clean("old"));
        auto p = t.connect(clean("p", v5));
        leave_room(t, 4000);
        p.publish("a", std::string(2000, 'x'), qos1).expect(ack{.id = 1});
        p.publish("a", std::string(2000, 'y'), qos1).expect(ack{.id = 2, .code = 0x97});
        CHECK(t.last_log("Publish-In").details == "too much is stored already");
        p.publish("a", std::string(2000, 'y')); // QoS 0 is not stored
        std::uint8_t const code = rules->tells_no_subscribers ? 0x10 : 0;
        p.publish("nobody", std::string(2000, 'y'), qos1).expect(ack{.id = 3, .code = code});
        old.publish("a", std::string(2000, 'z'), qos1).expect_closed();
        auto c = t.connect(persistent("dev"));
        CHECK(c.take<publish>().payload == std::string(2000, 'x'));
        c.expect_nothing();
    }
}

TEST_CASE("all receivers have room for a message, or none gets it") {
    broker_tester t(standard_profile());
    t.keeps_records = false;
    for (auto const* id : {"one", "two", "three"})
        t.connect(persistent(id)).subscribe("a").send(disconnect{});
    auto live = t.connect(clean("live"));
    live.subscribe("a");
    auto p = t.connect(clean("p", v5));
    leave_room(t, 1000 + 3 * sizeof(void*)); // the message fits, not all that wait for it
    p.publish("a", std::string(900, 'x'), qos1).expect(ack{.id = 1, .code = 0x97});
    live.expect_nothing();
    CHECK(t.count_records("queued") == 0);
    CHECK(t.count_records("message") == 0);
}

TEST_CASE("QoS 2 with RETAIN that is refused may be sent again: its identifier is not remembered") {
    broker_tester t(standard_profile());
    auto p = t.connect(clean("p", v5));
    auto const before = t.machine().held_bytes();
    leave_room(t, 1000);
    publish m{.topic = "r", .payload = "", .level = qos2, .retain = true, .id = 7};
    std::string const large(2000, 'x');
    m.payload = large;
    p.send(m).expect(ack{.type = ack_type::pubrec, .id = 7, .code = 0x97});
    t.machine().set_max_held_bytes(before + 100'000);
    p.send(m).expect(ack{.type = ack_type::pubrec, .id = 7});
    p.subscribe("r");
    CHECK(p.take<publish>().payload == large);
}

TEST_CASE("beyond half the memory a long queue waits in the store, and comes back in order with "
          "all that belongs to it") {
    for (bool const is_killed : {false, true}) {
        broker_tester t(standard_profile());
        auto c = t.connect(persistent("dev", v5));
        subscribe s{.id = 1, .filters = {{.filter = "a", .maximum = qos1}}};
        s.props.subscription_identifiers = {42};
        c.send(s).take<suback>();
        c.send(disconnect{.props = {.session_expiry_interval = 3600}});
        t.connect(persistent("other")).subscribe("a").send(disconnect{});
        auto p = t.connect(clean("p", v5));
        leave_room(t, 200'000);
        constexpr int count = 500;
        for (int i = 0; i < count; ++i) {
            publish m{.topic = "a", .level = qos1, .id = static_cast<packet_id>(i + 1)};
            auto const payload = std::to_string(i) + std::string(2000, 'x');
            m.payload = payload;
            m.props.content_type = "text";
            p.send(m).expect(ack{.id = m.id});
        }
        CHECK(t.count_records("queued") == 2 * count);
        CHECK(t.machine().held_bytes() < 250'000);
        if (is_killed)
            t.restart();
        auto again = t.open(v5);
        again.send(persistent("dev", v5));
        CHECK(again.take<connack>().session_present);
        for (int i = 0; i < count; ++i) {
            auto const m = again.take<publish>();
            REQUIRE(m.payload == std::to_string(i) + std::string(2000, 'x'));
            CHECK(m.props.content_type == "text");
            CHECK(m.props.subscription_identifiers == std::vector<std::uint32_t>{42});
            again.send(ack{.id = m.id});
        }
        again.expect_nothing();
        auto other = t.connect(persistent("other"));
        for (int i = 0; i < count; ++i) {
            auto const m = other.take<publish>();
            REQUIRE(m.payload == std::to_string(i) + std::string(2000, 'x'));
            other.send(ack{.id = m.id});
        }
        CHECK(t.count_records("queued") == 0);
        CHECK(t.count_records("message") == 0);
    }
}

TEST_CASE("a store that cannot be read holds the queue up and loses nothing of it") {
    broker_tester t(standard_profile());
    t.connect(persistent("dev")).subscribe("a").send(disconnect{});
    auto p = t.connect(clean("p"));
    leave_room(t, 2000);
    constexpr int count = 8;
    for (int i = 0; i < count; ++i)
        p.publish("a", std::string(200, static_cast<char>('0' + i)), qos1).unread();
    t.is_store_broken = true;
    auto c = t.connect(persistent("dev"));
    auto const from_memory = static_cast<int>(c.unread());
    CHECK(from_memory < count);
    t.is_store_broken = false;
    t.machine().writable(c.id(), t.now);
    for (int i = from_memory; i < count; ++i)
        CHECK(c.take<publish>().payload == std::string(200, static_cast<char>('0' + i)));
    c.expect_nothing();
}

TEST_CASE("a client of a clean session that does not acknowledge is cut off at its share; the "
          "others go on") {
    broker_tester t(standard_profile());
    leave_room(t, 1'000'000);
    auto slow = t.connect(clean("slow", v5));
    slow.subscribe("a");
    auto good = t.connect(clean("good"));
    good.subscribe("a");
    auto p = t.connect(clean("p"));
    for (int i = 0; i < 2000; ++i) {
        p.publish("a", std::string(1000, 'x'), qos1).unread();
        auto const m = good.take<publish>();
        good.send(ack{.id = m.id});
    }
    CHECK(slow.unread() > 0);
    slow.expect_closed();
    CHECK(t.last_log("Disconnect").details == "the client acknowledges too slowly what it is sent");
    good.expect_open();
    CHECK(t.machine().held_bytes() < 1'000'000);
}

TEST_CASE("what a persistent session leaves unacknowledged counts against its queue limit") {
    auto limits = aws_profile();
    limits.max_queued_messages = 2;
    limits.max_in_flight = 1;
    broker_tester t(limits);
    auto c = t.connect(persistent("dev"));
    c.subscribe("a");
    auto p = t.connect(clean("p"));
    for (int i = 0; i < 5; ++i)
        p.publish("a", std::to_string(i), qos1).unread();
    CHECK(t.last_log("Queued").details == "Throttled while queueing offline message");
    for (int i = 0; i < 3; ++i) {
        auto const m = c.take<publish>();
        CHECK(m.payload == std::to_string(i));
        c.send(ack{.id = m.id});
    }
    c.expect_nothing();
}

TEST_CASE("with all room taken the owner of the queue can connect, and so can others") {
    broker_tester t(standard_profile());
    t.keeps_records = false;
    t.connect(persistent("dev")).subscribe("a").send(disconnect{});
    auto p = t.connect(clean("p", v5));
    leave_room(t, 100'000);
    std::size_t accepted = 0;
    while (p.publish("a", std::string(1000, 'x'), qos1).take<ack>().code == 0)
        ++accepted;
    CHECK(accepted > 50);
    auto const full = t.machine().held_bytes();
    auto other = t.connect(clean("other"));
    CHECK(t.machine().held_bytes() > full);
    other.send(disconnect{});
    t.machine().set_max_held_bytes(full); // not even the reserve is left
    t.open().send(clean("other")).expect(connack{.code = 3}).expect_closed();
    auto c = t.connect(persistent("dev"));
    CHECK(c.unread() == accepted);
}

TEST_CASE("a message as large as a packet may be goes to a subscriber") {
    broker_tester t(standard_profile());
    auto c = t.connect(clean("dev"));
    c.subscribe("a");
    auto p = t.connect(clean("p"));
    std::string const large(15 * 1024 * 1024, 'x');
    for (int i = 1; i <= 3; ++i) {
        p.publish("a", large, qos1).expect(ack{.id = static_cast<packet_id>(i)});
        CHECK(c.take<publish>().payload.size() == large.size());
        c.send(ack{.id = static_cast<packet_id>(i)});
    }
    c.expect_open();
}

TEST_CASE("expired messages leave memory and store while their receiver is away") {
    broker_tester t;
    t.connect(persistent("dev")).subscribe("a").send(disconnect{});
    auto p = t.connect(clean("p", v5));
    auto const before = t.machine().held_bytes();
    for (std::uint32_t const seconds : {5u, 60u}) {
        publish m{.topic = "a", .payload = "x", .level = qos1, .id = 1};
        m.props.message_expiry_interval = seconds;
        p.send(m).expect(ack{.id = 1});
        m.topic = "r";
        m.retain = true;
        p.send(m).expect(ack{.id = 1});
        m.topic = "other";
        p.send(m).expect(ack{.id = 1});
    }
    CHECK(t.count_records("queued") == 2);
    CHECK(t.count_records("retained") == 2);
    t.advance(30s);
    CHECK(t.count_records("queued") == 1);
    CHECK(t.count_records("retained") == 2); // those of 60 s replaced the first
    t.restart();
    t.advance(60s);
    CHECK(t.count_records("queued") == 0);
    CHECK(t.count_records("retained") == 0);
    t.connect(clean("dev"));
    CHECK(t.machine().held_bytes() < before);
}
