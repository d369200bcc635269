// Each kind of denial, as it looks to the client and in the log (AWS IoT, spec 4.6), and what AWS
// refuses without a policy: reserved topics, nine filters, QoS 2, sizes.
#include "support/broker_tester.hpp"

#include <string>

using namespace cogniot;
using namespace cogniot::mqtt;
using namespace cogniot::test;
using broker::standard_profile;

namespace {

constexpr auto v311 = version::v311, v5 = version::v5;

connect clean(std::string_view id, version v = v311) {
    return {.level = v, .keep_alive_seconds = 1200, .client_id = id};
}

void check_denied(logged const& line) {
    CHECK(!line.success);
    CHECK(line.reason == "AUTHORIZATION_FAILURE");
    CHECK(line.details == "Authorization Failure");
    CHECK(line.because == R"({"why":"denied"})");
}

} // namespace

TEST_CASE("Connect denied: 3.1.1 closes without CONNACK, MQTT 5 CONNACK 0x87 (field)") {
    broker_tester t;
    auto watcher = t.connect(clean("watcher"));
    watcher.subscribe("$aws/events/presence/+/bad");
    t.may.no_connect.insert("bad");
    t.open().send(clean("bad")).expect_closed();
    check_denied(t.last_log("Connect"));
    auto const event = watcher.take<publish>();
    CHECK(event.topic == "$aws/events/presence/connect_failed/bad");
    CHECK(event.payload.find(R"("connectFailureReason":"AUTHORIZATION_FAILED")") !=
          std::string::npos);
    watcher.expect_nothing();

    auto five = t.open(v5);
    five.send(clean("bad", v5));
    auto const answer = five.take<connack>();
    CHECK(answer.code == 0x87);
    CHECK(answer.props.reason_string.value().starts_with(
        "CONNACK:Client is not authenticated/authorized to send the message:"));
    five.expect_closed();

    auto quiet = clean("bad", v5);
    quiet.props.request_problem_information = 0;
    auto six = t.open(v5);
    six.send(quiet);
    CHECK(!six.take<connack>().props.reason_string);
}

TEST_CASE("Connect denied: switchable to CONNACK 5 or 7 (settings)") {
    using denied = broker::profile::connect_denied;
    for (auto const& [how, code] :
         {std::pair{denied::connack_5, 5}, std::pair{denied::connack_7, 7}}) {
        broker::profile rules;
        rules.connect_denied_311 = how;
        broker_tester t(rules);
        t.may.no_connect.insert("bad");
        t.open()
            .send(clean("bad"))
            .expect(connack{.code = static_cast<reason_code>(code)})
            .expect_closed();
    }
    broker_tester standard(standard_profile());
    standard.may.no_connect.insert("bad");
    standard.open().send(clean("bad")).expect(connack{.code = 5}).expect_closed();
}

TEST_CASE("Publish denied on the will: the CONNECT is refused and connect_failed is told") {
    broker_tester t;
    auto watcher = t.connect(clean("watcher"));
    watcher.subscribe("$aws/events/presence/+/dev");
    t.may.no_publish.insert("secret");
    auto p = clean("dev");
    p.last_will = will{.topic = "secret", .payload = "x", .retain = true};
    t.open().send(p).expect_closed();
    CHECK(t.may.will_topic == "secret");
    CHECK(t.may.will_retain);
    check_denied(t.last_log("Connect"));
    CHECK(watcher.take<publish>().topic == "$aws/events/presence/connect_failed/dev");
}

TEST_CASE("a refused CONNECT does not take over the connection that is there") {
    broker_tester t;
    auto first = t.connect(clean("dev"));
    t.may.no_connect.insert("dev");
    t.open().send(clean("dev")).expect_closed();
    first.expect_open();
    first.send(pingreq{}).expect(pingresp{});
}

TEST_CASE("Publish denied: 3.1.1 is hung up on, for QoS 0 and 1 (field); the message is lost") {
    for (auto const level : {qos::at_most_once, qos::at_least_once}) {
        broker_tester t;
        t.may.no_publish.insert("secret");
        auto watcher = t.connect(clean("watcher"));
        watcher.subscribe("secret");
        auto c = t.connect(clean("dev"));
        c.publish("secret", "x", level).expect_closed();
        watcher.expect_nothing();
        check_denied(t.last_log("Publish-In"));
        CHECK(t.last_log("Disconnect").disconnect_reason == "AUTH_ERROR");
        CHECK(t.services_heard.empty());
    }
}

