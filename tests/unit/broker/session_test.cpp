// Persistent sessions: what is stored, what comes back, after a reconnect and after a kill.
#include "support/broker_tester.hpp"

#include <string>

using namespace cogniot;
using namespace cogniot::mqtt;
using namespace cogniot::test;
using namespace std::chrono_literals;
using broker::standard_profile;

namespace {

constexpr auto v311 = version::v311, v5 = version::v5;
constexpr auto qos0 = qos::at_most_once, qos1 = qos::at_least_once, qos2 = qos::exactly_once;

connect clean(std::string_view id, version v = v311) {
    return {.level = v, .keep_alive_seconds = 1200, .client_id = id};
}
connect persistent(std::string_view id, version v = v311, std::uint32_t expiry = 3600) {
    connect p{.level = v, .clean_start = false, .keep_alive_seconds = 1200, .client_id = id};
    if (v == v5)
        p.props.session_expiry_interval = expiry;
    return p;
}
publish message(std::string_view topic, std::string_view payload, packet_id id) {
    return {.topic = topic, .payload = payload, .level = qos1, .id = id};
}

} // namespace

TEST_CASE("a clean session leaves nothing behind and asks for no record [MQTT-3.1.2-6]") {
    broker_tester t;
    auto c = t.connect(clean("dev"));
    c.subscribe("a");
    c.publish("a", "x", qos1).expect(ack{.id = 2}).expect(message("a", "x", 1));
    c.send(ack{.id = 1}).send(disconnect{});
    CHECK(t.persisted == 0);
    CHECK(t.machine().session_count() == 0);
    CHECK(t.machine().held_bytes() == 0);
    t.open().send(persistent("dev")).expect(connack{.session_present = false});
}

TEST_CASE("a persistent session keeps its subscriptions and QoS 1 messages while offline") {
    for (auto const v : {v311, v5}) {
        broker_tester t;
        auto c = t.connect(persistent("dev", v));
        c.subscribe("one").subscribe("zero", qos0);
        c.send(disconnect{});
        auto p = t.connect(clean("p"));
        p.publish("one", "1", qos1).publish("one", "2", qos1).unread();
        p.publish("one", "not stored", qos0).publish("zero", "not stored", qos1).unread();
        CHECK(t.count_log("Queued") == 2);
        auto again = t.open(v);
        again.send(persistent("dev", v));
        CHECK(again.take<connack>().session_present);
        again.expect(message("one", "1", 1)).expect(message("one", "2", 2)).expect_nothing();
        again.send(ack{.id = 1}).send(ack{.id = 2});
        p.publish("one", "3", qos1);
        again.expect(message("one", "3", 3));
    }
}

TEST_CASE("MQTT 3.1 has no session present flag in CONNACK; the session is there all the same") {
    broker_tester t;
    auto const p = persistent("dev", version::v31);
    t.connect(p).subscribe("a").send(disconnect{});
    t.connect(clean("p")).publish("a", "x", qos1);
    t.open(version::v31).send(p).expect(connack{}).expect(message("a", "x", 1));
}

TEST_CASE("clean session 1 drops the stored session [MQTT-3.1.2-6]") {
    broker_tester t;
    t.connect(persistent("dev")).subscribe("a").send(disconnect{});
    t.connect(clean("dev")).send(disconnect{});
    CHECK(t.records.empty());
    t.open().send(persistent("dev")).expect(connack{.session_present = false});
}

TEST_CASE("unacknowledged messages are sent again after a reconnect: DUP on the standard profile "
          "[MQTT-4.4.0-1] [MQTT-3.3.1-1], never on AWS") {
    for (auto const* rules : {&broker::aws_profile(), &standard_profile()}) {
        broker_tester t(*rules);
        auto c = t.connect(persistent("dev"));
        c.subscribe("a");
        t.connect(clean("p")).publish("a", "x", qos1);
        c.expect(message("a", "x", 1));
        c.lose();
        auto again = t.connect(persistent("dev"));
        auto wanted = message("a", "x", 1);
        wanted.dup = !rules->aws;
        again.expect(wanted);
        again.send(ack{.id = 1}).send(disconnect{});
        t.connect(persistent("dev")).expect_nothing();
    }
}

