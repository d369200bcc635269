// SendDirectMessage: one connected client gets a message it has not subscribed to, and confirms it.
// @source AWS IoT developer guide, "Direct messaging"; AWS IoT data API reference,
// SendDirectMessage; spec iot-broker 2.8, 5.3 (the reasons), 7
#include "support/broker_tester.hpp"

#include <string>

using namespace cogniot;
using namespace cogniot::mqtt;
using namespace cogniot::test;
using broker::direct_fault;

namespace {

connect client(std::string_view id, version v = version::v311, bool clean = true) {
    return {.level = v, .clean_start = clean, .keep_alive_seconds = 1200, .client_id = id};
}

publish message(std::string_view topic, std::string_view payload, qos level = qos::at_least_once) {
    return {.topic = topic, .payload = payload, .level = level};
}

} // namespace

TEST_CASE("a direct message of QoS 0 arrives without a subscription, and nothing waits for it") {
    broker_tester t;
    auto watcher = t.connect(client("watcher"));
    watcher.subscribe("#");
    auto device = t.connect(client("device"));
    auto const sent = t.send_directly("device", message("commands/reboot", "now", qos{}));
    CHECK(sent.why == direct_fault::none);
    CHECK_FALSE(sent.waits_for.has_value());
    device.expect(publish{.topic = "commands/reboot", .payload = "now"});
    // Neither the topic's subscribers nor services hear it.
    watcher.expect_nothing();
    CHECK(t.services_heard.empty());
}

TEST_CASE("a direct message of QoS 1 is confirmed by its PUBACK, whatever that says") {
    for (auto const v : {version::v311, version::v5}) {
        broker_tester t;
        auto device = t.connect(client("device", v));
        auto const sent = t.send_directly("device", message("c", "x"));
        REQUIRE(sent.waits_for.has_value());
        auto const got = device.take<publish>();
        CHECK(got.topic == "c");
        CHECK(got.level == qos::at_least_once);
        CHECK_FALSE(got.retain);
        CHECK(t.directs_ended.empty());
        device.send(ack{.type = ack_type::puback,
                        .id = got.id,
                        .code = static_cast<reason_code>(v == version::v5 ? 0x83 : 0)});
        REQUIRE(t.directs_ended.size() == 1);
        CHECK(t.directs_ended[0] == std::pair(*sent.waits_for, direct_fault::none));
        t.advance(std::chrono::minutes(2));
        device.expect_nothing();
        CHECK(t.directs_ended.size() == 1);
    }
}

TEST_CASE("MQTT 5's properties go to the receiver") {
    broker_tester t;
    auto device = t.connect(client("device", version::v5));
    auto asked = message("c", "x", qos{});
    asked.props.content_type = "text/plain";
    asked.props.response_topic = "answers";
    asked.props.user_properties.emplace_back("k", "v");
    CHECK(t.send_directly("device", asked).why == direct_fault::none);
    auto const got = device.take<publish>();
    CHECK(got.props.content_type == "text/plain");
    CHECK(got.props.response_topic == "answers");
    REQUIRE(got.props.user_properties.size() == 1);
    CHECK(got.props.user_properties[0].second == "v");
}

