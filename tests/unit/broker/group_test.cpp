// Shared subscriptions beyond who gets a message: the queue of a group, and what members leave
// behind. @source MQTT 5, 4.8.2; AWS IoT developer guide, "Shared subscriptions"
#include "support/broker_tester.hpp"

#include <set>
#include <string>

using namespace cogniot;
using namespace cogniot::mqtt;
using namespace cogniot::test;
using namespace std::chrono_literals;
using broker::standard_profile;

namespace {

constexpr auto v5 = version::v5;
constexpr auto qos1 = qos::at_least_once, qos2 = qos::exactly_once;

connect clean(std::string_view id) {
    return {.level = v5, .keep_alive_seconds = 1200, .client_id = id};
}
connect persistent(std::string_view id) {
    connect p{.level = v5, .clean_start = false, .keep_alive_seconds = 1200, .client_id = id};
    p.props.session_expiry_interval = 3600;
    return p;
}
constexpr std::string_view shared = "$share/g/a/#";

} // namespace

TEST_CASE("a group queues while nobody is connected; whoever comes back first gets it, in order") {
    for (auto const* rules : {&broker::aws_profile(), &standard_profile()})
        for (bool const is_killed : {false, true}) {
            broker_tester t(*rules);
            t.connect(persistent("one")).subscribe(shared).lose();
            t.connect(persistent("two")).subscribe(shared).lose();
            CHECK(t.machine().session_count() == 2);
            auto p = t.connect(clean("p"));
            for (int i = 0; i < 20; ++i)
                p.publish("a/" + std::to_string(i), "x", qos1).unread();
            p.publish("a/zero", "x");
            CHECK(t.count_records("queued") == 20);
            CHECK(t.last_log("Queued").client_id == shared);
            if (is_killed)
                t.restart();
            auto two = t.connect(persistent("two"));
            for (int i = 0; i < 20; ++i) {
                auto const m = two.take<publish>();
                CHECK(m.topic == "a/" + std::to_string(i));
                two.send(ack{.id = m.id});
            }
            two.expect_nothing();
            CHECK(t.count_records("queued") == 0);
            t.connect(persistent("one")).expect_nothing();
        }
}

TEST_CASE("a member that joins takes from the queue, each as far as its window goes") {
    broker_tester t(standard_profile());
    t.connect(persistent("away")).subscribe(shared).lose();
    auto p = t.connect(clean("p"));
    for (int i = 0; i < 6; ++i)
        p.publish("a", std::to_string(i), qos1).unread();
    auto small = clean("small");
    small.props.receive_maximum = 2;
    auto one = t.connect(small);
    one.subscribe(shared);
    CHECK(one.take<publish>().payload == "0");
    CHECK(one.take<publish>().payload == "1");
    one.expect_nothing();
    auto two = t.connect(clean("two"));
    two.subscribe(shared);
    CHECK(two.take<publish>().payload == "2");
    CHECK(two.unread() == 3);
    CHECK(t.count_records("queued") == 0);
}

TEST_CASE("the queue ends with the last persistent member") {
    broker_tester t(standard_profile());
    auto one = t.connect(persistent("one"));
    one.subscribe(shared).lose();
    t.connect(clean("p")).publish("a", "x", qos1);
    CHECK(t.count_records("session") == 2);
    t.connect(clean("one")).send(disconnect{});
    CHECK(t.records.empty());
    t.connect(clean("p")).publish("a", "x", qos1).send(disconnect{});
    CHECK(t.records.empty());
    CHECK(t.machine().session_count() == 0);
    CHECK(t.machine().held_bytes() == 0);
}

TEST_CASE("what a member leaves unacknowledged when its session ends goes to another; QoS 2 that "
          "was sent does not (MQTT 5, 4.8.2)") {
    for (auto const level : {qos1, qos2}) {
        broker_tester t(standard_profile());
        auto one = t.connect(clean("one"));
        one.subscribe(shared, qos2);
        auto p = t.connect(clean("p"));
        p.publish("a", "x", level).unread();
        CHECK(one.take<publish>().payload == "x");
        auto two = t.connect(clean("two"));
        two.subscribe(shared, qos2);
        one.lose();
        if (level == qos1) {
            auto const again = two.take<publish>();
            CHECK(again.payload == "x");
            CHECK(!again.dup);
        }
        two.expect_nothing();
    }
}

TEST_CASE("with nobody else connected, what a clean member leaves waits for the persistent one") {
    broker_tester t(standard_profile());
    t.connect(persistent("away")).subscribe(shared).lose();
    auto one = t.connect(clean("one"));
    one.subscribe(shared);
    t.connect(clean("p")).publish("a", "x", qos1);
    one.take<publish>();
    one.lose();
    CHECK(t.count_records("queued") == 1);
    CHECK(t.connect(persistent("away")).take<publish>().payload == "x");
}

TEST_CASE("a client in two groups and with a filter of its own gets a copy for each") {
    broker_tester t(standard_profile());
    auto c = t.connect(clean("dev"));
    c.subscribe("$share/g/a").subscribe("$share/h/a").subscribe("a").subscribe("+");
    t.connect(clean("p")).publish("a", "x", qos1);
    CHECK(c.unread() == 3);
}
