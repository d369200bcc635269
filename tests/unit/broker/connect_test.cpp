// CONNECT: acceptance, client IDs, takeover, keep alive, and how connections end.
#include "support/broker_tester.hpp"

#include <string>

using namespace cogniot;
using namespace cogniot::mqtt;
using namespace cogniot::test;
using namespace std::chrono_literals;
using broker::aws_profile;
using broker::close_cause;
using broker::standard_profile;

namespace {

constexpr auto v31 = version::v31, v311 = version::v311, v5 = version::v5;

connect clean(std::string_view id, version v = v311) {
    return {.level = v, .clean_start = true, .keep_alive_seconds = 30, .client_id = id};
}

} // namespace

TEST_CASE("CONNECT is answered by CONNACK 0, in 3.1 and 3.1.1 alike [MQTT-3.2.0-1]") {
    for (auto const v : {v31, v311}) {
        broker_tester t;
        auto c = t.open(v);
        c.send(clean("c", v)).expect(connack{}).expect_nothing().expect_open();
        CHECK(t.last_log("Connect").success);
        CHECK(t.machine().connection_count() == 1);
    }
}

TEST_CASE("limits are explained as AWS's where they are AWS's") {
    struct {
        broker::profile const* rules;
        std::size_t filters;
        bool says_aws;
    } const rows[]{{&aws_profile(), 9, true}, {&standard_profile(), 10'001, false}};
    for (auto const& row : rows) {
        broker_tester t(*row.rules);
        t.open().lose(close_cause::too_large, "a packet of 17000000 bytes");
        CHECK(t.last_log("Connect").explanation.empty() == !row.says_aws);
        auto c = t.connect(clean("c"));
        c.send(
            subscribe{.id = 1, .filters = std::vector<subscription>(row.filters, {.filter = "a"})});
        CHECK(t.last_log("Subscribe").explanation.empty() == !row.says_aws);
    }
}

TEST_CASE("MQTT 5: CONNACK has AWS's properties (AWS IoT, MQTT 5 CONNACK)") {
    broker_tester t;
    auto c = t.open(v5);
    auto p = clean("c", v5);
    p.props.session_expiry_interval = 100'000;
    c.send(p);
    auto const a = c.take<connack>();
    CHECK(a.code == 0);
    CHECK(a.props.session_expiry_interval == 3600);
    CHECK(a.props.receive_maximum == 100);
    CHECK(a.props.maximum_qos == 1);
    CHECK(a.props.retain_available == 1);
    CHECK(a.props.maximum_packet_size == 149'504);
    CHECK(!a.props.assigned_client_identifier);
    CHECK(a.props.topic_alias_maximum == 8);
    CHECK(a.props.wildcard_subscription_available == 1);
    CHECK(a.props.subscription_identifier_available == 0);
    CHECK(a.props.shared_subscription_available == 1);
    CHECK(a.props.server_keep_alive == 30);
}

TEST_CASE("the first packet must be CONNECT [MQTT-3.1.0-1]") {
    broker_tester t;
    auto c = t.open();
    c.send(pingreq{}).expect_closed();
}

TEST_CASE("a second CONNECT ends the connection [MQTT-3.1.0-2]") {
    broker_tester t;
    auto c = t.connect(clean("c"));
    c.send(clean("c")).expect_closed();
    CHECK(t.last_log("Disconnect").disconnect_reason == "CLIENT_ERROR");
}

TEST_CASE("a connection without CONNECT is closed after a while") {
    broker_tester t;
    auto c = t.open();
    t.advance(9s);
    c.expect_open();
    t.advance(1s);
    c.expect_closed();
    CHECK(t.machine().connection_count() == 0);
}

TEST_CASE("client IDs: AWS takes 1 to 128 bytes without a leading $ (AWS IoT quotas)") {
    broker_tester t;
    t.connect(clean(std::string(128, 'x')));
    t.connect(clean("with space/+#"));
    for (std::string const& id : {std::string(129, 'x'), std::string("$x")}) {
        auto c = t.open();
        c.send(clean(id)).expect_closed(); // 3.1.1: no CONNACK
        auto five = t.open(v5);
        five.send(clean(id, v5));
        CHECK(five.take<connack>().code == 0x85);
        five.expect_closed();
    }
}

TEST_CASE("an empty client ID: assigned when clean, refused when not [MQTT-3.1.3-8]") {
    broker_tester t;
    t.connect(clean(""));
    t.connect(clean(""));
    CHECK(t.machine().session_count() == 2);
    auto c = t.open();
    c.send(connect{.clean_start = false}).expect_closed();

    auto five = t.open(v5);
    five.send(clean("", v5));
    auto const assigned = std::string(*five.take<connack>().props.assigned_client_identifier);
    CHECK(assigned.size() == 5 + 36);
    CHECK(assigned.starts_with("$GEN/"));
    // Clients cannot come back with such an ID.
    auto again = t.open(v5);
    again.send(clean(assigned, v5));
    CHECK(again.take<connack>().code == 0x85);

    broker_tester standard(standard_profile());
    standard.open().send(connect{.clean_start = false}).expect(connack{.code = 2}).expect_closed();
}

TEST_CASE("takeover: the new connection wins, the old one's will is published [MQTT-3.1.4-2]") {
    for (auto const v : {v311, v5}) {
        broker_tester t;
        auto watcher = t.connect(clean("watcher"));
        watcher.subscribe("will").subscribe("$aws/events/presence/disconnected/dev");
        auto p = clean("dev", v);
        p.last_will = will{.topic = "will", .payload = "gone"};
        auto old = t.connect(p);
        t.connect(clean("dev", v));
        if (v == v5)
            old.expect(disconnect{.code = 0x8E});
        old.expect_closed();
        watcher.expect(publish{.topic = "will", .payload = "gone"});
        auto const event = watcher.take<publish>();
        CHECK(event.payload.find(R"("disconnectReason":"DUPLICATE_CLIENTID")") !=
              std::string::npos);
        auto const& line = t.last_log("Disconnect");
        CHECK(!line.success);
        CHECK(line.reason == "DUPLICATE_CLIENT_ID");
        CHECK(line.details == "A new connection was established with the same client ID");
        CHECK(line.disconnect_reason == "DUPLICATE_CLIENTID");
    }
}

TEST_CASE("keep alive: closed at 1.5 times the effective value [MQTT-3.1.2-24]") {
    struct row {
        std::uint16_t asked;
        std::chrono::seconds effective;
    };
    // AWS: 0 or above 1200 is 1200, below 30 is 30.
    for (auto const& r : {row{60, 60s}, row{1, 30s}, row{0, 1200s}, row{65535, 1200s}}) {
        CAPTURE(r.asked);
        broker_tester t;
        auto p = clean("c");
        p.keep_alive_seconds = r.asked;
        auto c = t.connect(p);
        t.advance(r.effective);
        c.send(pingreq{}).expect(pingresp{});
        t.advance(r.effective * 3 / 2 - 1s);
        c.expect_open();
        t.advance(1s);
        c.expect_closed();
        CHECK(t.last_log("Disconnect").disconnect_reason == "MQTT_KEEP_ALIVE_TIMEOUT");
    }
}

TEST_CASE(
    "keep alive: MQTT 5 is told by DISCONNECT 0x8D; the standard profile knows no limit for 0") {
    broker_tester t;
    auto c = t.connect(clean("c", v5));
    t.advance(45s);
    c.expect(disconnect{.code = 0x8D}).expect_closed();

    broker_tester standard(standard_profile());
    auto p = clean("c");
    p.keep_alive_seconds = 0;
    auto quiet = standard.connect(p);
    standard.advance(24h);
    quiet.expect_open();
}

TEST_CASE("the will, by cause of the disconnect (AWS IoT, lifecycle events)") {
    struct row {
        char const* id;
        void (*leave)(broker_tester&, test_client&);
        bool will;
        char const* reason;
        bool client_initiated;
    };
    row const rows[] = {
        {"disconnect", [](broker_tester&, test_client& c) { c.send(disconnect{}); }, false,
         "CLIENT_INITIATED_DISCONNECT", true},
        {"websocket-close",
         [](broker_tester&, test_client& c) { c.lose(close_cause::websocket_closed); }, false,
         "CLIENT_INITIATED_DISCONNECT", false},
        {"lost", [](broker_tester&, test_client& c) { c.lose(); }, true, "CONNECTION_LOST", false},
        {"keep-alive", [](broker_tester& t, test_client&) { t.advance(45s); }, true,
         "MQTT_KEEP_ALIVE_TIMEOUT", false},
        {"malformed", [](broker_tester&, test_client& c) { c.lose(close_cause::malformed, "x"); },
         true, "CLIENT_ERROR", false},
        {"too-large", [](broker_tester&, test_client& c) { c.lose(close_cause::too_large, "x"); },
         true, "CLIENT_ERROR", false},
        {"shutdown", [](broker_tester&, test_client& c) { c.lose(close_cause::server_shutdown); },
         true, "SERVER_INITIATED_DISCONNECT", false},
        {"24-hours", [](broker_tester&, test_client& c) { c.lose(close_cause::websocket_expired); },
         true, "WEBSOCKET_TTL_EXPIRATION", false},
        {"denied-publish",
         [](broker_tester& t, test_client& c) {
             t.may.no_publish.insert("secret");
             c.publish("secret", "x");
         },
         true, "AUTH_ERROR", false},
        {"client-error", [](broker_tester&, test_client& c) { c.publish("$SYS/x", "x"); }, true,
         "CLIENT_ERROR", false},
    };
    for (auto const& r : rows) {
        CAPTURE(r.id);
        broker_tester t;
        auto longer = clean("watcher");
        longer.keep_alive_seconds = 1200;
        auto watcher = t.connect(longer);
        watcher.subscribe("will").subscribe("$aws/events/presence/disconnected/dev");
        auto p = clean("dev");
        p.last_will = will{.topic = "will", .payload = "gone", .level = qos::at_least_once};
        auto c = t.connect(p);
        r.leave(t, c);
        if (r.will)
            CHECK(watcher.take<publish>().payload == "gone");
        auto const event = std::string(watcher.take<publish>().payload);
        CHECK(event.find(std::string(R"("disconnectReason":")") + r.reason) != std::string::npos);
        CHECK(event.find(r.client_initiated
                             ? R"("clientInitiatedDisconnect":true)"
                             : R"("clientInitiatedDisconnect":false)") != std::string::npos);
        watcher.expect_nothing();
        CHECK(t.last_log("Disconnect").disconnect_reason == r.reason);
        CHECK(t.machine().connection_count() == 1);
    }
}

TEST_CASE("MQTT 5 DISCONNECT 0x04 asks for the will (MQTT 5, 3.14.2.1)") {
    broker_tester t;
    auto watcher = t.connect(clean("watcher"));
    watcher.subscribe("will");
    auto p = clean("dev", v5);
    p.last_will = will{.topic = "will", .payload = "gone"};
    t.connect(p).send(disconnect{.code = 4});
    watcher.expect(publish{.topic = "will", .payload = "gone"});
}

TEST_CASE("a client does not get its own will, and nothing of it stays in memory") {
    broker_tester t;
    auto p = clean("dev");
    p.last_will = will{.topic = "will", .payload = "gone", .level = qos::at_least_once};
    auto c = t.connect(p);
    c.subscribe("will");
    c.lose();
    CHECK(t.count_log("Queued") == 0);
    CHECK(t.machine().held_bytes() == 0);
}

TEST_CASE("wills that AWS refuses: QoS 2, reserved topics, wildcards") {
    struct row {
        will last;
        reason_code code;
    };
    for (auto const& r : {row{{.topic = "w", .level = qos::exactly_once}, 0x9B},
                          row{{.topic = "$SYS/x"}, 0x90}, row{{.topic = "a/#"}, 0x90}}) {
        broker_tester t;
        auto p = clean("c");
        p.last_will = r.last;
        t.open().send(p).expect_closed(); // 3.1.1: TCP close, no CONNACK (field)
        p.level = v5;
        auto five = t.open(v5);
        five.send(p);
        CHECK(five.take<connack>().code == r.code);
        five.expect_closed();
    }
}

TEST_CASE("MQTT 5: a delayed will waits for the session to come back (MQTT 5, 3.1.3.2.2)") {
    broker_tester t(standard_profile());
    auto watch = clean("watcher");
    watch.keep_alive_seconds = 0;
    auto watcher = t.connect(watch);
    watcher.subscribe("will", qos::at_most_once);
    auto p = clean("dev", v5);
    p.clean_start = false;
    p.props.session_expiry_interval = 60;
    p.last_will = will{.topic = "will", .payload = "gone"};
    p.last_will->props.will_delay_interval = 10;
    t.connect(p).lose();
    t.advance(9s);
    auto again = t.connect(p);
    t.advance(5s);
    watcher.expect_nothing();
    again.lose();
    t.advance(10s);
    watcher.expect(publish{.topic = "will", .payload = "gone"});
}

TEST_CASE(
    "an unknown protocol level: the standard answers CONNACK 1 [MQTT-3.1.2-2], AWS hangs up") {
    broker_tester t;
    auto c = t.open();
    c.lose(close_cause::unsupported_version, "level 6");
    c.expect_closed();
    broker_tester standard(standard_profile());
    auto s = standard.open();
    s.lose(close_cause::unsupported_version, "level 6");
    s.expect(connack{.code = 1}).expect_closed();
}

TEST_CASE("events come at the QoS of the subscription (unconfirmed)") {
    for (auto const level : {qos::at_most_once, qos::at_least_once}) {
        broker_tester t;
        auto watcher = t.connect(clean("watcher"));
        watcher.subscribe("$aws/events/presence/+/dev", level)
            .subscribe("$aws/events/subscriptions/+/dev", level);
        auto c = t.connect(clean("dev"));
        CHECK(watcher.take<publish>().level == level);
        c.subscribe("a");
        CHECK(watcher.take<publish>().level == level);
        c.send(disconnect{});
        CHECK(watcher.take<publish>().level == level);
    }
}

TEST_CASE("presence events have AWS's fields in AWS's order (AWS IoT, lifecycle events)") {
    broker_tester t;
    auto watcher = t.connect(clean("watcher"));
    watcher.subscribe("$aws/events/presence/+/dev").subscribe("$aws/events/subscriptions/+/dev");
    auto c = t.connect(clean("dev"));
    auto const connected = std::string(watcher.take<publish>().payload);
    auto const session = connected.substr(connected.find("sessionIdentifier\":\"") + 20, 36);
    CHECK(
        connected ==
        R"({"clientId":"dev","timestamp":1767225600000,"eventType":"connected","sessionIdentifier":")" +
            session +
            R"(","principalIdentifier":"AROAEXAMPLEEXAMPLE000:CognitoIdentityCredentials","ipAddress":"192.0.2.10","versionNumber":0})");
    c.subscribe("a/b");
    auto const subscribed = watcher.take<publish>();
    CHECK(subscribed.topic == "$aws/events/subscriptions/subscribed/dev");
    CHECK(
        subscribed.payload ==
        R"({"clientId":"dev","timestamp":1767225600000,"eventType":"subscribed","sessionIdentifier":")" +
            session +
            R"(","principalIdentifier":"AROAEXAMPLEEXAMPLE000:CognitoIdentityCredentials","topics":["a/b"]})");
    c.send(disconnect{});
    auto const gone = watcher.take<publish>();
    CHECK(gone.topic == "$aws/events/presence/disconnected/dev");
    CHECK(
        gone.payload ==
        R"({"clientId":"dev","timestamp":1767225600000,"eventType":"disconnected","clientInitiatedDisconnect":true,"sessionIdentifier":")" +
            session +
            R"(","principalIdentifier":"AROAEXAMPLEEXAMPLE000:CognitoIdentityCredentials","disconnectReason":"CLIENT_INITIATED_DISCONNECT","versionNumber":0})");
    t.connect(clean("dev"));
    CHECK(watcher.take<publish>().payload.find(R"("versionNumber":1)") != std::string::npos);
}

