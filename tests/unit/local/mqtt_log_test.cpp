// Log lines of the broker and the shadow service. Expected lines are the examples of the AWS IoT
// developer guide, "CloudWatch log entries" (2026 text), put on one line; only trace ID and time
// are ours.
#include "cloud/world.hpp"
#include "json/parse.hpp"
#include "local/mqtt_log.hpp"
#include "support/seeded_random.hpp"

#include <boost/json/object.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace cogniot::local {
namespace {

class device final : public broker::principal {
  public:
    std::string_view identifier() const override { return "145179c40e22"; }
};

struct log_under_test {
    log_under_test() { REQUIRE(log.open_file("/dev/null").has_value()); }

    std::string line_of(broker::log_event const& e) {
        auto const before = log.events().all().size();
        std::shared_ptr<log_subject const> subject;
        write_broker_event(log, e, subject, now);
        if (log.events().all().size() == before)
            return "nothing";
        return without_trace(log.events().all().back()->line());
    }
    static std::string without_trace(std::string_view line) {
        std::string text(line);
        auto const at = text.find("\"traceId\":\"");
        REQUIRE(at != std::string::npos);
        return text.replace(at + 11, 36, "T");
    }
    std::string trace_of_last() const {
        auto const parsed = json::parse_object(log.events().all().back()->line()).value();
        return std::string(*json::find_string(parsed, "traceId"));
    }

    utc_time now = *parse_extended("2017-08-10T15:37:23.476Z");
    test::seeded_random random;
    cloud::world world;
    event_log log{world, log_level::error, random};
    broker::peer peer{
        .who = std::make_shared<device>(), .source_ip = "205.251.233.181", .source_port = 13490};
    broker::peer nobody{};
};

std::string const head = R"({"timestamp":"2017-08-10 15:37:23.476","logLevel":)";
std::string const success =
    head + R"("INFO","traceId":"T","accountId":"123456789012","status":"Success","eventType":)";
std::string const failure =
    head + R"("ERROR","traceId":"T","accountId":"123456789012","status":"Failure","eventType":)";
std::string const address =
    R"("clientId":"c","principalId":"145179c40e22","sourceIp":"205.251.233.181","sourcePort":13490)";

} // namespace

TEST_CASE("each event has AWS's fields in AWS's order") {
    log_under_test t;
    std::vector<mqtt::subscription> const filters{{.filter = "test/topic1"},
                                                  {.filter = "$invalid/reserved/topic"}};
    std::vector<mqtt::reason_code> const codes{1, 143};
    struct row {
        broker::log_event event;
        std::string line;
    };
    for (
        auto const& [event, line] : {
            row{{.event_type = "Connect", .from = t.peer, .client_id = "c"},
                success + R"("Connect","protocol":"MQTT",)" + address + "}"},
            row{{.event_type = "Connect",
            .success = false,
            .from = t.peer,
            .client_id = "c",
            .reason = "AUTHORIZATION_FAILURE",
            .details = "Authorization Failure"},
                failure + R"("Connect","protocol":"MQTT",)" + address +
                    R"(,"reason":"AUTHORIZATION_FAILURE","details":"Authorization Failure"})"},
            row{{.event_type = "Publish-In",
            .from = t.peer,
            .client_id = "c",
            .topic = "$aws/things/MyThing/shadow/get",
            .retain = true},
                success +
                    R"("Publish-In","protocol":"MQTT","topicName":"$aws/things/MyThing/shadow/get",)" +
                    address + R"(,"retain":"True"})"},
            row{{.event_type = "Publish-Out", .from = t.peer, .client_id = "c", .topic = "a"},
                success + R"("Publish-Out","protocol":"MQTT","topicName":"a",)" + address + "}"},
            row{{.event_type = "Subscribe", .from = t.peer, .client_id = "c", .topic = "a,b"},
                success + R"("Subscribe","protocol":"MQTT","topicName":"a,b",)" + address + "}"},
            row{{.event_type = "Subscribe",
            .from = t.peer,
            .client_id = "c",
            .topic = "test/topic1,$invalid/reserved/topic",
            .filters = filters,
            .codes = codes},
                success +
                    R"("Subscribe","protocol":"MQTT","topicName":"test/topic1,$invalid/reserved/topic",)"
                    R"("subscriptions":[{"topicName":"test/topic1","reasonCode":1},)"
                    R"({"topicName":"$invalid/reserved/topic","reasonCode":143}],)" +
                    address + "}"},
            row{{.event_type = "Unsubscribe", .from = t.peer, .client_id = "c"},
                success + R"("Unsubscribe","protocol":"MQTT",)" + address + "}"},
            row{{.event_type = "Disconnect",
            .from = t.peer,
            .client_id = "c",
            .disconnect_reason = "CLIENT_INITIATED_DISCONNECT"},
                success + R"("Disconnect","protocol":"MQTT",)" + address +
                    R"(,"disconnectReason":"CLIENT_INITIATED_DISCONNECT"})"},
            row{{.event_type = "Queued",
            .from = t.nobody,
            .client_id = "123123123",
            .topic = "$aws/things/MyThing/get",
            .level = mqtt::qos::at_least_once},
                head + R"("INFO","traceId":"T","accountId":"123456789012",)"
                       R"("topicName":"$aws/things/MyThing/get","clientId":"123123123","qos":"1",)"
                       R"("protocol":"MQTT","eventType":"Queued","status":"Success"})"},
            row{{.event_type = "Queued",
            .success = false,
            .from = t.nobody,
            .client_id = "123123123",
            .topic = "$aws/things/MyThing/get",
            .details = "Server Error",
            .level = mqtt::qos::at_least_once},
                head + R"("ERROR","traceId":"T","accountId":"123456789012",)"
                       R"("topicName":"$aws/things/MyThing/get","clientId":"123123123","qos":"1",)"
                       R"("protocol":"MQTT","eventType":"Queued","status":"Failure",)"
                       R"("details":"Server Error"})"},
            // Off unless configured.
            row{{.event_type = "Ping", .from = t.peer, .client_id = "c"}, "nothing"},
        })
        CHECK(t.line_of(event) == line);
}

