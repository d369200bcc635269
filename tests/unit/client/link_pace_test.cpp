// How fast a link publishes, and what it does when the broker drops messages without a word.
// @source spec iot-broker 2.2: AWS IoT discards what exceeds 100 publishes a second on a connection
#include "client/link_machine.hpp"
#include "support/link_transcript.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cogniot;
using namespace cogniot::client;
using namespace std::chrono_literals;
using test::lines;
using test::link_transcript;
using enum mqtt::qos;

namespace {

std::size_t count(lines const& all, std::string_view start) {
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](std::string const& l) { return l.starts_with(start); }));
}

lines publish_many(link_transcript& link, unsigned from, unsigned to, client::duration within = 30s,
                   mqtt::qos level = at_least_once) {
    lines out;
    for (auto i = from; i <= to; ++i)
        for (auto& line : link.publish(i, "t", level, within))
            out.push_back(std::move(line));
    return out;
}

} // namespace

TEST_CASE("never a hundred publishes in a second, at either QoS, and all of them leave") {
    for (auto const level : {at_most_once, at_least_once}) {
        link_transcript link;
        link.connect();
        std::vector<instant> sent;
        auto const note = [&](lines const& all) {
            sent.insert(sent.end(), count(all, "PUBLISH"), link.now);
        };
        mqtt::packet_id id = 0;
        for (unsigned i = 1; i <= 300; ++i)
            note(link.publish(i, "t", level));
        CHECK(sent.size() < 20);
        while (sent.size() < 300) {
            auto const so_far = sent.size();
            note(link.when_due());
            for (auto left = sent.size() - so_far; left > 0 && level == at_least_once; --left)
                note(link.puback(++id));
            if (level == at_most_once)
                note(link.from_broker(mqtt::pingresp{}));
            REQUIRE(link.now < instant(std::chrono::hours(1) + 5s));
        }
        for (std::size_t i = 0; i + 100 < sent.size(); ++i)
            CHECK(sent[i + 100] - sent[i] > 1s);
    }
}

TEST_CASE("a limit of 0 sends as fast as messages come") {
    link_transcript link{{.client_id = "c", .publishes_per_second = 0}};
    link.connect();
    CHECK(count(publish_many(link, 1, 100), "PUBLISH") == 100);
}

TEST_CASE("what the broker discarded is sent again with DUP, together, over a new connection") {
    link_transcript link{{.client_id = "c", .keep_alive = 0s, .publishes_per_second = 0}};
    link.connect();
    publish_many(link, 1, 4);
    link.puback(1);
    link.now += 9s;
    CHECK(link.puback(4) == lines{"4 delivered"}); // no answer to those before it
    CHECK(link.after(0s) == lines{});
    CHECK(link.after(1s) == lines{"close", "interrupted: broker did not answer in time"});
    CHECK(link.reconnect() == lines{"connected", "PUBLISH t q1 m2 dup", "PUBLISH t q1 m3 dup"});
    CHECK(link.puback(2) == lines{"2 delivered"});
    CHECK(link.puback(3) == lines{"3 delivered"});
}

TEST_CASE("a slow line is not mistaken for a broker that discards: answers come in order") {
    link_transcript link{{.client_id = "c", .keep_alive = 0s, .publishes_per_second = 0}};
    link.connect();
    publish_many(link, 1, 5, 600s);
    for (mqtt::packet_id id = 1; id <= 5; ++id) {
        CHECK(link.after(9s) == lines{});
        CHECK(link.puback(id) == lines{std::to_string(id) + " delivered"});
    }
}

TEST_CASE("messages given up unanswered do not block those behind them") {
    link_transcript link{
        {.client_id = "c", .keep_alive = 0s, .publishes_per_second = 0, .max_in_flight = 3}};
    link.connect();
    publish_many(link, 1, 3, 3s);
    CHECK(link.after(3s) == lines{"1 unknown: deadline passed", "2 unknown: deadline passed",
                                  "3 unknown: deadline passed"});
    CHECK(link.publish(4, "t", at_least_once, 3s) ==
          lines{"close", "interrupted: broker did not answer in time"});
    CHECK(link.reconnect() == lines{"connected", "PUBLISH t q1 m4"});
    CHECK(link.puback(4) == lines{"4 delivered"});
}

