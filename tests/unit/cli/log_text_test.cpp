// Log lines in words, and Server-Sent Events taken apart (WHATWG HTML, "Parsing an event stream").
#include "cli/log_text.hpp"

#include <doctest/doctest.h>

#include <string>

namespace cogniot::cli {

TEST_CASE("an entry is one line, the explanation another below it") {
    struct row {
        std::string_view entry;
        std::string_view text;
    };
    for (
        auto const& [entry, text] : {
            row{R"({"timestamp":"2026-01-02 03:04:05.678","status":"Success","eventType":"Publish-Out",)"
                R"("protocol":"MQTT","topicName":"a/b","clientId":"c","principalId":"P","sourceIp":"::1"})",
                "2026-01-02 03:04:05.678 ok      Publish-Out client c topic a/b principal P\n"},
            row{R"({"timestamp":"T","status":"Failure","eventType":"Connect","clientId":"c",)"
                R"("reason":"AUTHORIZATION_FAILURE","details":"Authorization Failure",)"
                R"("explanation":"no IoT policy is attached","because":{"x":1}})",
                "T refused Connect client c AUTHORIZATION_FAILURE\n    no IoT policy is "
                "attached\n"},
            row{R"({"timestamp":"T","status":"Failure","eventType":"Subscribe","reason":"CLIENT_ERROR",)"
                R"("details":"more filters than one SUBSCRIBE may have"})",
                "T refused Subscribe CLIENT_ERROR: more filters than one SUBSCRIBE may have\n"},
            row{R"({"timestamp":"T","status":"Failure","eventType":"Connect","soft":true})",
                "T soft    Connect\n"},
            row{R"({"timestamp":"T","eventType":"Message","status":"Success","userName":"u","code":"123456"})",
                "T ok      Message user u code 123456\n"},
            // MQTT 5: the status is of the packet.
            row{R"({"timestamp":"T","status":"Success","eventType":"Subscribe","topicName":"a,b",)"
                R"("subscriptions":[{"topicName":"a","reasonCode":1},{"topicName":"b","reasonCode":135}],)"
                R"("explanation":"why"})",
                "T refused Subscribe topic a,b\n    why\n"},
            row{R"({"timestamp":"T","status":"Success","eventType":"Subscribe","topicName":"a",)"
                R"("subscriptions":[{"topicName":"a","reasonCode":1}]})",
                "T ok      Subscribe topic a\n"},
            // What a client calls itself may not steer a terminal; letters of all languages stay.
            row{R"({"timestamp":"T","status":"Success","eventType":"Connect","clientId":"a\u001b[2J\u009bあ"})",
                "T ok      Connect client a\\x1b[2J\\x9b\xE3\x81\x82\n"},
            row{"not JSON", "not JSON\n"},
        })
        CHECK(print_log_line(entry) == text);
}

TEST_CASE("events arrive whole, however the bytes are cut") {
    std::string const stream = ": hello\n\nid: 1-1\nevent: denial\ndata: {\"a\":1}\n\n"
                               "id: 1-2\r\nevent: denial\r\ndata: one\r\ndata:two\r\n\r\n"
                               ":\n\nevent: missed\ndata: {}\n\nid: 1-3\nevent: denial\ndata: x";
    for (std::size_t size : {std::size_t(1), std::size_t(7), stream.size()}) {
        std::string got;
        event_reader reader([&](std::string_view name, std::string_view data) {
            got += std::string(name) + "=" + std::string(data) + ";";
        });
        for (std::size_t at = 0; at < stream.size(); at += size)
            reader.take(std::string_view(stream).substr(at, size));
        CHECK(got == "denial={\"a\":1};denial=one\ntwo;missed={};");
        reader.restart();
        reader.take("event: denial\ndata: y\n\n");
        CHECK(got.ends_with("denial=y;"));
    }
}

TEST_CASE("the ID to come back with is of the last event that came whole") {
    event_reader reader([](std::string_view, std::string_view) {});
    reader.take("id: 1-1\ndata: a\n\n");
    CHECK(reader.last_id() == "1-1");
    reader.take("id: 1-2\ndata: b");
    CHECK(reader.last_id() == "1-1");
    reader.restart();
    CHECK(reader.last_id() == "1-1");
}

} // namespace cogniot::cli
