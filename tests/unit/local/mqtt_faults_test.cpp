// The fault layer of MQTT: what it takes away, adds and ends, packet by packet.
#include "cloud/world.hpp"
#include "local/faults/mqtt_faults.hpp"
#include "mqtt/codec.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

#include <string>

namespace cogniot::local {
namespace {

using namespace std::chrono_literals;
using mqtt::qos;

utc_time const start = utc_time(1'790'000'000'000ms);

struct layer_under_test {
    explicit layer_under_test(std::string_view words,
                              broker::profile const& rules = broker::aws_profile()) {
        REQUIRE(log.open_file("/dev/null").has_value());
        peer.id = broker::connection_id{7};
        peer.rules = &rules;
        add(words);
    }
    void add(std::string_view words) {
        plan.add(parse_fault_text(words).value(), start);
        layer.plan_changed();
    }
    mqtt_faults::connection seen() const { return {peer, "c", mqtt::version::v311, start}; }
    bool arrives(mqtt::packet const& p) { return layer.arrives(seen(), p, out, start); }
    void leaves(mqtt::packet const& p) {
        layer.leaves(seen(), mqtt::encode(p, mqtt::version::v311), out, start);
    }
    static mqtt::publish publish(std::string_view topic, qos level, mqtt::packet_id id = 0) {
        return {.topic = topic, .payload = "x", .level = level, .id = id};
    }
    static std::string bytes(mqtt::packet const& p) { return mqtt::encode(p, mqtt::version::v311); }

