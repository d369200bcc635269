// A device's twin as a conversation: what the shadow service says, what the device does.
// @source AWS IoT developer guide, "Using shadows in devices"; spec device-shadow (documents,
// versions)
#include "client/device_twin.hpp"
#include "json/parse.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using kind = device_news::kind;

namespace {

std::string const prefix = "$aws/things/d1/shadow/";

received_message from_service(std::string const& topic, std::string const& payload) {
    return {.topic = prefix + topic, .payload = payload, .level = mqtt::qos::at_least_once};
}

std::string delta(int version, std::string const& state) {
    return R"({"version":)" + std::to_string(version) + R"(,"timestamp":1,"state":)" + state + "}";
}

std::string document(int version, std::string const& desired, std::string const& reported) {
    return R"({"state":{"desired":)" + desired + R"(,"reported":)" + reported + R"(},"version":)" +
           std::to_string(version) + R"(,"clientToken":"T"})";
}

/// `reported` of the update that the device wants to publish; `nothing` if it wants none.
std::string reported(device_twin::outcome const& what) {
    if (!what.report)
        return "nothing";
    CHECK(what.report->topic == prefix + "update");
    auto const sent = json::parse_object(what.report->payload).value();
    CHECK(json::find_string(sent, "clientToken") == "T");
    return json::print(sent.at("state").at("reported").as_object());
}

kind only_news(device_twin::outcome const& what) {
    REQUIRE(what.news.size() == 1);
    return what.news.front().what;
}

} // namespace

TEST_CASE("a device asks for its shadow and listens to its own topics only") {
    device_twin twin("d1", "T");
    CHECK(twin.ask().topic == prefix + "get");
    CHECK(twin.ask().payload == R"({"clientToken":"T"})");
    CHECK(twin.filters().size() == 5);
    CHECK(twin.filters().back().filter == prefix + "update/delta");
    CHECK(twin.received({.topic = "$aws/things/d2/shadow/update/delta", .payload = delta(1, "{}")})
              .news.empty());
}

TEST_CASE("a delta is applied once and reported, with nothing else") {
    device_twin twin("d1", "T");
    auto const told = twin.received(from_service("update/delta", delta(3, R"({"a":{"b":1}})")));
    CHECK(only_news(told) == kind::delta);
    REQUIRE(told.change);
    auto const done = twin.apply(*told.change);
    CHECK(only_news(done) == kind::applied);
    CHECK(reported(done) == R"({"a":{"b":1}})");
    // QoS 1 may bring it twice.
    auto const again = twin.received(from_service("update/delta", delta(3, R"({"a":{"b":1}})")));
    CHECK(only_news(again) == kind::stale);
    CHECK_FALSE(again.change);
    auto const next = twin.received(from_service("update/delta", delta(4, R"({"a":{"c":2}})")));
    CHECK(reported(twin.apply(*next.change)) == R"({"a":{"c":2}})");
    CHECK(json::print(twin.state()) == R"({"a":{"b":1,"c":2}})");
}

TEST_CASE("an older delta that comes or is applied later changes nothing") {
    device_twin twin("d1", "T");
    auto const slow = twin.received(from_service("update/delta", delta(5, R"({"n":1})")));
    auto const quick = twin.received(from_service("update/delta", delta(6, R"({"n":2})")));
    CHECK(reported(twin.apply(*quick.change)) == R"({"n":2})");
    auto const late = twin.apply(*slow.change);
    CHECK(only_news(late) == kind::stale);
    CHECK(reported(late) == "nothing");
    CHECK(only_news(twin.received(from_service("update/delta", delta(4, R"({"n":0})")))) ==
          kind::stale);
    CHECK(json::print(twin.state()) == R"({"n":2})");
}

TEST_CASE("after a restart the reported state is the device's, and what was missed is applied") {
    device_twin twin("d1", "T");
    auto const got = twin.received(
        from_service("get/accepted", document(9, R"({"a":1,"b":2})", R"({"a":1,"c":3})")));
    CHECK(only_news(got) == kind::got);
    REQUIRE(got.change);
    CHECK(json::print(got.change->state) == R"({"b":2})");
    CHECK(reported(twin.apply(*got.change)) == R"({"b":2})");
    CHECK(json::print(twin.state()) == R"({"a":1,"c":3,"b":2})");
    // The delta of the same version says the same.
    CHECK(only_news(twin.received(from_service("update/delta", delta(9, R"({"b":2})")))) ==
          kind::stale);
}

TEST_CASE("what was applied and never reported is reported after the next connect") {
    device_twin twin("d1", "T");
    auto const told = twin.received(from_service("update/delta", delta(3, R"({"a":1})")));
    (void)twin.apply(*told.change); // and the report was lost
    auto const got =
        twin.received(from_service("get/accepted", document(3, R"({"a":1})", R"({"a":0})")));
    CHECK_FALSE(got.change);
    CHECK(reported(got) == R"({"a":1})");
    (void)twin.apply({.version = 4, .state = {{"a", 2}}});
    auto const later =
        twin.received(from_service("get/accepted", document(4, R"({"a":2})", R"({"a":1})")));
    CHECK(reported(later) == R"({"a":2})");
}

TEST_CASE("without a shadow there is nothing to do; a shadow that begins anew is followed") {
    device_twin twin("d1", "T");
    std::string const none =
        R"({"code":404,"message":"No shadow exists with name: 'd1'","clientToken":"T"})";
    CHECK(only_news(twin.received(from_service("get/rejected", none))) == kind::no_shadow);
    auto const first = twin.received(from_service("update/delta", delta(50, R"({"a":1})")));
    (void)twin.apply(*first.change);
    CHECK(reported(twin.received(from_service("get/rejected", none))) == R"({"a":1})");
    auto const anew = twin.received(from_service("update/delta", delta(1, R"({"a":2})")));
    REQUIRE(anew.change);
    CHECK(reported(twin.apply(*anew.change)) == R"({"a":2})");
}

TEST_CASE("answers to others are not the device's, refusals of its own are told") {
    device_twin twin("d1", "T");
    CHECK(twin.received(from_service("get/accepted", R"({"state":{},"version":1})")).news.empty());
    CHECK(twin.received(from_service("update/accepted",
                                     R"({"state":{"desired":{}},"version":1,"clientToken":"x"})"))
              .news.empty());
    auto const refused = twin.received(
        from_service("update/rejected", R"({"code":413,"message":"too large","clientToken":"T"})"));
    CHECK(only_news(refused) == kind::rejected);
    CHECK(refused.news.front().code == 413);
    CHECK(refused.news.front().text == "too large");
    CHECK(only_news(twin.received(from_service("update/delta", "no JSON"))) == kind::rejected);
    auto const accepted = twin.received(from_service(
        "update/accepted", R"({"state":{"reported":{"a":1}},"version":7,"clientToken":"T"})"));
    CHECK(only_news(accepted) == kind::reported);
    CHECK(accepted.news.front().version == 7);
}