TEST_CASE("a takeover is told with AWS's reason, and what it means at the end") {
    log_under_test t;
    auto const line =
        t.line_of({.event_type = "Disconnect",
                   .success = false,
                   .from = t.peer,
                   .client_id = "c",
                   .reason = "DUPLICATE_CLIENT_ID",
                   .details = "A new connection was established with the same client ID",
                   .disconnect_reason = "DUPLICATE_CLIENTID",
                   .explanation = "somebody else came"});
    CHECK(line ==
          (failure + R"("Disconnect","protocol":"MQTT",)" + address +
           R"(,"reason":"DUPLICATE_CLIENT_ID",)"
           R"("details":"A new connection was established with the same client ID",)"
           R"("disconnectReason":"DUPLICATE_CLIENTID","explanation":"somebody else came"})"));
}

TEST_CASE("a ping is DEBUG, with its instants, once its event type is configured") {
    log_under_test t;
    t.world.iot.at("ap-northeast-1").logging = {
        .is_configured = true,
        .default_level = cloud::iot::log_level::error,
        .events = {{"Ping", {.level = cloud::iot::log_level::debug}}}};
    CHECK(t.line_of({.event_type = "Ping", .from = t.peer, .client_id = "c"}) ==
          head +
              R"("DEBUG","traceId":"T","accountId":"123456789012","status":"Success",)"
              R"("eventType":"Ping","protocol":"MQTT","latency":0,)"
              R"("requestTimestamp":"2017-08-10 15:37:23.476",)"
              R"("responseTimestamp":"2017-08-10 15:37:23.476",)" +
              address + "}");
}

TEST_CASE("shadow operations: thing and topic, no client") {
    log_under_test t;
    shadow_outcome const asked{.asked = {.of = {.thing = "MyThing"}}};
    write_shadow_event(t.log, asked, "$aws/things/MyThing/shadow/get", {}, 1, t.now);
    CHECK(log_under_test::without_trace(t.log.events().all().back()->line()) ==
          success + R"("GetThingShadow","protocol":"MQTT","deviceShadowName":"MyThing",)"
                    R"("topicName":"$aws/things/MyThing/shadow/get"})");
    CHECK(t.log.denial_count() == 0);
    shadow_outcome const missing{.asked = {.of = {.thing = "MyThing"}},
                                 .refused =
                                     shadow::refusal{404, "No shadow exists with name: 'MyThing'"}};
    write_shadow_event(t.log, missing, "$aws/things/MyThing/shadow/get", {}, 1, t.now);
    CHECK(t.log.events().all().back()->line().find(R"("status":"Failure")") != std::string::npos);
    CHECK(t.log.denial_count() == 1);
    CHECK(t.log.events().all().back()->line().find(
              R"("reason":"CLIENT_ERROR","details":"No shadow exists with name: 'MyThing'")") !=
          std::string::npos);
    shadow_outcome const named{.asked = {.of = {.thing = "MyThing", .name = "config"}}};
    write_shadow_event(t.log, named, "$aws/things/MyThing/shadow/name/config/get", {}, 1, t.now);
    CHECK(t.log.events().all().back()->line().find(R"("deviceShadowName":"MyThing",)") !=
          std::string::npos);
}