TEST_CASE("Publish denied: MQTT 5 gets PUBACK 0x87 and stays, DISCONNECT 0x87 for QoS 0") {
    broker_tester t;
    t.may.no_publish.insert("secret");
    auto c = t.connect(clean("dev", v5));
    c.publish("secret", "x", qos::at_least_once).expect(ack{.id = 1, .code = 0x87}).expect_open();
    check_denied(t.last_log("Publish-In"));
    c.publish("secret", "x").expect(disconnect{.code = 0x87}).expect_closed();
}

TEST_CASE("RetainPublish denied: as Publish (field)") {
    broker_tester t;
    t.may.no_retain.insert("a");
    auto c = t.connect(clean("dev"));
    c.publish("a", "x", qos::at_least_once).expect(ack{.id = 1});
    c.publish("a", "x", qos::at_least_once, true).expect_closed();
    check_denied(t.last_log("Publish-In"));
}

TEST_CASE("Subscribe denied: 3.1.1 is hung up on without SUBACK, and nothing was subscribed") {
    broker_tester t;
    t.may.no_subscribe.insert("secret/#");
    auto c = t.connect(clean("dev"));
    c.send(subscribe{.id = 1, .filters = {{.filter = "ok"}, {.filter = "secret/#"}}})
        .expect_closed();
    check_denied(t.last_log("Subscribe"));
    CHECK(t.last_log("Subscribe").topic == "ok,secret/#");
    CHECK(t.last_log("Disconnect").disconnect_reason == "AUTH_ERROR");
}

TEST_CASE("Subscribe denied: switchable to SUBACK 0x80 for the denied filters (settings)") {
    broker::profile rules;
    rules.subscribe_denied_311 = broker::profile::subscribe_denied::suback_80;
    broker_tester t(rules);
    t.may.no_subscribe.insert("secret/#");
    auto c = t.connect(clean("dev"));
    c.send(subscribe{.id = 1,
                     .filters = {{.filter = "ok", .maximum = qos::at_least_once},
                                 {.filter = "secret/#"}}})
        .expect(suback{.id = 1, .codes = {1, 0x80}})
        .expect_open();
    check_denied(t.last_log("Subscribe"));
}

TEST_CASE(
    "Subscribe denied: MQTT 5 gets 0x87 for that filter and stays; the log entry is a success") {
    broker_tester t;
    t.may.no_subscribe.insert("secret");
    auto c = t.connect(clean("dev", v5));
    c.send(subscribe{.id = 1, .filters = {{.filter = "secret"}, {.filter = "ok"}}})
        .expect(suback{.id = 1, .codes = {0x87, 0}})
        .expect_open();
    CHECK(t.last_log("Subscribe").success);
    CHECK(t.last_log("Subscribe").codes == std::vector<reason_code>{0x87, 0});
}

TEST_CASE("Receive denied: the message is not delivered, the connection stays, Publish-Out tells") {
    broker_tester t;
    auto c = t.connect(clean("dev"));
    c.subscribe("a/#").subscribe("b/#", qos::at_most_once);
    t.may.no_receive = {"a/secret", "b/secret"};
    auto p = t.connect(clean("p"));
    p.publish("a/secret", "x", qos::at_least_once).expect(ack{.id = 1});
    check_denied(t.last_log("Publish-Out"));
    CHECK(t.last_log("Publish-Out").client_id == "dev");
    CHECK(t.last_log("Publish-Out").request == t.last_log("Publish-In").request);
    p.publish("b/secret", "x");
    c.expect_nothing().expect_open();
    p.publish("a/open", "y");
    c.expect(publish{.topic = "a/open", .payload = "y"});
}

