// Retained messages, overlapping and shared subscriptions, and the parent rule, by profile.
#include "support/broker_tester.hpp"

#include <string>

using namespace cogniot;
using namespace cogniot::mqtt;
using namespace cogniot::test;
using namespace std::chrono_literals;
using broker::standard_profile;

namespace {

constexpr auto v311 = version::v311, v5 = version::v5;
constexpr auto qos0 = qos::at_most_once, qos1 = qos::at_least_once;

connect clean(std::string_view id, version v = v311) {
    return {.level = v, .keep_alive_seconds = 1200, .client_id = id};
}

} // namespace

TEST_CASE("a retained message comes after SUBACK with RETAIN 1, live ones have 0 [MQTT-3.3.1-8]") {
    broker_tester t;
    auto p = t.connect(clean("p"));
    p.publish("a", "old", qos1, true).publish("a", "new", qos1, true).unread();
    auto c = t.connect(clean("c"));
    c.subscribe("a", qos0).expect(publish{.topic = "a", .payload = "new", .retain = true});
    c.subscribe("a").expect(
        publish{.topic = "a", .payload = "new", .level = qos1, .retain = true, .id = 1});
    p.publish("a", "live", qos0, true);
    c.expect(publish{.topic = "a", .payload = "live"});
}

TEST_CASE("an empty payload deletes, and is still delivered to subscribers [MQTT-3.3.1-10]") {
    broker_tester t;
    auto c = t.connect(clean("c"));
    c.publish("a", "x", qos0, true);
    c.subscribe("a").unread();
    c.publish("a", "", qos0, true).expect(publish{.topic = "a"});
    t.connect(clean("late")).subscribe("a").expect_nothing();
    CHECK(t.records.empty());
}

TEST_CASE("AWS gives retained messages to exact filters only, the standard to wildcards too") {
    for (auto const* rules : {&broker::aws_profile(), &standard_profile()}) {
        broker_tester t(*rules);
        auto p = t.connect(clean("p"));
        p.publish("a/1", "1", qos0, true)
            .publish("a/2", "2", qos0, true)
            .publish("b", "3", qos0, true);
        p.publish("ab", "4", qos0, true).publish("a", "5", qos0, true);
        auto c = t.connect(clean("c"));
        c.subscribe("a/#", qos0);
        if (rules->aws) {
            c.expect_nothing();
        } else {
            c.expect(publish{.topic = "a", .payload = "5", .retain = true})
                .expect(publish{.topic = "a/1", .payload = "1", .retain = true})
                .expect(publish{.topic = "a/2", .payload = "2", .retain = true})
                .expect_nothing();
            c.subscribe("+", qos0);
            CHECK(c.unread() == 3);
        }
        c.subscribe("$share/g/a/1", qos0).expect_nothing();
    }
}

TEST_CASE("retained messages outlive a kill") {
    broker_tester t;
    t.connect(clean("p", v5)).publish("a", "x", qos1, true).expect(ack{.id = 1});
    t.restart();
    t.connect(clean("c"))
        .subscribe("a")
        .expect(publish{.topic = "a", .payload = "x", .level = qos1, .retain = true, .id = 1});
}

TEST_CASE("retained messages ask for iot:Receive as all others") {
    broker_tester t;
    t.connect(clean("p")).publish("a", "x", qos0, true);
    t.may.no_receive.insert("a");
    t.connect(clean("c")).subscribe("a").expect_nothing();
}

TEST_CASE("MQTT 5: a retained message expires (MQTT 5, 3.3.2.3.3)") {
    broker_tester t;
    publish m{.topic = "a", .payload = "x", .retain = true};
    m.props.message_expiry_interval = 10;
    t.connect(clean("p", v5)).send(m);
    t.advance(4s);
    auto c = t.connect(clean("c", v5));
    CHECK(c.subscribe("a", qos0).take<publish>().props.message_expiry_interval == 6);
    t.advance(6s);
    c.subscribe("a", qos0).expect_nothing();
    CHECK(t.count_records("retained") == 0);
}