TEST_CASE("lines of one packet share a trace ID, those of the next have another") {
    log_under_test t;
    auto const log = [&](std::string_view type, std::uint64_t request) {
        t.line_of({.event_type = type,
                   .from = t.peer,
                   .client_id = "c",
                   .topic = "a",
                   .request = request});
        return t.trace_of_last();
    };
    auto const first = log("Publish-In", 7);
    CHECK(first.size() == 36);
    CHECK(log("Publish-Out", 7) == first);
    auto const second = log("Publish-In", 8);
    CHECK(second != first);
    // A line in between does not break it: AWS's shadow entries come later.
    CHECK(log("Publish-Out", 7) == first);
    CHECK(log("Connect", 0) != log("Connect", 0));
}

TEST_CASE("reasons come last, and words alone when the data is too long") {
    log_under_test t;
    auto const because = [&](std::size_t size) {
        return json::print(json::object{{"decision", "implicit_deny"},
                                        {"filler", std::string(size, 'x')},
                                        {"words", "it is `so`"}});
    };
    auto const denied = [&](std::string const& why) {
        return t.line_of({.event_type = "Publish-In",
                          .success = false,
                          .from = t.peer,
                          .client_id = "c",
                          .topic = "a",
                          .because = why});
    };
    CHECK(
        denied(because(1))
            .ends_with(
                R"(,"explanation":"it is `so`","because":{"decision":"implicit_deny","filler":"x"}})"));
    CHECK(denied(because(100'000)).ends_with(R"(,"explanation":"it is `so`"})"));
}

TEST_CASE("what a client sent is escaped, and cut within reason but not within a character") {
    log_under_test t;
    auto const line = t.line_of(
        {.event_type = "Connect", .from = t.peer, .client_id = "a\"b\\c\n\x01\xE3\x81\x82"});
    CHECK(line.find(R"("clientId":"a\"b\\c\n\u0001)"
                    "\xE3\x81\x82\"") != std::string::npos);
    std::string long_topic;
    for (int i = 0; i < 5'000; ++i)
        long_topic += "\xE3\x81\x82";
    auto const cut = t.line_of(
        {.event_type = "Publish-In", .from = t.peer, .client_id = "c", .topic = long_topic});
    CHECK(cut.size() < 5'000);
    CHECK(json::parse_object(cut).has_value());
}

TEST_CASE("levels decide about the log group, never about the feed of refusals") {
    log_under_test t;
    t.world.iot.at("ap-northeast-1").logging = {.is_configured = true, .all_disabled = true};
    broker::log_event const refused{
        .event_type = "Connect", .success = false, .from = t.peer, .client_id = "c"};
    broker::log_event const connected{.event_type = "Connect", .from = t.peer, .client_id = "c"};
    CHECK(t.line_of(connected) == "nothing");
    CHECK(t.line_of(refused) != "nothing");
    CHECK(t.world.logs.entries.all().empty());
    CHECK(t.log.denials().all().size() == 1);
    t.world.iot.at("ap-northeast-1").logging.all_disabled = false;
    t.world.iot.at("ap-northeast-1").logging.default_level = cloud::iot::log_level::error;
    t.line_of(refused);
    REQUIRE(t.world.logs.entries.all().size() == 1);
    CHECK(t.world.logs.entries.all().front()->group() == "AWSIotLogsV2");
    CHECK(t.world.logs.entries.all().front()->region() == "ap-northeast-1");
    CHECK(t.world.logs.entries.all().front()->client_id() == "c");
}

TEST_CASE("the end of a connection that a refusal brought is no refusal of its own") {
    log_under_test t;
    t.line_of({.event_type = "Disconnect",
               .success = false,
               .from = t.peer,
               .client_id = "c",
               .reason = "AUTHORIZATION_FAILURE"});
    CHECK(t.log.denials().all().empty());
    CHECK(t.log.events().all().size() == 1);
}

TEST_CASE("a filter that MQTT 5's SUBACK refuses is a denial, though its line is a Success") {
    log_under_test t;
    std::vector<mqtt::subscription> const filters{{.filter = "a"}, {.filter = "b"}};
    for (auto const code : {mqtt::reason_code(0x87), mqtt::reason_code(0x8F)}) {
        auto const before = t.log.denials().all().size();
        std::vector<mqtt::reason_code> const codes{1, code};
        t.line_of({.event_type = "Subscribe",
                   .from = t.peer,
                   .client_id = "c",
                   .topic = "a,b",
                   .filters = filters,
                   .codes = codes});
        REQUIRE(t.log.denials().all().size() == before + 1);
        CHECK(t.log.denials().all().back()->line().find(R"("status":"Success")") !=
              std::string::npos);
    }
    auto const before = t.log.denials().all().size();
    std::vector<mqtt::reason_code> const granted{1, 0};
    t.line_of({.event_type = "Subscribe",
               .from = t.peer,
               .client_id = "c",
               .topic = "a,b",
               .filters = filters,
               .codes = granted});
    CHECK(t.log.denials().all().size() == before);
}

} // namespace cogniot::local