TEST_CASE("without a PUBACK it ends in time, is not sent again, and a late PUBACK does nothing") {
    broker_tester t;
    auto device = t.connect(client("device"));
    auto const sent = t.send_directly("device", message("c", "x"), std::chrono::seconds(15));
    auto const got = device.take<publish>();
    t.advance(std::chrono::milliseconds(14'999));
    CHECK(t.directs_ended.empty());
    t.advance(std::chrono::milliseconds(1));
    REQUIRE(t.directs_ended.size() == 1);
    CHECK(t.directs_ended[0] == std::pair(*sent.waits_for, direct_fault::not_confirmed));
    device.send(ack{.type = ack_type::puback, .id = got.id}).expect_open();
    t.advance(std::chrono::hours(1));
    device.expect_nothing();
    CHECK(t.directs_ended.size() == 1);
}

TEST_CASE("the receiver's end ends the wait, and nothing is left for its session") {
    broker_tester t;
    auto device = t.connect(client("device", version::v311, false));
    auto const kept = t.persisted;
    auto const sent = t.send_directly("device", message("c", "x"));
    device.take<publish>();
    CHECK(t.persisted == kept);
    device.lose();
    REQUIRE(t.directs_ended.size() == 1);
    CHECK(t.directs_ended[0] == std::pair(*sent.waits_for, direct_fault::not_connected));
    auto again = t.connect(client("device", version::v311, false));
    again.expect_nothing();
    t.advance(std::chrono::minutes(1));
    again.expect_nothing();
    again.lose();
    t.restart();
    t.connect(client("device", version::v311, false)).expect_nothing();
}

TEST_CASE("who does not wait any more frees the receiver's window") {
    broker::profile rules;
    rules.max_in_flight = 1;
    broker_tester t(rules);
    auto device = t.connect(client("device"));
    device.subscribe("d");
    auto const held = t.machine().held_bytes();
    auto const sent = t.send_directly("device", message("c", "x"));
    device.take<publish>();
    CHECK(t.send_directly("device", message("c", "y")).why == direct_fault::receiver_window_full);
    device.publish("d", "of others", qos::at_least_once);
    device.take<ack>();
    device.expect_nothing();
    t.machine().abandon(*sent.waits_for, t.now);
    // What waited behind it goes on.
    auto const next = device.take<publish>();
    CHECK(next.payload == "of others");
    device.send(ack{.type = ack_type::puback, .id = next.id});
    CHECK(t.machine().held_bytes() == held);
}

TEST_CASE("a direct message overtakes what waits in the session's queue") {
    broker::profile rules;
    rules.replay_per_second = 1;
    broker_tester t(rules);
    auto device = t.connect(client("device", version::v311, false));
    device.subscribe("d");
    device.lose();
    auto sender = t.connect(client("sender"));
    for (auto const* text : {"1", "2", "3"})
        sender.publish("d", text, qos::at_least_once);
    auto back = t.connect(client("device", version::v311, false));
    CHECK(back.take<publish>().payload == "1");
    back.expect_nothing();
    auto const sent = t.send_directly("device", message("c", "direct"));
    auto const direct = back.take<publish>();
    CHECK(direct.payload == "direct");
    back.send(ack{.type = ack_type::puback, .id = direct.id});
    REQUIRE(t.directs_ended.size() == 1);
    CHECK(t.directs_ended[0] == std::pair(*sent.waits_for, direct_fault::none));
    t.advance(std::chrono::seconds(1));
    CHECK(back.take<publish>().payload == "2");
    t.advance(std::chrono::seconds(1));
    CHECK(back.take<publish>().payload == "3");
}

TEST_CASE("what cannot be sent says why") {
    broker::profile rules;
    rules.publishes_per_second = 2;
    broker_tester t(rules);
    t.may.no_receive = {"denied"};
    auto device = t.connect(client("device"));
    auto gone = t.connect(client("gone"));
    gone.lose();
    auto offline = t.connect(client("offline", version::v311, false));
    offline.lose();
    struct row {
        std::string client_id;
        std::string topic;
        std::size_t payload_bytes;
        direct_fault why;
    };
    for (auto const& [to, topic, bytes, why] :
         {row{"device", "a/+", 1, direct_fault::invalid_topic},
          row{"device", "", 1, direct_fault::invalid_topic},
          row{"device", std::string(257, 'a'), 1, direct_fault::invalid_topic},
          row{"device", "$aws/things/t/shadow/update/accepted", 1, direct_fault::invalid_topic},
          row{"device", "a", 128 * 1024 + 1, direct_fault::too_large},
          row{"nobody", "a", 1, direct_fault::unknown_client},
          row{"gone", "a", 1, direct_fault::not_connected},
          row{"offline", "a", 1, direct_fault::not_connected},
          row{"device", "denied", 1, direct_fault::receive_denied}}) {
        CAPTURE(to);
        CAPTURE(topic);
        std::string const payload(bytes, 'x');
        CHECK(t.send_directly(to, message(topic, payload)).why == why);
    }
    CHECK_FALSE(t.send_directly("device", message("denied", "x")).because.empty());
    device.expect_nothing().expect_open();
    t.congested.insert(device.id());
    CHECK(t.send_directly("device", message("a", "x")).why == direct_fault::not_writable);
    t.congested.clear();
    CHECK(t.send_directly("device", message("a", "x")).why == direct_fault::none);
    CHECK(t.send_directly("device", message("a", "x")).why == direct_fault::receiver_throttled);
    CHECK(device.unread() == 1);
}

TEST_CASE("a message larger than the receiver's maximum packet size is not sent") {
    broker_tester t;
    auto asked = client("device", version::v5);
    asked.props.maximum_packet_size = 512;
    auto device = t.connect(asked);
    std::string const payload(600, 'x');
    CHECK(t.send_directly("device", message("a", payload)).why == direct_fault::not_writable);
    device.expect_nothing().expect_open();
}

TEST_CASE("the account's rate of direct messages, and how many may wait") {
    broker::profile rules;
    rules.direct_messages_per_second = 2;
    {
        broker_tester t(rules);
        t.connect(client("device"));
        CHECK(t.send_directly("device", message("a", "x", qos{})).why == direct_fault::none);
        CHECK(t.send_directly("nobody", message("a", "x")).why == direct_fault::unknown_client);
        CHECK(t.send_directly("device", message("a", "x")).why == direct_fault::throttled);
        t.advance(std::chrono::seconds(1));
        CHECK(t.send_directly("device", message("a", "x")).why == direct_fault::none);
    }
    rules = {};
    rules.max_in_flight = 1'000;
    broker_tester t(rules);
    t.connect(client("device"));
    for (int i = 0; i < 256; ++i)
        REQUIRE(t.send_directly("device", message("a", "x")).why == direct_fault::none);
    CHECK(t.send_directly("device", message("a", "x")).why == direct_fault::throttled);
}