TEST_CASE("Receive is asked when a message is sent, not when it is queued") {
    broker_tester t;
    connect few{.level = v5, .clean_start = false, .client_id = "dev"};
    few.props.session_expiry_interval = 600;
    few.props.receive_maximum = 1;
    auto c = t.connect(few);
    c.subscribe("a");
    auto p = t.connect(clean("p"));
    for (auto const* payload : {"1", "2", "3"})
        p.publish("a", payload, qos::at_least_once);
    CHECK(c.take<publish>().payload == "1");
    // The window held the others back; meanwhile the policy changes.
    t.may.no_receive = {"a"};
    c.send(ack{.id = 1}).expect_nothing().expect_open();
    check_denied(t.last_log("Publish-Out"));
    CHECK(t.count_records("queued") == 0);
    t.may.no_receive.clear();
    p.publish("a", "4", qos::at_least_once);
    CHECK(c.take<publish>().payload == "4");
    t.may.no_receive = {"a"};
    t.advance(std::chrono::seconds(30));
    c.expect_nothing(); // sending again is sending, too
    CHECK(t.count_records("queued") == 0);
}

TEST_CASE("each message that is sent at once asks for Receive once") {
    broker_tester t;
    auto c = t.connect(clean("dev"));
    c.subscribe("a");
    t.connect(clean("p")).publish("a", "x", qos::at_least_once);
    CHECK(t.may.receive_asked == std::vector<std::string>{"a"});
}

TEST_CASE("Receive denied: switchable to a hang-up with AUTH_ERROR (settings)") {
    broker::profile rules;
    rules.receive_denied_action = broker::profile::receive_denied::close;
    broker_tester t(rules);
    auto c = t.connect(clean("dev"));
    c.subscribe("a");
    t.may.no_receive = {"a"};
    t.connect(clean("p")).publish("a", "x");
    c.expect_closed();
    CHECK(t.last_log("Disconnect").disconnect_reason == "AUTH_ERROR");
}

TEST_CASE("soft mode: an allow with a reason is an allow") {
    struct soft final : broker::authoriser {
        broker::verdict yes() { return {.allowed = true, .because = "{}"}; }
        broker::verdict connect(broker::peer const&, broker::connect_facts const&) override {
            return yes();
        }
        broker::verdict publish(broker::peer const&, std::string_view, std::string_view,
                                bool) override {
            return yes();
        }
        broker::verdict subscribe(broker::peer const&, std::string_view,
                                  std::string_view) override {
            return yes();
        }
        broker::verdict receive(broker::peer const&, std::string_view, std::string_view) override {
            return yes();
        }
    } may;
    broker_tester sink;
    seeded_random random;
    broker::broker b(may, sink, random);
    b.opened({.id = broker::connection_id{1}}, sink.now);
    // Sent to a broker of its own; the tester only records what is logged.
    sink.open();
    b.received(broker::connection_id{1}, connect{.client_id = "c"}, sink.now);
    b.received(broker::connection_id{1}, subscribe{.id = 1, .filters = {{.filter = "a"}}},
               sink.now);
    b.received(broker::connection_id{1}, publish{.topic = "a", .payload = "x"}, sink.now);
    for (auto const& line : sink.log_lines)
        CHECK(line.success);
    CHECK(sink.count_log("Publish-Out") == 1);
}

TEST_CASE("reserved topics: 3.1.1 is hung up on (field: $SYS/#), MQTT 5 gets 0x8F and 0x90") {
    for (auto const* filter : {"$SYS/#", "$aws/things/t/shadow/unknown", "$other/x", "$aws/#",
                               "$aws/+/t/shadow/get", "$aws/+"}) {
        CAPTURE(filter);
        broker_tester t;
        t.connect(clean("a"))
            .send(subscribe{.id = 1, .filters = {{.filter = filter}}})
            .expect_closed();
        auto five = t.connect(clean("b", v5));
        five.send(subscribe{.id = 1, .filters = {{.filter = filter}, {.filter = "ok"}}})
            .expect(suback{.id = 1, .codes = {0x8F, 0}})
            .expect_open();
        CHECK(t.last_log("Subscribe").success);
        CHECK(t.last_log("Subscribe").codes.front() == 143);
    }
    for (auto const* topic :
         {"$SYS/x", "$aws/things/t/shadow/update/accepted", "$aws/events/presence/connected/x"}) {
        CAPTURE(topic);
        broker_tester t;
        t.connect(clean("a")).publish(topic, "x", qos::at_least_once).expect_closed();
        auto five = t.connect(clean("b", v5));
        five.publish(topic, "x", qos::at_least_once)
            .expect(ack{.id = 1, .code = 0x90})
            .expect_open();
        five.publish(topic, "x").expect(disconnect{.code = 0x90}).expect_closed();
    }
}