TEST_CASE("client IDs with # or + produce no events; # does not match them (field)") {
    broker_tester t;
    auto watcher = t.connect(clean("watcher"));
    watcher.subscribe("$aws/events/presence/#").subscribe("#");
    t.connect(clean("a+b")).send(disconnect{});
    watcher.expect_nothing();
    t.connect(clean("plain"));
    CHECK(watcher.take<publish>().topic == "$aws/events/presence/connected/plain");
    watcher.expect_nothing();
}

TEST_CASE(
    "MQTT 5: DISCONNECT with an error publishes the will, too; AWS does so for 0x04 alone (MQTT "
    "5, 3.14.2.1; AWS unconfirmed)") {
    for (auto const* rules : {&broker::aws_profile(), &broker::standard_profile()})
        for (reason_code const code : {0x00, 0x04, 0x80, 0x98}) {
            broker_tester t(*rules);
            auto watcher = t.connect({.keep_alive_seconds = 1200, .client_id = "w"});
            watcher.subscribe("will");
            connect p{.level = version::v5, .keep_alive_seconds = 1200, .client_id = "dev"};
            p.last_will = will{.topic = "will", .payload = "gone"};
            t.connect(p).send(disconnect{.code = code});
            CAPTURE(code);
            CHECK(watcher.unread() == (code == 4 || (code != 0 && !rules->aws) ? 1 : 0));
        }
}