TEST_CASE("stored messages outlive a kill at any point after the PUBACK") {
    for (auto const v : {v311, v5}) {
        broker_tester t;
        auto c = t.connect(persistent("dev", v));
        c.subscribe("a/#");
        auto p = t.connect(clean("p", v));
        p.publish("a/1", "delivered, acknowledged", qos1).expect(ack{.id = 1});
        c.take<publish>();
        c.send(ack{.id = 1});
        p.publish("a/2", "delivered, not acknowledged", qos1).expect(ack{.id = 2});
        c.take<publish>();
        c.lose();
        p.publish("a/3", "stored", qos1).expect(ack{.id = 3});
        t.restart();
        auto again = t.open(v);
        again.send(persistent("dev", v));
        CHECK(again.take<connack>().session_present);
        again.expect(message("a/2", "delivered, not acknowledged", 2))
            .expect(message("a/3", "stored", 3))
            .expect_nothing();
        again.send(ack{.id = 3}).send(ack{.id = 2});
        CHECK(t.count_records("queued") == 0);
        // Its subscriptions are alive.
        t.connect(clean("p", v)).publish("a/4", "live", qos1);
        CHECK(again.take<publish>().payload == "live");
    }
}

TEST_CASE(
    "a session that was connected when the process was killed is resumed, and expires later") {
    broker_tester t;
    t.connect(persistent("dev")).subscribe("a");
    t.restart();
    t.advance(3599s);
    t.connect(clean("p")).publish("a", "x", qos1);
    CHECK(t.machine().session_count() == 2);
    t.open()
        .send(persistent("dev"))
        .expect(connack{.session_present = true})
        .expect(message("a", "x", 1));
    t.restart();
    t.advance(3600s);
    CHECK(t.machine().session_count() == 0);
    CHECK(t.records.empty());
}

TEST_CASE("a message for several persistent sessions is kept once and forgotten with the last") {
    broker_tester t;
    t.connect(persistent("d1")).subscribe("a").send(disconnect{});
    t.connect(persistent("d2")).subscribe("a").send(disconnect{});
    t.connect(clean("p")).publish("a", std::string(1000, 'x'), qos1);
    CHECK(t.count_records("message") == 1);
    CHECK(t.count_records("queued") == 2);
    t.restart();
    auto d1 = t.connect(persistent("d1"));
    CHECK(d1.take<publish>().payload == std::string(1000, 'x'));
    d1.send(ack{.id = 1});
    CHECK(t.count_records("message") == 1);
    auto d2 = t.connect(persistent("d2"));
    CHECK(d2.take<publish>().payload == std::string(1000, 'x'));
    d2.send(ack{.id = 1});
    CHECK(t.count_records("message") == 0);
    CHECK(t.count_records("queued") == 0);
}