TEST_CASE("reserved topics: what AWS's table allows") {
    broker_tester t;
    auto c = t.connect(clean("dev"));
    for (auto const* filter : {"$aws/things/t/shadow/update/accepted", "$aws/things/t/shadow/#",
                               "$aws/things/t/shadow/name/n/get/+", "$aws/events/presence/+/x",
                               "$aws/things/+/jobs/notify", "$share/g/a/#"})
        c.subscribe(filter);
    for (auto const* topic : {"$aws/things/t/shadow/update", "$aws/things/t/shadow/name/n/get",
                              "$aws/things/t/jobs/j-1/update", "$aws/rules/r/any/thing"}) {
        c.publish(topic, "x");
        c.expect_open();
    }
    CHECK(t.services_heard.size() == 4);
    // A message that is retained on a reserved topic is not allowed.
    c.publish("$aws/things/t/shadow/update", "x", qos::at_most_once, true).unread();
    c.expect_closed();
}

TEST_CASE("basic ingest goes to the rule and to no subscriber (AWS IoT, basic ingest)") {
    broker_tester t;
    auto c = t.connect(clean("dev"));
    c.publish("$aws/rules/r/a", "x", qos::at_least_once).expect(ack{.id = 1}).expect_nothing();
    CHECK(t.services_heard.back().topic == "$aws/rules/r/a");
}

TEST_CASE("eight filters are answered, nine end the connection (field)") {
    broker_tester t;
    std::vector<subscription> filters(8, {.filter = "a"});
    auto c = t.connect(clean("dev"));
    c.send(subscribe{.id = 1, .filters = filters});
    CHECK(c.take<suback>().codes.size() == 8);
    filters.push_back({.filter = "b"});
    c.send(subscribe{.id = 2, .filters = filters}).expect_closed();
    CHECK(t.last_log("Disconnect").disconnect_reason == "CLIENT_ERROR");

    broker_tester standard(standard_profile());
    auto s = standard.connect(clean("dev"));
    s.send(subscribe{.id = 2, .filters = filters});
    CHECK(s.take<suback>().codes.size() == 9);
}

TEST_CASE("UNSUBSCRIBE with nine filters removes nothing and is not answered (field)") {
    broker_tester t;
    auto c = t.connect(clean("dev"));
    c.subscribe("a");
    c.send(unsubscribe{.id = 2, .filters = std::vector<std::string_view>(9, "a")});
    c.expect_nothing().expect_open();
    c.publish("a", "x").expect(publish{.topic = "a", .payload = "x"});
}

TEST_CASE("the 51st subscription is refused by SUBACK, the connection stays (field)") {
    for (auto const v : {v311, v5}) {
        broker_tester t;
        auto c = t.connect(clean("dev", v));
        for (int i = 0; i < 50; ++i)
            c.subscribe("a/" + std::to_string(i));
        c.subscribe("a/7"); // replaces
        c.send(subscribe{.id = 99, .filters = {{.filter = "one/more"}}})
            .expect(suback{.id = 99, .codes = {static_cast<reason_code>(v == v5 ? 0x97 : 0x80)}})
            .expect_open();
    }
}

TEST_CASE("QoS 2 is refused on AWS: 3.1.1 is hung up on, MQTT 5 DISCONNECT 0x9B") {
    broker_tester t;
    t.connect(clean("a")).publish("a", "x", qos::exactly_once).expect_closed();
    t.connect(clean("b", v5))
        .publish("a", "x", qos::exactly_once)
        .expect(disconnect{.code = 0x9B})
        .expect_closed();
    t.connect(clean("c"))
        .send(subscribe{.id = 1, .filters = {{.filter = "a", .maximum = qos::exactly_once}}})
        .expect_closed();
    t.connect(clean("d")).send(ack{.type = ack_type::pubrel, .id = 1}).expect_closed();
}