TEST_CASE("MQTT 5: retain handling and retain as published (MQTT 5, 3.8.3.1)") {
    broker_tester t;
    auto p = t.connect(clean("p"));
    p.publish("a", "x", qos0, true);
    auto c = t.connect(clean("c", v5));
    auto const ask = [&](std::uint8_t handling) {
        c.send(subscribe{
            .id = 1,
            .filters = {
                {.filter = "a", .retain_as_published = true, .retain_handling = handling}}});
        c.take<suback>();
        return c.unread();
    };
    CHECK(ask(2) == 0);
    CHECK(ask(1) == 0); // it is there already
    CHECK(ask(0) == 1);
    c.send(unsubscribe{.id = 2, .filters = {"a"}}).unread();
    CHECK(ask(1) == 1);
    p.publish("a", "y", qos0, true);
    c.expect(publish{.topic = "a", .payload = "y", .retain = true});
}

TEST_CASE("MQTT 5: no local [MQTT-3.8.3-3]") {
    broker_tester t;
    auto c = t.connect(clean("c", v5));
    c.send(subscribe{.id = 1, .filters = {{.filter = "a", .no_local = true}}}).unread();
    c.publish("a", "own").expect_nothing();
    t.connect(clean("p")).publish("a", "other");
    c.expect(publish{.topic = "a", .payload = "other"});
}

TEST_CASE("overlapping subscriptions: one copy at the highest QoS [MQTT-3.3.5-1]") {
    broker_tester t;
    auto c = t.connect(clean("c"));
    c.subscribe("a/b", qos0).subscribe("a/+", qos1).subscribe("#", qos0);
    t.connect(clean("p")).publish("a/b", "x", qos1);
    c.expect(publish{.topic = "a/b", .payload = "x", .level = qos1, .id = 1}).expect_nothing();
    // Whichever filter is found first.
    auto d = t.connect(clean("d"));
    d.subscribe("b/c", qos1).subscribe("b/+", qos0).subscribe("b/#", qos0);
    c.publish("b/c", "y", qos1);
    d.expect(publish{.topic = "b/c", .payload = "y", .level = qos1, .id = 1}).expect_nothing();
}

TEST_CASE("MQTT 5: subscription identifiers of all matching filters, on the standard profile") {
    broker_tester t(standard_profile());
    auto c = t.connect(clean("c", v5));
    for (auto const& [filter, id] : {std::pair{"a/b", 1u}, std::pair{"a/+", 200u}}) {
        subscribe s{.id = 1, .filters = {{.filter = filter, .maximum = qos1}}};
        s.props.subscription_identifiers = {id};
        c.send(s).unread();
    }
    c.publish("a/b", "x");
    auto ids = c.take<publish>().props.subscription_identifiers;
    std::sort(ids.begin(), ids.end());
    CHECK(ids == std::vector<std::uint32_t>{1, 200});
    t.connect(clean("other")).publish("a/b", "x", qos1);
    CHECK(c.take<publish>().props.subscription_identifiers.size() == 2);
}

TEST_CASE("shared subscriptions: one member of a group, all groups (MQTT 5, 4.8.2; AWS IoT)") {
    broker_tester t;
    auto a = t.connect(clean("a"));
    auto b = t.connect(clean("b"));
    auto other = t.connect(clean("other"));
    a.subscribe("$share/g/x/#");
    b.subscribe("$share/g/x/#");
    other.subscribe("$share/h/x/#");
    auto p = t.connect(clean("p"));
    for (int i = 0; i < 100; ++i)
        p.publish("x/1", "x");
    auto const got_a = a.unread(), got_b = b.unread();
    CHECK(got_a + got_b == 100);
    CHECK(got_a > 20);
    CHECK(got_b > 20);
    CHECK(other.unread() == 100);
    a.send(disconnect{});
    p.publish("x/1", "x");
    CHECK(b.unread() == 1);
    b.send(unsubscribe{.id = 9, .filters = {"$share/g/x/#"}}).unread();
    p.publish("x/1", "x");
    CHECK(b.unread() == 0);
}

TEST_CASE("`a/#` matches `a` on the standard profile, not on AWS [MQTT-4.7.1-2]") {
    for (auto const* rules : {&broker::aws_profile(), &standard_profile()}) {
        broker_tester t(*rules);
        auto c = t.connect(clean("c"));
        c.subscribe("a/#").publish("a", "x");
        CHECK(c.unread() == (rules->aws ? 0 : 1));
    }
}