TEST_CASE("MQTT 3.1 has no empty client ID: CONNACK 2 (MQTT 3.1, CONNECT); AWS closes") {
    for (auto const* rules : {&broker::aws_profile(), &broker::standard_profile()}) {
        broker_tester t(*rules);
        auto c = t.open(version::v31);
        c.send(connect{.level = version::v31, .client_id = ""});
        if (!rules->aws)
            c.expect(connack{.code = 2});
        c.expect_closed();
    }
}

TEST_CASE("an empty topic needs an alias that was set: 0x82; 0 and more than the maximum are 0x94 "
          "(MQTT 5, 3.3.2.3.4)") {
    for (auto const& [alias, code] : {std::pair{3, 0x82}, {0, 0x94}, {11, 0x94}}) {
        broker_tester t(broker::standard_profile());
        auto c = t.connect({.level = version::v5, .keep_alive_seconds = 1200, .client_id = "dev"});
        publish p{.topic = "", .payload = "x"};
        p.props.topic_alias = static_cast<std::uint16_t>(alias);
        c.send(p).expect(disconnect{.code = static_cast<reason_code>(code)}).expect_closed();
    }
}

TEST_CASE("one event for each UNSUBSCRIBE, unknown filters too (AWS IoT, lifecycle events)") {
    broker_tester t;
    auto watcher = t.connect({.keep_alive_seconds = 1200, .client_id = "w"});
    watcher.subscribe("$aws/events/subscriptions/unsubscribed/dev");
    auto c = t.connect({.keep_alive_seconds = 1200, .client_id = "dev"});
    c.send(unsubscribe{.id = 1, .filters = {"never"}});
    auto const told = std::string(watcher.take<publish>().payload);
    CHECK(told.find(R"("topics":["never"])") != std::string::npos);
}

