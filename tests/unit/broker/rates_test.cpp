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