TEST_CASE("a topic that was denied three times is given up for a while, others are not") {
    link_transcript link{{.client_id = "c", .publishes_per_second = 0}};
    link.connect();
    publish_many(link, 1, 10);
    link.publish(11, "fine", at_least_once);
    CHECK(link.hung_up() == lines{"interrupted: broker hung up"});
    for (unsigned denied = 1; denied < 3; ++denied) {
        CHECK(count(link.reconnect(), "PUBLISH") == 1);
        CHECK(count(link.hung_up(), std::to_string(denied) + " denied") == 1);
    }
    CHECK(count(link.reconnect(), "PUBLISH") == 1);
    auto const ended = link.hung_up();
    CHECK(std::count_if(ended.begin(), ended.end(), [](std::string const& l) {
              return l.find("denied: publish denied") != std::string::npos;
          }) == 8); // 3 to 10
    CHECK(link.publish(12, "t", at_least_once) == lines{"12 denied: publish denied"});
    CHECK(link.reconnect() == lines{"connected", "PUBLISH fine q1 m11 dup"});
    CHECK(link.puback(11) == lines{"11 delivered"});
    link.now += 61s; // policies change
    CHECK(link.publish(13, "t", at_least_once) == lines{"PUBLISH t q1 m12"});
    CHECK(link.puback(12) == lines{"13 delivered"});
}

TEST_CASE("of a topic that is given up, what was sent and saw no hang-up ends as unknown") {
    link_transcript link{
        {.client_id = "c", .keep_alive = 0s, .publishes_per_second = 0, .denials_allowed = 1}};
    link.connect();
    publish_many(link, 1, 3, 600s);
    link.now += 9s;
    link.puback(1);
    link.now += 3s; // too long after 2 and 3 for the hang-up to be about them
    link.publish(4, "t", at_least_once);
    CHECK(link.hung_up() == lines{"interrupted: broker hung up"});
    link.publish(5, "t", at_least_once);
    CHECK(link.reconnect() == lines{"connected", "PUBLISH t q1 m2 dup"});
    link.hung_up();
    link.reconnect();
    auto const ended = link.hung_up();
    CHECK(count(ended, "2 denied") == 1);
    CHECK(count(ended, "3 unknown: broker hung up") == 1);
    CHECK(count(ended, "4 denied") == 1);
    CHECK(count(ended, "5 denied") == 1);
}

TEST_CASE("at QoS 0 a topic that ends three connections in a row is given up too") {
    link_transcript link{{.client_id = "c", .publishes_per_second = 0}};
    link.connect();
    for (unsigned i = 1; i <= 3; ++i) {
        link.publish(i, "t", at_most_once);
        auto const ended = link.hung_up();
        CHECK(ended.front() == std::to_string(i) + " unknown: broker hung up");
        if (i == 3)
            break;
        link.reconnect();
    }
    CHECK(link.publish(4, "t", at_most_once) == lines{"4 denied: publish denied"});
}

TEST_CASE("a message that never left says what was in the way") {
    test::seeded_random random;
    link_machine machine({.client_id = "c", .where = "broker.example:443"}, random);
    instant now{};
    link_effects out;
    auto const detail = [&] {
        for (auto const& e : out)
            if (auto const* f = std::get_if<effect::finish_publish>(&e))
                return f->outcome.why.detail;
        return std::string();
    };
    machine.apply(happened::started{}, now, out);
    machine.apply(happened::publish_asked{.token = 1, .what = {.topic = "a"}, .deadline = now + 5s},
                  now, out);
    machine.apply(happened::timer_fired{}, now += 5s, out);
    CHECK(detail() == "the message was never sent: no connection to broker.example:443 in time");
    out.clear();
    machine.apply(
        happened::transport_failed{.why = fail(errc::service_unavailable, "192.0.2.1:443")}, now,
        out);
    machine.apply(
        happened::publish_asked{.token = 2, .what = {.topic = "a"}, .deadline = now + 1ms}, now,
        out);
    machine.apply(happened::timer_fired{}, now += 1ms, out);
    CHECK(detail().find("192.0.2.1:443") != std::string::npos);
}

TEST_CASE("early publishes leave with the first CONNECT, and again in turn if that fails") {
    link_transcript link{{.client_id = "c", .publishes_early = true}};
    link.publish(1, "a", at_least_once);
    link.publish(2, "b", at_most_once);
    link.start();
    CHECK(link.opened() == lines{"CONNECT c keep-alive 30", "PUBLISH a q1 m1", "PUBLISH b q0"});
    CHECK(link.connack() == lines{"connected", "PINGREQ"});
    CHECK(link.puback(1) == lines{"1 delivered"});
    CHECK(link.from_broker(mqtt::pingresp{}) == lines{"2 delivered"});

    link_transcript refused{{.client_id = "c", .publishes_early = true}};
    refused.publish(1, "a", at_least_once);
    refused.start();
    refused.opened();
    CHECK(refused.hung_up() == lines{"interrupted: connect denied"});
    refused.when_due();
    CHECK(refused.opened() == lines{"CONNECT c keep-alive 30"});
    CHECK(refused.connack() == lines{"connected", "PUBLISH a q1 m1 dup"});
    CHECK(refused.puback(1) == lines{"1 delivered"});
}