TEST_CASE(
    "the will of a persistent session outlives the process: a kill publishes it, and one that "
    "waits is published when it is due (MQTT 5, 3.1.2.5)") {
    for (auto const* rules : {&aws_profile(), &standard_profile()})
        for (bool const is_killed : {true, false}) {
            broker_tester t(*rules);
            connect watch{.clean_start = false, .keep_alive_seconds = 1200, .client_id = "w"};
            t.connect(watch).subscribe("will").send(disconnect{});
            connect p{.level = version::v5,
                      .clean_start = false,
                      .keep_alive_seconds = 1200,
                      .client_id = "dev"};
            p.props.session_expiry_interval = 3600;
            p.last_will = will{.topic = "will", .payload = "gone", .level = qos::at_least_once};
            p.last_will->props.will_delay_interval = 60;
            p.last_will->props.content_type = "text";
            auto c = t.connect(p);
            if (!is_killed && rules->will_delay)
                c.lose(close_cause::server_shutdown);
            t.restart();
            auto watcher = t.connect(watch);
            if (rules->will_delay) {
                t.advance(59s);
                watcher.expect_nothing();
                t.restart();
                t.advance(1s);
                watcher = t.connect(watch);
            }
            CHECK(watcher.take<publish>().payload == "gone");
            watcher.expect_nothing();
            CHECK(t.count_records("will") == 0);
        }
}