TEST_CASE("payloads above 128 KB end the connection; topics above 256 bytes or 7 slashes too") {
    broker_tester t;
    std::string const largest(128 * 1024, 'x');
    t.connect(clean("a")).publish("a", largest, qos::at_least_once).expect(ack{.id = 1});
    t.connect(clean("b")).publish("a", largest + "x", qos::at_least_once).expect_closed();
    CHECK(t.last_log("Publish-In").reason == "CLIENT_ERROR");
    t.connect(clean("c")).publish(std::string(257, 'a'), "x").expect_closed();
    t.connect(clean("d")).publish("1/2/3/4/5/6/7/8/9", "x").expect_closed();
    t.connect(clean("e", v5))
        .publish("1/2/3/4/5/6/7/8/9", "x", qos::at_least_once)
        .expect(ack{.id = 1, .code = 0x90})
        .expect_open();
}

TEST_CASE(
    "a topic that is too long or too deep is explained, wherever it stands (AWS IoT quotas: 256 "
    "bytes, 7 slashes)") {
    std::string const longest(257, 'a');
    std::string const deepest = "1/2/3/4/5/6/7/8/9";
    struct row {
        std::string const& topic;
        char const* says;
    };
    for (auto const& r :
         {row{longest, "257 bytes, at most 256"}, row{deepest, "8 slashes, at most 7"}}) {
        CAPTURE(r.says);
        broker_tester t;
        auto const explanation = [&](std::string_view event) {
            return t.last_log(event).explanation;
        };
        auto const is_told = [&](std::string const& words) {
            CAPTURE(words);
            return words.find(r.says) != std::string::npos &&
                   words.find("AWS IoT") != std::string::npos;
        };
        t.connect(clean("a")).publish(r.topic, "x").expect_closed();
        CHECK(is_told(explanation("Publish-In")));
        t.connect(clean("b")).send(subscribe{.id = 1, .filters = {{.filter = r.topic}}});
        CHECK(is_told(explanation("Subscribe")));
        auto with_will = clean("c");
        with_will.last_will = will{.topic = r.topic, .payload = "x"};
        t.open().send(with_will).expect_closed();
        CHECK(is_told(explanation("Connect")));
    }
}

TEST_CASE("properties above 256 bytes and 8 KB are refused by PUBACK (AWS IoT quotas)") {
    std::string const content_type(257, 't');
    std::string const large(8 * 1024 + 1, 'x');
    auto const with = [](auto&& set) {
        publish p{.topic = "a", .payload = "x", .level = qos::at_least_once, .id = 1};
        set(p.props);
        return p;
    };
    struct row {
        publish sent;
        reason_code code;
        std::string_view explanation;
    };
    std::string_view const type = content_type;
    std::string_view const data = large;
    row const rows[] = {
        {with([&](auto& p) { p.content_type = type; }), 0x97,
         "the content type has 257 bytes, AWS IoT takes 256"},
        {with([&](auto& p) { p.content_type = type.substr(1); }), 0, ""},
        {with([&](auto& p) { p.correlation_data = data; }), 0x97,
         "the correlation data has 8193 bytes, AWS IoT takes 8192"},
        {with([&](auto& p) { p.correlation_data = data.substr(1); }), 0, ""},
        {with([&](auto& p) {
             p.user_properties = {{"", data}};
         }),
         0x97, "the user properties have 8193 bytes together, AWS IoT takes 8192"},
        {with([&](auto& p) {
             p.user_properties = {{"ab", data.substr(3)}};
         }),
         0, ""},
    };
    for (auto const& [sent, code, explanation] : rows) {
        broker_tester t;
        t.connect(clean("a", v5)).send(sent).expect(ack{.id = 1, .code = code}).expect_open();
        CHECK(t.last_log("Publish-In").explanation.starts_with(explanation));
    }
}