TEST_CASE(
    "UNSUBSCRIBE ends the delivery; MQTT 5's answer for an unknown filter differs by profile") {
    for (auto const* rules : {&broker::aws_profile(), &standard_profile()}) {
        broker_tester t(*rules);
        auto c = t.connect(clean("c", v5));
        c.subscribe("a");
        c.send(unsubscribe{.id = 7, .filters = {"a", "b"}})
            .expect(
                unsuback{.id = 7, .codes = {0, static_cast<reason_code>(rules->aws ? 0 : 0x11)}});
        c.publish("a", "x").expect_nothing();
    }
}

TEST_CASE("services publish without a policy; every delivery asks for iot:Receive") {
    broker_tester t;
    auto c = t.connect(clean("c"));
    c.subscribe("$aws/things/t/shadow/update/accepted");
    t.machine().publish_from_service("$aws/things/t/shadow/update/accepted", "{}", qos0, 0, t.now);
    c.expect(publish{.topic = "$aws/things/t/shadow/update/accepted", .payload = "{}"});
    CHECK(t.may.receive_asked.back() == "$aws/things/t/shadow/update/accepted");
}

TEST_CASE("no local holds for a client's own retained message, too [MQTT-3.8.3-3]") {
    broker_tester t(standard_profile());
    auto c = t.connect({.level = version::v5, .keep_alive_seconds = 1200, .client_id = "dev"});
    auto other =
        t.connect({.level = version::v5, .keep_alive_seconds = 1200, .client_id = "other"});
    c.publish("mine", "1", qos::at_most_once, true);
    other.publish("theirs", "2", qos::at_most_once, true);
    c.send(subscribe{.id = 1, .filters = {{.filter = "#", .no_local = true}}});
    c.take<suback>();
    CHECK(c.take<publish>().payload == "2");
    c.expect_nothing();
}

TEST_CASE("retained messages wait for a congested subscriber, of any QoS, and none is lost") {
    broker_tester t(standard_profile());
    auto p = t.connect({.keep_alive_seconds = 1200, .client_id = "p"});
    for (int i = 0; i < 300; ++i)
        p.publish("r/" + std::to_string(i), "x",
                  i % 2 == 0 ? qos::at_most_once : qos::at_least_once, true)
            .unread();
    auto c = t.connect({.keep_alive_seconds = 1200, .client_id = "dev"});
    t.congested.insert(c.id());
    c.subscribe("r/#").expect_nothing();
    t.congested.clear();
    t.machine().writable(c.id(), t.now);
    int got = 0;
    for (; got < 300; ++got) {
        auto const m = c.take<publish>();
        CHECK(m.retain);
        if (m.level == qos::at_least_once)
            c.send(ack{.id = m.id});
    }
    c.expect_nothing();
}

TEST_CASE("a SUBSCRIBE that finds very many retained messages takes many turns; others have theirs "
          "in between") {
    broker_tester t(standard_profile());
    auto p = t.connect({.keep_alive_seconds = 1200, .client_id = "p"});
    for (int i = 0; i < 3000; ++i)
        p.publish(std::to_string(i) + "/x", "x", qos::at_most_once, true);
    auto c = t.connect({.keep_alive_seconds = 1200, .client_id = "dev"});
    std::vector<std::string> names;
    for (int i = 0; i < 20; ++i)
        names.push_back("+/y" + std::to_string(i));
    names.emplace_back("+/x");
    subscribe many{.id = 1};
    for (auto const& name : names)
        many.filters.push_back({.filter = name});
    c.send(many).take<suback>();
    c.expect_nothing();
    REQUIRE(t.machine().next_deadline().has_value());
    CHECK(*t.machine().next_deadline() <= t.now);
    int turns = 0;
    for (; t.machine().next_deadline() && *t.machine().next_deadline() <= t.now; ++turns)
        t.machine().tick(t.now);
    CHECK(turns > 10);
    CHECK(turns < 200);
    CHECK(c.unread() == 3000);
}