TEST_CASE("a will that is not needed any more is not published after a kill") {
    broker_tester t(standard_profile());
    auto watch = clean("w");
    connect p{.clean_start = false, .keep_alive_seconds = 1200, .client_id = "dev"};
    auto without = p;
    p.last_will = will{.topic = "will", .payload = "gone", .retain = true};
    t.connect(p).send(disconnect{});
    CHECK(t.count_records("will") == 0);
    t.connect(p).lose(); // published at once
    CHECK(t.count_records("will") == 0);
    CHECK(t.count_records("retained") == 1);
    t.connect(p);
    CHECK(t.count_records("will") == 1);
    t.connect(without);
    CHECK(t.count_records("will") == 0);
    t.connect(p);
    t.connect(clean("dev"));
    CHECK(t.count_records("will") == 0);
}

TEST_CASE(
    "events name the thing of an exclusive attachment behind the client ID (AWS IoT, lifecycle "
    "events)") {
    broker_tester t;
    auto watcher = t.connect({.keep_alive_seconds = 1200, .client_id = "watcher"});
    watcher.subscribe("$aws/events/+/+/dev").subscribe("$aws/events/+/+/no");
    t.may.thing = "lamp";
    t.may.no_connect.insert("no");
    auto c = t.connect({.keep_alive_seconds = 1200, .client_id = "dev"});
    c.subscribe("a").send(unsubscribe{.id = 9, .filters = {"a"}}).send(disconnect{});
    t.open().send(connect{.keep_alive_seconds = 1200, .client_id = "no"});
    for (std::string const client_id : {"dev", "dev", "dev", "dev", "no"})
        CHECK(std::string(watcher.take<publish>().payload)
                  .starts_with(R"({"clientId":")" + client_id +
                               R"(","thingName":"lamp","timestamp":1767225600000,"eventType":)"));
    watcher.expect_nothing();
}