TEST_CASE("the limits of properties hold for CONNECT, for wills and for SUBSCRIBE, too (AWS IoT "
          "quotas)") {
    std::string const content_type(257, 't');
    std::string const large(8 * 1024 + 1, 'x');
    properties const rows[] = {
        {.content_type = content_type},
        {.correlation_data = large},
        {.user_properties = {{"", large}}},
    };
    auto const refuses = [](connect const& p) {
        broker_tester t;
        auto c = t.open(v5);
        c.send(p);
        CHECK(c.take<connack>().code == 0x97);
        c.expect_closed();
        CHECK(t.last_log("Connect").reason == "CLIENT_ERROR");
        CHECK(t.last_log("Connect").explanation.find("AWS IoT takes") != std::string::npos);
    };
    for (auto const& props : rows) {
        auto p = clean("a", v5);
        p.last_will = will{.topic = "w", .payload = "x", .props = props};
        refuses(p);
    }
    auto p = clean("a", v5);
    p.props = rows[2];
    refuses(p);

    broker_tester t;
    auto c = t.connect(clean("a", v5));
    c.send(subscribe{.id = 1, .filters = {{.filter = "a"}, {.filter = "b"}}, .props = rows[2]})
        .expect(suback{.id = 1, .codes = {0x97, 0x97}})
        .expect_open();
    c.publish("a", "x", qos::at_least_once).expect(ack{.id = 1});
}

TEST_CASE("a will larger than a payload may be is refused with its CONNECT") {
    auto small = broker::aws_profile();
    small.max_payload_bytes = 3;
    for (auto const v : {v311, v5}) {
        broker_tester t(small);
        auto p = clean("a", v);
        p.last_will = will{.topic = "w", .payload = "abc"};
        t.connect(p);
        p.last_will->payload = "abcd";
        auto c = t.open(v);
        c.send(p);
        if (v == v5)
            CHECK(c.take<connack>().code == 0x97);
        c.expect_closed();
    }
}

TEST_CASE("what a publish over HTTPS carries is text as MQTT has it [MQTT-1.5.4-1] [MQTT-1.5.4-2] "
          "[MQTT-3.3.2-14]") {
    using namespace std::string_view_literals;
    std::string const long_text(65536, 'x');
    std::string_view const too_long = long_text;
    properties const rows[] = {
        {.content_type = "\xff"},
        {.content_type = "a\0b"sv},
        {.response_topic = "\xff"},
        {.response_topic = "a\0b"sv},
        {.response_topic = "a/#"},
        {.user_properties = {{"\0"sv, "v"}}},
        {.user_properties = {{"k", "\xed\xa0\x80"}}},
        {.content_type = too_long},
        {.correlation_data = too_long},
        {.user_properties = {{too_long, "v"}}},
        {.user_properties = {{"k", too_long}}},
    };
    // Without AWS's limits, which would refuse some of them first.
    for (auto const* rules : {&broker::aws_profile(), &standard_profile()})
        for (auto const& props : rows) {
            broker_tester t(*rules);
            auto c = t.connect(clean("a", v5));
            c.subscribe("t");
            auto const done = t.machine().publish(
                {.rules = rules}, {.topic = "t", .payload = "x", .props = props}, t.now);
            CHECK(done.why == broker::publish_refusal::invalid);
            CHECK(t.last_log("Publish-In").reason == "CLIENT_ERROR");
            c.expect_nothing().expect_open();
        }
}

TEST_CASE("a wildcard in a topic name ends a 3.1.1 connection [MQTT-3.3.2-2]") {
    broker_tester t(standard_profile());
    t.connect(clean("a")).publish("a/#", "x", qos::at_least_once).expect_closed();
}

TEST_CASE("a malformed filter: 3.1.1 is hung up on [MQTT-4.7.1-2], MQTT 5 gets 0x8F") {
    for (auto const* rules : {&broker::aws_profile(), &standard_profile()}) {
        broker_tester t(*rules);
        t.connect(clean("a"))
            .send(subscribe{.id = 1, .filters = {{.filter = "a/#/b"}}})
            .expect_closed();
        t.connect(clean("b", v5))
            .send(subscribe{.id = 1, .filters = {{.filter = "a/#/b"}, {.filter = "ok"}}})
            .expect(suback{.id = 1, .codes = {0x8F, 0}})
            .expect_open();
    }
}