    test::seeded_random random;
    cloud::world world;
    event_log log{world, log_level::error, random};
    fault_plan plan;
    broker::peer peer;
    mqtt_faults layer{plan, log};
    std::string out;
};

mqtt::ack const puback_3{.type = mqtt::ack_type::puback, .id = 3};

} // namespace

TEST_CASE("what no rule is about goes through as it is") {
    layer_under_test t("lose-puback topic=a client=c");
    CHECK(t.arrives(t.publish("b", qos::at_least_once, 3)));
    t.leaves(puback_3);
    t.leaves(t.publish("a", qos::at_most_once));
    t.leaves(mqtt::pingresp{});
    CHECK(t.out == t.bytes(puback_3) + t.bytes(t.publish("a", qos::at_most_once)) +
                       t.bytes(mqtt::pingresp{}));
    CHECK(t.layer.take_endings().empty());
}

TEST_CASE("a lost PUBACK is lost after the broker accepted, and a refusal is never lost") {
    layer_under_test t("lose-puback topic=a/#");
    CHECK(t.arrives(t.publish("a/b", qos::at_least_once, 3)));
    t.leaves(puback_3);
    CHECK(t.out.empty());
    CHECK(t.plan.all()[0].struck == 1);
    auto refused = puback_3;
    refused.code = 0x87;
    t.layer.leaves({t.peer, "c", mqtt::version::v5, start},
                   mqtt::encode(refused, mqtt::version::v5), t.out, start);
    CHECK(t.out == mqtt::encode(refused, mqtt::version::v5));
}

TEST_CASE("a topic alias of MQTT 5 stands for its topic") {
    layer_under_test t("lose-puback topic=a/b");
    auto named = t.publish("a/b", qos::at_least_once, 3);
    named.props.topic_alias = 2;
    auto aliased = t.publish("", qos::at_least_once, 4);
    aliased.props.topic_alias = 2;
    CHECK(t.arrives(named));
    CHECK(t.arrives(aliased));
    t.leaves(mqtt::ack{.type = mqtt::ack_type::puback, .id = 4});
    CHECK(t.out.empty());
}

TEST_CASE("a duplicate of QoS 1 follows the acknowledgement, which the broker does not get") {
    for (bool const aws : {true, false}) {
        layer_under_test t("duplicate", aws ? broker::aws_profile() : broker::standard_profile());
        auto delivered = t.publish("a", qos::at_least_once, 3);
        t.leaves(delivered);
        CHECK(t.out == t.bytes(delivered));
        t.out.clear();
        CHECK_FALSE(t.arrives(puback_3));
        // AWS IoT does not support DUP; MQTT does [MQTT-3.3.1-1].
        delivered.dup = !aws;
        CHECK(t.out == t.bytes(delivered));
        CHECK(t.arrives(puback_3));
    }
}

TEST_CASE("a duplicate of QoS 0 is there at once, one of QoS 2 never") {
    layer_under_test t("duplicate");
    auto const zero = t.publish("a", qos::at_most_once);
    t.leaves(zero);
    CHECK(t.out == t.bytes(zero) + t.bytes(zero));
    t.out.clear();
    t.leaves(t.publish("a", qos::exactly_once, 3));
    CHECK(t.out == t.bytes(t.publish("a", qos::exactly_once, 3)));
}

TEST_CASE("each end has its cause, and hanging up keeps the packet from the broker") {
    struct {
        std::string_view words;
        mqtt::packet packet;
        bool reaches_broker;
        broker::close_cause cause;
    } const rows[]{
        {"hang-up connect", mqtt::connect{.client_id = "c"}, false, broker::close_cause::lost},
        {"hang-up publish", layer_under_test::publish("a", qos::at_most_once), false,
         broker::close_cause::lost},
        {"disconnect subscribe", mqtt::subscribe{.id = 1, .filters = {{.filter = "a/#"}}}, true,
         broker::close_cause::server_shutdown},
        {"take-over ping", mqtt::pingreq{}, true, broker::close_cause::taken_over},
        {"disconnect ping reason=THROTTLED", mqtt::pingreq{}, true, broker::close_cause::throttled},
        {"disconnect ping reason=FORBIDDEN_ACCESS", mqtt::pingreq{}, true,
         broker::close_cause::forbidden},
    };
    for (auto const& row : rows) {
        layer_under_test t(row.words);
        CHECK_MESSAGE(t.arrives(row.packet) == row.reaches_broker, row.words);
        auto const endings = t.layer.take_endings();
        REQUIRE_MESSAGE(endings.size() == 1, row.words);
        CHECK_MESSAGE(endings[0].cause == row.cause, row.words);
        CHECK_MESSAGE(endings[0].explanation.starts_with("fault rule `"), row.words);
    }
}

TEST_CASE("an age is asked about once, when it has come") {
    layer_under_test t("disconnect 10m 50% name=aged");
    CHECK(t.layer.age_due() <= start);
    t.layer.begin_ages();
    t.layer.ages(t.seen(), start);
    CHECK(t.layer.age_due() == start + 10min);
    CHECK(t.layer.next_deadline() == start + 10min);
    for (int i = 0; i < 10; ++i) {
        t.layer.begin_ages();
        t.layer.ages(t.seen(), start + 11min);
    }
    CHECK(t.plan.all()[0].seen == 1);
    CHECK(t.layer.age_due() == utc_time::max());
}

TEST_CASE("events are held back until they are due, doubled, or let go with their rules") {
    layer_under_test t("late-presence 2s event=connected client=a/b");
    t.add("double-presence event=disconnected");
    broker::presence_event const connected{"$aws/events/presence/connected/a/b", "1"};
    broker::presence_event const gone{"$aws/events/presence/disconnected/a/b", "2"};
    CHECK(t.layer.holds_back(connected, start));
    CHECK(t.layer.holds_back(gone, start));
    CHECK_FALSE(t.layer.holds_back({"$aws/events/presence/connected/other", "3"}, start));
    CHECK(t.layer.take_events(start).size() == 2);
    CHECK(t.layer.take_events(start + 1s).empty());
    CHECK(t.layer.next_deadline() <= start + 2s);
    CHECK(t.layer.take_events(start + 2s).size() == 1);
    CHECK(t.layer.holds_back(connected, start));
    t.plan.clear();
    t.layer.plan_changed();
    CHECK_FALSE(t.layer.is_idle());
    CHECK(t.layer.take_events(start).size() == 1);
    CHECK(t.layer.is_idle());
}

} // namespace cogniot::local