TEST_CASE("a client is known for half an hour after its connection ended (AWS IoT data API, "
          "GetConnection)") {
    broker_tester t;
    t.connect({.keep_alive_seconds = 1200, .client_id = "dev"}).send(disconnect{});
    auto const ended = t.now;
    t.advance(29min);
    auto const known = t.machine().find_client("dev", t.now);
    REQUIRE(known.has_value());
    CHECK_FALSE(known->is_connected);
    CHECK(known->since == ended);
    CHECK(known->disconnect_reason == "CLIENT_INITIATED_DISCONNECT");
    t.advance(1min);
    CHECK_FALSE(t.machine().find_client("dev", t.now).has_value());
}

TEST_CASE("presence outlives a kill for persistent sessions: disconnected is told, the version "
          "number goes on (AWS IoT, lifecycle events)") {
    broker_tester t;
    connect watch{.clean_start = false, .keep_alive_seconds = 1200, .client_id = "watcher"};
    t.connect(watch).subscribe("$aws/events/presence/+/dev").send(disconnect{});
    connect const p{.clean_start = false, .keep_alive_seconds = 1200, .client_id = "dev"};
    t.connect(p).send(disconnect{});
    t.connect(p);
    t.restart();
    auto watcher = t.connect(watch);
    auto const ended = t.machine().find_client("dev", t.now);
    REQUIRE(ended.has_value());
    CHECK(ended->disconnect_reason == "SERVER_ERROR");
    CHECK(ended->since == t.now);
    auto const& line = t.last_log("Disconnect");
    CHECK(line.client_id == "dev");
    CHECK(line.principal == "AROAEXAMPLEEXAMPLE000:CognitoIdentityCredentials");
    CHECK(line.disconnect_reason == "SERVER_ERROR");
    CHECK(line.success);
    CHECK(line.explanation.find("ended without warning") != std::string::npos);
    std::vector<std::string> told;
    for (int i = 0; i < 4; ++i)
        told.emplace_back(watcher.take<publish>().payload);
    auto const session = told[2].substr(told[2].find("sessionIdentifier\":\"") + 20, 36);
    CHECK(told[3] ==
          R"({"clientId":"dev","timestamp":1767225600000,"eventType":"disconnected",)"
          R"("clientInitiatedDisconnect":false,"sessionIdentifier":")" +
              session +
              R"(","principalIdentifier":"AROAEXAMPLEEXAMPLE000:CognitoIdentityCredentials",)"
              R"("disconnectReason":"SERVER_ERROR","versionNumber":1})");
    t.connect(p);
    auto const next = std::string(watcher.take<publish>().payload);
    CHECK(next.find(R"("versionNumber":2)") != std::string::npos);
}

