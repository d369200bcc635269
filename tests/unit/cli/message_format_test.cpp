#include "cli/message_format.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::cli;

namespace {

utc_time const at = *parse_extended("2026-01-02T03:04:05.678Z");
client::received_message const message{.topic = "a/b",
                                       .payload = "{\"x\":1}",
                                       .level = mqtt::qos::at_least_once,
                                       .retain = true,
                                       .id = 7};

std::string print(std::string_view format, client::received_message const& m = message) {
    auto const parsed = message_format::parse(format);
    return parsed ? parsed->print(m, at) : parsed.error().detail;
}

} // namespace

TEST_CASE("fields are those of mosquitto_sub(1), Output format") {
    CHECK(print("%t %p") == "a/b {\"x\":1}");
    CHECK(print("q%q r%r l%l m%m 100%%") == "q1 r1 l7 m7 100%");
    CHECK(print("%x|%X") == "7b2278223a317d|7B2278223A317D");
    CHECK(print("%I %U") == "2026-01-02T03:04:05Z 1767323045.678");
    CHECK(print("\\t\\n\\\\") == "\t\n\\");
    CHECK(print("") == "");
    CHECK(print("%j") == R"({"tst":"2026-01-02T03:04:05Z","topic":"a/b","qos":1,"retain":1,)"
                         R"("payloadlen":7,"mid":7,"payload":"{\"x\":1}"})");
    CHECK(print("%J").ends_with(R"("payload":{"x":1}})"));
}

TEST_CASE("a payload that is no text does not make the JSON line unreadable") {
    CHECK(print("%j", {.topic = "t", .payload = "\xff\x00z"}).find("\"payload_hex\":\"ff") !=
          std::string::npos);
    CHECK(print("%J", {.topic = "t", .payload = "not json"}).ends_with(R"("payload":"not json"})"));
}

TEST_CASE("a sequence that is not known is named with its place") {
    CHECK(print("%t %y").find("`%y` at position 4") != std::string::npos);
    CHECK(print("abc%").find("`%` at position 4") != std::string::npos);
    CHECK(print("\\q").find("at position 1") != std::string::npos);
}