TEST_CASE("a filter of more than 7 slashes is refused by SUBACK (AWS IoT quotas)") {
    broker_tester t;
    t.connect(clean("a"))
        .send(subscribe{.id = 1, .filters = {{.filter = "1/2/3/4/5/6/7/8/#"}}})
        .expect(suback{.id = 1, .codes = {0x80}})
        .expect_open();
}

TEST_CASE("topic aliases: 1 to 8, and only after they were set (AWS IoT; MQTT 5, 3.3.2.3.4)") {
    broker_tester t;
    auto watcher = t.connect(clean("watcher"));
    watcher.subscribe("a");
    auto c = t.connect(clean("dev", v5));
    publish p{.topic = "a", .payload = "1"};
    p.props.topic_alias = 8;
    c.send(p);
    p.topic = "";
    p.payload = "2";
    c.send(p);
    watcher.expect(publish{.topic = "a", .payload = "1"})
        .expect(publish{.topic = "a", .payload = "2"});
    p.props.topic_alias = 7;
    c.send(p).expect(disconnect{.code = 0x82}).expect_closed();
    auto nine = t.connect(clean("nine", v5));
    p.topic = "a";
    p.props.topic_alias = 9;
    nine.send(p).expect(disconnect{.code = 0x94}).expect_closed();
}

TEST_CASE("deep filters, long aliases and wills count: a peer cannot make us hold without end") {
    broker_tester t(standard_profile());
    t.machine().set_max_held_bytes(200'000);
    auto c = t.connect(clean("dev", v5));
    std::string deep = "0";
    for (int i = 0; i < 199; ++i)
        deep += "/x";
    std::size_t accepted = 0;
    for (int i = 0; i < 100; ++i) {
        auto const filter = std::to_string(i) + deep;
        c.send(subscribe{.id = 1, .filters = {{.filter = filter}}});
        accepted += c.take<suback>().codes[0] == 0 ? 1 : 0;
    }
    CHECK(accepted == 3);
    CHECK(t.machine().held_bytes() <= 200'000);
    std::string const name(60'000, 'x');
    publish p{.topic = name, .payload = "x"};
    p.props.topic_alias = 1;
    c.send(p).expect(disconnect{.code = 0x97}).expect_closed();
    CHECK(t.machine().held_bytes() == 0);

    auto large = clean("dev", v5);
    large.last_will = will{.topic = "w", .payload = name};
    for (int i = 0; i < 4; ++i)
        large.last_will->props.user_properties.emplace_back("k", name);
    auto refused = t.open(v5);
    refused.send(large);
    CHECK(refused.take<connack>().code == 0x97);
}

TEST_CASE("the filters of one SUBSCRIBE count together") {
    broker_tester t(standard_profile());
    t.machine().set_max_held_bytes(100'000);
    auto c = t.connect(clean("dev", v5));
    std::vector<std::string> names;
    for (int i = 0; i < 10'000; ++i)
        names.push_back(std::to_string(i));
    subscribe many{.id = 1};
    for (auto const& name : names)
        many.filters.push_back({.filter = name});
    c.send(many);
    auto const codes = c.take<suback>().codes;
    CHECK(codes.size() == 10'000);
    CHECK(codes.front() == 0);
    CHECK(codes.back() == 0x97);
    CHECK(t.machine().held_bytes() <= 100'000);

    many.filters.push_back({.filter = "one more"});
    c.send(many).expect(disconnect{.code = 0x97}).expect_closed();
    auto other = t.connect(clean("other", v5));
    unsubscribe none{.id = 1};
    none.filters.assign(10'001, "x");
    other.send(none).expect(disconnect{.code = 0x97}).expect_closed();
}

TEST_CASE("MQTT 5: a subscription identifier is refused by AWS with DISCONNECT 0xA1") {
    broker_tester t;
    auto c = t.connect(clean("dev", v5));
    subscribe s{.id = 1, .filters = {{.filter = "a"}}};
    s.props.subscription_identifiers = {1};
    c.send(s).expect(disconnect{.code = 0xA1}).expect_closed();
}