TEST_CASE("MQTT 5: what is larger than the client takes is not sent: CONNACK without some of its "
          "properties, or the end [MQTT-3.1.2-24] [MQTT-3.2.2-19]") {
    for (std::uint32_t const most : {5u, 12u, 20u, 24u, 100u}) {
        broker_tester t(standard_profile());
        auto c = t.open(version::v5);
        connect p{.level = version::v5, .keep_alive_seconds = 1200, .client_id = "dev"};
        p.props.maximum_packet_size = most;
        c.send(p);
        auto const answer = c.take<connack>();
        CHECK(answer.code == 0);
        CHECK(encode(answer, version::v5).size() <= most);
        subscribe many{.id = 1};
        many.filters.assign(30, {.filter = "a"});
        c.send(many);
        if (most < 36) {
            CHECK(t.last_log("Disconnect").reason == "CLIENT_ERROR");
            c.expect(disconnect{.code = 0x95}).expect_closed();
        } else {
            CHECK(c.take<suback>().codes.size() == 30);
        }
    }
    broker_tester t(standard_profile());
    auto c = t.open(version::v5);
    connect p{.level = version::v5, .client_id = "dev"};
    p.props.maximum_packet_size = 3;
    c.send(p).expect_closed();
}

TEST_CASE("MQTT 5: a refusal's reason string is left out where it would be too large "
          "[MQTT-3.2.2-19]") {
    broker_tester t(standard_profile());
    t.may.no_connect.insert("dev");
    auto c = t.open(version::v5);
    connect p{.level = version::v5, .client_id = "dev"};
    p.props.maximum_packet_size = 20;
    c.send(p).expect(connack{.code = 0x87}).expect_closed();
}
