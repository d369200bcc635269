#include "client/outgoing_check.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;

TEST_CASE("a message is checked before any network (limits: AWS IoT quotas)") {
    auto const complaint = [](std::string topic, std::size_t bytes = 1,
                              broker_kind kind = broker_kind::aws_iot) {
        auto const checked =
            check_message({.topic = std::move(topic), .payload = std::string(bytes, 'x')}, kind);
        return checked ? std::string() : checked.error().message();
    };
    CHECK(complaint("a/b/c/d/e/f/g/h").empty());
    CHECK(complaint("a/b/c/d/e/f/g/h/i").find("`a/b/c/d/e/f/g/h/i`") != std::string::npos);
    CHECK(complaint("a/b/c/d/e/f/g/h/i", 1, broker_kind::standard).empty());
    CHECK(complaint("a/+/b").find("wildcard") != std::string::npos);
    CHECK(complaint("a/#").find("wildcard") != std::string::npos);
    CHECK_FALSE(complaint("").empty());
    CHECK_FALSE(complaint(std::string(257, 'x')).empty());
    CHECK(complaint("a", 131072).empty());
    CHECK(complaint("a", 131073).find("131073 bytes") != std::string::npos);
    CHECK(complaint("a", 131073, broker_kind::standard).empty());
    CHECK_FALSE(
        check_message({.topic = "a", .level = mqtt::qos::exactly_once}, broker_kind::standard)
            .has_value());
}

TEST_CASE("filters: wildcards in their place") {
    CHECK(check_topic_request({"a/+/#"}, broker_kind::aws_iot).has_value());
    auto const wrong = check_topic_request({"a/#/b"}, broker_kind::aws_iot);
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().detail.find("`a/#/b`") != std::string::npos);
}

TEST_CASE("a payload that must be JSON says where it is not") {
    CHECK(check_json_payload(R"({"state":{"desired":{"power":"OFF"}}})").has_value());
    auto const wrong = check_json_payload("{\"a\": [1,]}");
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().detail ==
          "the payload is not JSON: line 1, column 10: a comma before the closing `]`");
}