TEST_CASE("sessions expire: AWS after an hour, MQTT 5 as asked and at most an hour") {
    struct row {
        connect p;
        std::chrono::seconds lives;
    };
    for (auto const& r : {row{persistent("dev"), 3600s}, row{persistent("dev", v5, 60), 60s},
                          row{persistent("dev", v5, 999'999), 3600s}}) {
        broker_tester t;
        t.connect(r.p).subscribe("a").send(disconnect{});
        t.advance(r.lives - 1s);
        CHECK(t.machine().session_count() == 1);
        t.advance(1s);
        CHECK(t.machine().session_count() == 0);
        CHECK(t.records.empty());
        CHECK(t.machine().held_bytes() == 0);
    }
}

TEST_CASE("the standard profile's 3.1.1 sessions never expire") {
    broker_tester t(standard_profile());
    t.connect(persistent("dev")).subscribe("a").send(disconnect{});
    t.advance(24h * 400);
    t.open().send(persistent("dev")).expect(connack{.session_present = true});
}

TEST_CASE(
    "MQTT 5: DISCONNECT may change the expiry, but not raise it from 0 (MQTT 5, 3.14.2.2.2)") {
    broker_tester t;
    disconnect end_now;
    end_now.props.session_expiry_interval = 0;
    t.connect(persistent("dev", v5)).subscribe("a").send(end_now);
    CHECK(t.machine().session_count() == 0);
    CHECK(t.records.empty());
    disconnect raise;
    raise.props.session_expiry_interval = 60;
    t.connect(clean("dev", v5)).send(raise).expect(disconnect{.code = 0x82}).expect_closed();
    t.connect(persistent("dev", v5, 10)).send(raise);
    t.advance(59s);
    CHECK(t.machine().session_count() == 1);
}

TEST_CASE("an MQTT 3 session is never resumed by MQTT 5 on AWS, nor the other way round") {
    broker_tester t;
    t.connect(persistent("dev")).subscribe("a").send(disconnect{});
    auto five = t.open(v5);
    five.send(persistent("dev", v5));
    CHECK(!five.take<connack>().session_present);
    five.send(disconnect{});
    t.open().send(persistent("dev")).expect(connack{.session_present = false});
}

TEST_CASE("AWS replays at most ten stored messages a second; live messages pass by") {
    broker_tester t;
    t.connect(persistent("dev")).subscribe("a").send(disconnect{});
    auto p = t.connect(clean("p"));
    for (int i = 0; i < 25; ++i)
        p.publish("a", std::to_string(i), qos1);
    auto c = t.connect(persistent("dev"));
    CHECK(c.unread() == 10);
    p.publish("a", "live", qos1);
    CHECK(c.take<publish>().payload == "live");
    t.advance(1s);
    CHECK(c.unread() == 10);
    t.advance(1s);
    CHECK(c.unread() == 5);
    t.advance(1s);
    CHECK(c.unread() == 0);
}

TEST_CASE(
    "the standard profile holds 10,000 messages and delivers them in order, from identifier 1") {
    broker_tester t(standard_profile());
    t.connect(persistent("dev")).subscribe("a").send(disconnect{});
    auto p = t.connect(clean("p"));
    for (int i = 0; i < 10'000; ++i)
        p.publish("a", std::to_string(i), qos1);
    t.restart();
    auto c = t.connect(persistent("dev"));
    for (int i = 0; i < 10'000; ++i) {
        auto const m = c.take<publish>();
        REQUIRE(m.payload == std::to_string(i));
        REQUIRE(m.id == i + 1);
        c.send(ack{.id = m.id});
    }
    c.expect_nothing();
    CHECK(t.count_records("queued") == 0);
}

TEST_CASE("at most a window of messages is in flight; the next waits for an acknowledgement") {
    broker_tester t;
    auto five = persistent("dev", v5);
    five.props.receive_maximum = 2;
    auto c = t.connect(five);
    c.subscribe("a");
    auto p = t.connect(clean("p"));
    for (auto const* payload : {"1", "2", "3"})
        p.publish("a", payload, qos1);
    c.expect(message("a", "1", 1)).expect(message("a", "2", 2)).expect_nothing();
    c.send(ack{.id = 2}).expect(message("a", "3", 3)).expect_nothing();

    auto wide = t.connect(clean("wide"));
    wide.subscribe("b");
    for (int i = 0; i < 150; ++i)
        p.publish("b", "x", qos1);
    CHECK(wide.unread() == 100); // AWS IoT quota: 100 unacknowledged
}

TEST_CASE("an unacknowledged delivery to an MQTT 5 client is given up after 960 s (AWS)") {
    broker_tester t;
    auto c = t.connect(clean("dev", v5));
    c.subscribe("a");
    t.connect(clean("p")).publish("a", "x", qos1);
    c.expect(message("a", "x", 1));
    t.advance(930s);
    CHECK(c.unread() > 0);
    while (c.unread() > 0)
        c.take<publish>();
    c.send(pingreq{}).expect(pingresp{});
    t.advance(90s);
    CHECK(c.unread() <= 1);
}

TEST_CASE("an unacknowledged delivery is sent again after 30 s and given up after an hour (AWS)") {
    broker_tester t;
    auto quiet = clean("dev");
    auto c = t.connect(quiet);
    c.subscribe("a");
    t.connect(clean("p")).publish("a", "x", qos1);
    c.expect(message("a", "x", 1));
    t.advance(29s);
    c.expect_nothing();
    t.advance(1s);
    c.expect(message("a", "x", 1));
    std::size_t again = 0;
    for (int minutes = 1; minutes <= 70; ++minutes) {
        c.send(pingreq{}).expect(pingresp{});
        t.advance(1min);
        again += c.unread();
    }
    CHECK(again >= 117);
    CHECK(again <= 119);
    t.advance(1min);
    c.expect_nothing();

    broker_tester standard(standard_profile());
    auto s = standard.connect(quiet);
    s.subscribe("a");
    standard.connect(clean("p")).publish("a", "x", qos1);
    s.expect(message("a", "x", 1));
    standard.advance(10min);
    s.expect_nothing(); // [MQTT-4.4.0-1]
}

TEST_CASE("packet identifiers wrap from 65535 to 1 and skip none that is in use") {
    broker_tester t(standard_profile());
    auto c = t.connect(clean("dev"));
    c.subscribe("a");
    auto p = t.connect(clean("p"));
    p.publish("a", "held", qos1).unread();
    c.expect(message("a", "held", 1));
    for (int i = 2; i <= 65535; ++i) {
        p.publish("a", "x", qos1);
        auto const m = c.take<publish>();
        REQUIRE(m.id == i);
        c.send(ack{.id = m.id});
    }
    p.publish("a", "waits for 1", qos1);
    c.expect_nothing();
    c.send(ack{.id = 1}).expect(message("a", "waits for 1", 1));
    p.publish("a", "next", qos1);
    c.expect(message("a", "next", 2));
}

TEST_CASE("an unknown acknowledgement is ignored") {
    broker_tester t;
    auto c = t.connect(clean("dev"));
    c.send(ack{.id = 7}).expect_nothing().expect_open();
}

TEST_CASE("takeover hands the stored session over, with what was in flight") {
    broker_tester t;
    auto c = t.connect(persistent("dev"));
    c.subscribe("a");
    t.connect(clean("p")).publish("a", "x", qos1);
    c.expect(message("a", "x", 1));
    auto again = t.open();
    again.send(persistent("dev"))
        .expect(connack{.session_present = true})
        .expect(message("a", "x", 1));
    c.expect_closed();
}

TEST_CASE(
    "messages expire in the queue; what is left of the interval goes along (MQTT 5, 3.3.2.3.3)") {
    broker_tester t;
    t.connect(persistent("dev", v5)).subscribe("a").send(disconnect{});
    auto p = t.connect(clean("p", v5));
    publish m{.topic = "a", .payload = "short", .level = qos1, .id = 1};
    m.props.message_expiry_interval = 5;
    p.send(m);
    m.payload = "long";
    m.props.message_expiry_interval = 60;
    p.send(m);
    t.advance(10s);
    auto c = t.connect(persistent("dev", v5));
    auto const got = c.take<publish>();
    CHECK(got.payload == "long");
    CHECK(got.props.message_expiry_interval == 50);
    c.expect_nothing();
    CHECK(t.count_records("queued") == 1);
}

TEST_CASE("AWS holds a message's expiry between a second and seven days, the standard does not") {
    struct row {
        std::uint32_t asked, aws, standard;
    };
    for (auto const& r : {row{0, 1, 0}, row{1, 1, 1}, row{604'800, 604'800, 604'800},
                          row{604'801, 604'800, 604'801}})
        for (auto const* rules : {&broker::aws_profile(), &standard_profile()}) {
            CAPTURE(r.asked);
            broker_tester t(*rules);
            auto c = t.connect(clean("dev", v5));
            c.subscribe("a");
            publish m{.topic = "a", .payload = "x"};
            m.props.message_expiry_interval = r.asked;
            t.connect(clean("p", v5)).send(m);
            if (rules->aws || r.standard > 0)
                CHECK(c.take<publish>().props.message_expiry_interval ==
                      (rules->aws ? r.aws : r.standard));
        }
}

TEST_CASE("MQTT 5 properties go through unchanged; MQTT 3 receivers get none") {
    broker_tester t;
    auto five = t.connect(clean("five", v5));
    five.subscribe("a");
    auto three = t.connect(clean("three"));
    three.subscribe("a");
    publish m{.topic = "a", .payload = "x"};
    m.props.payload_format_indicator = 1;
    m.props.content_type = "text/plain";
    m.props.response_topic = "r";
    m.props.correlation_data = "c";
    m.props.user_properties = {{"k", "2"}, {"k", "1"}};
    auto sent = m;
    sent.props.topic_alias = 1;
    t.connect(clean("p", v5)).send(sent);
    five.expect(m);
    three.expect(publish{.topic = "a", .payload = "x"});
}

TEST_CASE("QoS 2 on the standard profile, both ways, once (MQTT 3.1.1, 4.3.3)") {
    broker_tester t(standard_profile());
    auto c = t.connect(persistent("dev"));
    c.subscribe("a", qos2);
    auto p = t.connect(persistent("p"));
    publish m{.topic = "a", .payload = "x", .level = qos2, .id = 9};
    p.send(m).expect(ack{.type = ack_type::pubrec, .id = 9});
    auto dup = m;
    dup.dup = true;
    p.send(dup).expect(ack{.type = ack_type::pubrec, .id = 9});
    publish delivered{.topic = "a", .payload = "x", .level = qos2, .id = 1};
    c.expect(delivered).expect_nothing();
    t.restart();

    // The publisher's half: released exactly once, also after the kill.
    p = t.connect(persistent("p"));
    p.send(dup).expect(ack{.type = ack_type::pubrec, .id = 9});
    p.send(ack{.type = ack_type::pubrel, .id = 9}).expect(ack{.type = ack_type::pubcomp, .id = 9});
    CHECK(t.count_records("received") == 0);

    // The subscriber's half.
    c = t.connect(persistent("dev"));
    delivered.dup = true;
    c.expect(delivered).expect_nothing();
    c.send(ack{.type = ack_type::pubrec, .id = 1}).expect(ack{.type = ack_type::pubrel, .id = 1});
    t.restart();
    c = t.connect(persistent("dev"));
    c.expect(ack{.type = ack_type::pubrel, .id = 1}).expect_nothing();
    c.send(ack{.type = ack_type::pubcomp, .id = 1}).expect_nothing();
    CHECK(t.count_records("queued") == 0);
}

TEST_CASE("a congested connection loses QoS 0 and keeps QoS 1 until it can be written to") {
    broker_tester t;
    auto c = t.connect(clean("dev"));
    c.subscribe("a");
    t.congested.insert(c.id());
    auto p = t.connect(clean("p"));
    p.publish("a", "zero").publish("a", "one", qos1);
    c.expect_nothing();
    t.congested.clear();
    t.machine().writable(c.id(), t.now);
    c.expect(message("a", "one", 1)).expect_nothing();
}

TEST_CASE("limits that were chosen hold for the sessions of the last run, too (--limits)") {
    auto limits = broker::aws_profile();
    limits.max_queued_messages = 1;
    broker_tester t(limits);
    t.connect(persistent("dev")).subscribe("a").send(disconnect{});
    t.restart();
    t.connect(clean("p")).publish("a", "1", qos1).publish("a", "2", qos1);
    auto again = t.open();
    again.send(persistent("dev")).expect(connack{.session_present = true});
    t.advance(2s);
    again.expect(message("a", "1", 1)).expect_nothing();
}

TEST_CASE("a record that cannot be read is refused by name, another's kind is left alone") {
    broker_tester t;
    auto& b = t.machine();
    REQUIRE(b.restore("session", "dev", R"({"number":7,"version":4,"profile":"aws","expiry":0})")
                .has_value());
    struct {
        std::string_view kind, key, value;
    } const rows[]{
        {"session", "other", "no json"},
        {"session", "other", R"({"number":7,"version":4,"profile":"aws","expiry":0})"},
        {"session", "other", R"({"number":0,"version":4,"profile":"aws","expiry":0})"},
        {"session", "other", R"({"number":4294967295,"version":4,"profile":"aws","expiry":0})"},
        {"session", "other", R"({"number":8,"version":4,"profile":"aws","expiry":-1})"},
        {"session", "other", R"({"number":8,"version":4,"profile":"ibm","expiry":0})"},
        {"subscription", "zz", "{}"},
        {"queued", "00000001/000000000001", "\x02"},
        {"queued", "1", "\x01\x01"},
        {"retained", "a", ""},
        {"message", "x", "\x01"},
        {"received", "00000001/0000", ""},
    };
    for (auto const& r : rows) {
        auto const taken = b.restore(r.kind, r.key, r.value);
        REQUIRE_MESSAGE(!taken.has_value(), r.kind, " ", r.value);
        CHECK(taken.error().code == make_error_code(broker::errc::record_not_readable));
        CHECK(taken.error().detail ==
              "record " + std::string(r.kind) + " `" + std::string(r.key) + "`");
    }
    auto const foreign = b.restore("user_pool", "a", "b");
    REQUIRE(foreign.has_value());
    CHECK_FALSE(*foreign);
}

TEST_CASE("what belongs to a session that is gone is forgotten, not given to the next") {
    broker_tester t;
    auto lost = t.connect(persistent("lost"));
    lost.subscribe("secret");
    lost.lose();
    auto other = t.connect(persistent("other"));
    other.subscribe("secret");
    other.lose();
    t.connect(clean("p")).publish("secret", "x", qos1);
    std::erase_if(t.records, [](auto const& one) { return one.first.first == "session"; });
    REQUIRE(t.count_records("queued") == 2);
    REQUIRE(t.count_records("message") == 1);
    t.restart();
    t.advance(0s);
    CHECK(t.records.empty());
    auto next = t.connect(persistent("next"));
    t.connect(clean("p")).publish("secret", "y", qos1);
    next.expect_nothing();
    t.restart();
    t.open().send(persistent("next")).expect(connack{.session_present = true}).expect_nothing();
}

TEST_CASE("a delivery that has begun does not expire: it is sent again [MQTT-4.4.0-1]") {
    broker_tester t(standard_profile());
    auto c = t.connect(persistent("dev", v5));
    c.subscribe("a");
    publish m{.topic = "a", .payload = "x", .level = qos1, .id = 1};
    m.props.message_expiry_interval = 1;
    t.connect(clean("p", v5)).send(m);
    c.take<publish>();
    c.lose();
    t.advance(60s);
    auto again = t.connect(persistent("dev", v5));
    auto const resent = again.take<publish>();
    CHECK(resent.dup);
    CHECK(resent.payload == "x");
}

TEST_CASE("a message with an expiry of 0 reaches whoever is connected (MQTT 5, 3.3.2.3.3)") {
    broker_tester t(standard_profile());
    auto c = t.connect(clean("dev", v5));
    c.subscribe("a");
    publish m{.topic = "a", .payload = "x", .level = qos1, .id = 1};
    m.props.message_expiry_interval = 0;
    t.connect(clean("p", v5)).send(m);
    CHECK(c.take<publish>().props.message_expiry_interval == 0);
}

TEST_CASE("the time until a delivery is given up counts while the client is connected (AWS IoT, "
          "\"message queue\")") {
    broker_tester t;
    auto c = t.connect(persistent("dev"));
    c.subscribe("a");
    t.connect(clean("p")).publish("a", "x", qos1);
    c.take<publish>();
    auto const stay = [&](test_client& who) {
        for (int minutes = 0; minutes < 50; minutes += 10) {
            who.send(pingreq{});
            t.advance(10min);
        }
    };
    stay(c);
    c.lose();
    t.advance(50min);
    auto again = t.connect(persistent("dev"));
    again.take<publish>();
    stay(again);
    CHECK(t.count_records("queued") == 1);
}

TEST_CASE("MQTT 3 has no Receive Maximum: as many QoS 2 messages as there are identifiers may be "
          "unreleased; MQTT 5 is held to what CONNACK said [MQTT-3.3.4-9]") {
    broker_tester t(standard_profile());
    auto old = t.connect(clean("old"));
    auto now = t.connect(clean("now", v5));
    for (packet_id id = 1; id <= 4096; ++id)
        for (auto* c : {&old, &now})
            c->send(publish{.topic = "a", .level = qos2, .id = id}).unread();
    publish const more{.topic = "a", .level = qos2, .id = 4097};
    old.send(more).expect(ack{.type = ack_type::pubrec, .id = 4097});
    now.send(more).expect(disconnect{.code = 0x93}).expect_closed();
}

TEST_CASE("what may have been sent before a kill is sent again with DUP, the rest without "
          "[MQTT-3.3.1-1] [MQTT-3.3.1-2]") {
    broker_tester t(standard_profile());
    auto c = t.connect(persistent("dev"));
    c.subscribe("a");
    auto p = t.connect(clean("p"));
    p.publish("a", "in flight", qos1);
    c.take<publish>();
    t.restart();
    c = t.connect(persistent("dev"));
    CHECK(c.take<publish>().dup);
    c.lose();
    t.connect(clean("p")).publish("a", "stored", qos1);
    t.restart();
    c = t.connect(persistent("dev"));
    CHECK(c.take<publish>().dup);
    auto const stored = c.take<publish>();
    CHECK(stored.payload == "stored");
    CHECK(!stored.dup);
}
