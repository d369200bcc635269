#include "client/link_machine.hpp"
#include "support/link_transcript.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using namespace std::chrono_literals;
using test::lines;
using test::link_transcript;
using enum mqtt::qos;
using refusal = happened::transport_failed::kind;

namespace doctest {
template <>
struct StringMaker<lines> {
    static String convert(lines const& all) {
        std::string out;
        for (auto const& line : all)
            out += "\n    " + line;
        return out.c_str();
    }
};
} // namespace doctest

TEST_CASE("connect: transport, CONNECT with the session kept and 30 s keep-alive, CONNACK") {
    link_transcript link{{.client_id = "ap-northeast-1:1"}};
    CHECK(link.start() == lines{"connecting 1", "open"});
    CHECK(link.opened() == lines{"CONNECT ap-northeast-1:1 keep-alive 30"});
    CHECK(link.connack() == lines{"connected"});
    CHECK(link.stop() == lines{"DISCONNECT", "close politely", "ended: stopped"});
    CHECK_FALSE(link.machine.deadline());
}

TEST_CASE("publishes asked for before CONNACK wait for it (AWS: undefined otherwise)") {
    link_transcript link;
    CHECK(link.publish(1, "a", at_least_once) == lines{});
    link.start();
    CHECK(link.opened().size() == 1);
    CHECK(link.connack() == lines{"connected", "PUBLISH a q1 m1"});
    CHECK(link.puback(1) == lines{"1 delivered"});
}

TEST_CASE("QoS 0 is delivered when the broker still answers a ping after it") {
    link_transcript link;
    link.connect();
    CHECK(link.publish(1, "a", at_most_once) == lines{"PUBLISH a q0", "PINGREQ"});
    CHECK(link.publish(2, "b", at_most_once) == lines{"PUBLISH b q0"});
    CHECK(link.from_broker(mqtt::pingresp{}) == lines{"1 delivered", "PINGREQ"});
    CHECK(link.publish(3, "c", at_most_once) == lines{"PUBLISH c q0"});
    CHECK(link.hung_up() == lines{"2 unknown: broker hung up", "3 unknown: broker hung up",
                                  "interrupted: broker hung up"});
    CHECK(link.reconnect() == lines{"connected"}); // at most once: not sent again
}

TEST_CASE("the broker hangs up on a publish twice: denied, and named; others are delivered") {
    link_transcript link;
    link.connect();
    link.publish(1, "allowed/1", at_least_once);
    link.publish(2, "forbidden", at_least_once);
    link.publish(3, "allowed/2", at_least_once);
    CHECK(link.hung_up() == lines{"interrupted: broker hung up"});
    // Again one by one, with DUP [MQTT-3.3.1-1], oldest first.
    CHECK(link.reconnect() == lines{"connected", "PUBLISH allowed/1 q1 m1 dup"});
    CHECK(link.publish(4, "new", at_least_once) == lines{}); // nothing beside a suspect
    CHECK(link.puback(1) == lines{"1 delivered", "PUBLISH forbidden q1 m2 dup"});
    CHECK(link.hung_up() == lines{"2 denied: publish denied", "interrupted: broker hung up"});
    CHECK(link.reconnect() == lines{"connected", "PUBLISH allowed/2 q1 m3 dup"});
    CHECK(link.puback(3) == lines{"3 delivered", "PUBLISH new q1 m4"});
    CHECK(link.puback(4) == lines{"4 delivered"});
}

TEST_CASE("the denial says which topic and which policies") {
    link_settings const settings{.client_id = "c"};
    test::seeded_random random;
    link_machine machine(settings, random);
    link_effects out;
    instant const now{};
    auto const connect_and_lose = [&] {
        machine.apply(happened::transport_opened{}, now, out);
        mqtt::packet const accepted = mqtt::connack{};
        machine.apply(&accepted, now, out);
        machine.apply(happened::transport_closed{fail(errc::hung_up)}, now, out);
    };
    machine.apply(happened::started{}, now, out);
    machine.apply(happened::publish_asked{.token = 1, .what = {.topic = "other/42"}}, now, out);
    connect_and_lose();
    machine.apply(happened::timer_fired{}, now + 10s, out);
    connect_and_lose();
    std::string said;
    for (auto const& e : out)
        if (auto const* f = std::get_if<effect::finish_publish>(&e))
            said = f->outcome.why.detail;
    CHECK(said.find("`topic/other/42`") != std::string::npos);
    CHECK(said.find("iot:Publish") != std::string::npos);
    CHECK(said.find("cogniot doctor") != std::string::npos);
}

TEST_CASE("a suspect waits until restored subscriptions are answered: nothing beside it") {
    link_transcript link;
    link.connect();
    link.subscribe(1, {"f"});
    link.suback(1, {1});
    link.publish(2, "a", at_least_once);
    link.hung_up();
    CHECK(link.reconnect() == lines{"connected", "SUBSCRIBE m3 f"});
    CHECK(link.suback(3, {1}) == lines{"PUBLISH a q1 m2 dup"});
    CHECK(link.puback(2) == lines{"2 delivered"});
}

TEST_CASE("one hang-up is forgiven: the publish is sent again and delivered") {
    link_transcript link;
    link.connect();
    link.publish(1, "a", at_least_once);
    link.hung_up();
    CHECK(link.reconnect(true) == lines{"connected, session kept", "PUBLISH a q1 m1 dup"});
    CHECK(link.puback(1) == lines{"1 delivered"});
}

TEST_CASE("a hang-up long after a publish is not blamed on it, and resending still ends") {
    link_transcript link{{.client_id = "c", .keep_alive = 0s}};
    link.connect();
    link.publish(1, "a", at_least_once);
    for (int send = 1; send < 4; ++send) {
        link.now += 60s;
        CHECK(link.hung_up() == lines{"interrupted: broker hung up"});
        CHECK(link.reconnect() == lines{"connected", "PUBLISH a q1 m1 dup"});
    }
    link.now += 60s;
    CHECK(link.hung_up() == lines{"1 unknown: broker hung up", "interrupted: broker hung up"});
}

TEST_CASE("a deadline ends a publish as unknown, wherever it is") {
    link_transcript link;
    link.publish(1, "never sent", at_least_once, 5s);
    link.start();
    CHECK(link.after(5s) == lines{"1 unknown: deadline passed"});
    link.opened();
    link.connack();
    link.publish(2, "sent", at_least_once, 5s);
    CHECK(link.after(5s) == lines{"2 unknown: deadline passed"});
    CHECK(link.puback(1) == lines{}); // late: harmless
    link.publish(3, "suspect", at_least_once, 5s);
    link.hung_up();
    CHECK(link.after(5s).front() == "3 unknown: deadline passed");
}

TEST_CASE("an identifier stays taken until its PUBACK, even after the deadline [MQTT-2.3.1-4]") {
    link_transcript link;
    link.connect();
    link.publish(1, "a", at_least_once, 1s);
    link.after(1s);
    CHECK(link.publish(2, "b", at_least_once) == lines{"PUBLISH b q1 m2"});
    link.puback(1);
    CHECK(link.puback(2) == lines{"2 delivered"});
}

TEST_CASE("at most 100 unacknowledged QoS 1 publishes (AWS IoT quota); the rest follow in order") {
    link_transcript link{{.client_id = "c", .max_in_flight = 2}};
    link.connect();
    link.publish(1, "a", at_least_once);
    link.publish(2, "b", at_least_once);
    CHECK(link.publish(3, "c", at_least_once) == lines{});
    CHECK(link.puback(1) == lines{"1 delivered", "PUBLISH c q1 m3"});
}

TEST_CASE("a full queue refuses the next message and says it was not sent") {
    link_transcript link{{.client_id = "c", .max_queue_bytes = 150}};
    link.publish(1, "a", at_least_once);
    link.publish(2, "b", at_least_once);
    CHECK(link.publish(3, "c", at_least_once) == lines{"3 unknown: outgoing queue full"});
    link.connect();
    link.puback(1);
    CHECK(link.publish(4, "c", at_least_once) == lines{"PUBLISH c q1 m3"});
}

TEST_CASE("a hang-up after CONNECT, twice: connect denied; nothing is tried for ever") {
    link_transcript link;
    link.publish(1, "a", at_least_once);
    link.start();
    link.opened();
    CHECK(link.hung_up() == lines{"interrupted: connect denied"});
    link.when_due();
    link.opened();
    CHECK(link.hung_up() == lines{"1 denied: connect denied", "ended: connect denied"});
    CHECK(link.publish(2, "b", at_least_once) == lines{"2 unknown: connect denied"});
    CHECK(link.subscribe(3, {"f"}) == lines{"3 f connect denied"});
}

TEST_CASE("a connection that breaks between CONNECT and CONNACK is no denial") {
    using closed = happened::transport_closed;
    link_transcript link;
    link.start();
    for (int i = 0; i < 6; ++i) {
        link.opened();
        CHECK(link.tell(closed{fail(errc::hung_up, "reset by peer"), closed::kind::by_network}) ==
              lines{"interrupted: broker hung up"});
        link.when_due();
    }
}

TEST_CASE("only AWS IoT's refusals are explained by AWS IoT's policies") {
    for (auto const broker : {broker_kind::aws_iot, broker_kind::standard}) {
        test::seeded_random random;
        link_machine machine({.client_id = "c", .broker = broker}, random);
        instant now{};
        link_effects out;
        machine.apply(happened::started{}, now, out);
        for (int i = 0; i < 2; ++i) {
            machine.apply(happened::transport_opened{}, now, out);
            machine.apply(happened::transport_closed{fail(errc::hung_up, "code 1000")}, now, out);
            now += 200s;
            machine.apply(happened::timer_fired{}, now, out);
        }
        auto const& said = machine.end_reason();
        CHECK(said.code == make_error_code(errc::connect_denied));
        CHECK((said.detail.find("policy") != std::string::npos) ==
              (broker == broker_kind::aws_iot));
        CHECK(said.detail.find("code 1000") != std::string::npos);
    }
}

TEST_CASE("connections that die young are no AWS matter on another broker") {
    for (auto const broker : {broker_kind::aws_iot, broker_kind::standard}) {
        test::seeded_random random;
        link_machine machine({.client_id = "c", .broker = broker}, random);
        instant now{};
        link_effects out;
        machine.apply(happened::started{}, now, out);
        mqtt::packet const accepted = mqtt::connack{};
        for (int i = 0; i < 3; ++i) {
            machine.apply(happened::transport_opened{}, now, out);
            machine.apply(&accepted, now, out);
            now += 1s;
            machine.apply(happened::transport_closed{fail(errc::hung_up)}, now, out);
            now += 200s;
            machine.apply(happened::timer_fired{}, now, out);
        }
        auto const& said = machine.end_reason();
        CHECK(said.code == make_error_code(errc::client_id_taken_over));
        CHECK(said.detail.find("`c`") != std::string::npos);
        CHECK((said.detail.find("AWS") != std::string::npos) == (broker == broker_kind::aws_iot));
    }
}

TEST_CASE("an upgrade refused twice ends the link with the server's reason") {
    link_transcript link;
    link.start();
    CHECK(link.failed(refusal::refused, fail(errc::signature_refused)) ==
          lines{"interrupted: signature refused"});
    link.when_due();
    CHECK(link.failed(refusal::refused, fail(errc::signature_refused)) ==
          lines{"ended: signature refused"});
}

TEST_CASE("what cannot get better ends the link at once") {
    link_transcript link;
    link.start();
    CHECK(link.failed(refusal::hopeless, fail(errc::password_refused)) ==
          lines{"ended: wrong password or unknown user"});
}

TEST_CASE("CONNACK codes: 3 is tried again, 5 is a denial [MQTT 3.1.1 table 3.1]") {
    link_transcript link;
    link.start();
    link.opened();
    CHECK(link.from_broker(mqtt::connack{.code = 3}) ==
          lines{"close", "interrupted: broker refused CONNECT"});
    link.when_due();
    link.opened();
    CHECK(link.from_broker(mqtt::connack{.code = 5}) == lines{"close", "ended: connect denied"});
}

TEST_CASE(
    "backoff: full jitter, doubling ceiling from 1 s to 128 s, never under AWS's 1 s spacing") {
    link_transcript link;
    link.start();
    link.failed();
    duration longest{};
    for (int attempt = 0; attempt < 40; ++attempt) {
        auto const due = link.machine.deadline();
        REQUIRE(due);
        auto const wait = *due - link.now;
        auto const ceiling = std::min<duration>(1s * (1 << std::min(attempt, 7)), 128s);
        CHECK(wait >= 1s);
        CHECK(wait <= std::max<duration>(ceiling, 1s));
        longest = std::max(longest, wait);
        CHECK(link.when_due().back() == "open");
        link.failed();
    }
    CHECK(longest > 64s);
}

TEST_CASE("a limit on first failures ends the link; once connected it tries for ever") {
    link_transcript link{{.client_id = "c", .failures_allowed_at_first = 2}};
    link.start();
    link.failed();
    link.when_due();
    CHECK(link.failed() == lines{"ended: service unavailable"});

    link_transcript later{{.client_id = "c", .failures_allowed_at_first = 2}};
    later.connect();
    later.now += 60s;
    later.hung_up();
    for (int i = 0; i < 5; ++i) {
        CHECK(later.when_due().back() == "open");
        later.failed();
    }
}

TEST_CASE("keep-alive: PINGREQ after 30 s of silence; unanswered, the connection is replaced") {
    link_transcript link{{.client_id = "c", .acknowledgement_timeout = 300s}};
    link.connect();
    link.publish(1, "a", at_least_once);
    CHECK(link.after(29s) == lines{});
    CHECK(link.after(1s) == lines{"PINGREQ"});
    CHECK(link.from_broker(mqtt::pingresp{}) == lines{});
    CHECK(link.after(30s) == lines{"PINGREQ"});
    CHECK(link.after(9s) == lines{});
    CHECK(link.after(1s) == lines{"close", "interrupted: broker did not answer a ping"});
    // A dead connection is nobody's fault: the publish is sent again and not blamed.
    CHECK(link.reconnect() == lines{"connected", "PUBLISH a q1 m1 dup"});
    CHECK(link.hung_up() == lines{"interrupted: broker hung up"});
    CHECK(link.reconnect() == lines{"connected", "PUBLISH a q1 m1 dup"});
    CHECK(link.hung_up() == lines{"1 denied: publish denied", "interrupted: broker hung up"});
}

TEST_CASE("no CONNACK in time: the connection is given up and tried again") {
    link_transcript link;
    link.start();
    link.opened();
    CHECK(link.after(10s) == lines{"close", "interrupted: broker did not answer in time"});
    CHECK(link.when_due() == lines{"connecting 2", "open"});
}

TEST_CASE("subscriptions: eight filters a SUBSCRIBE, granted and refused ones told apart") {
    link_transcript link;
    link.connect();
    CHECK(link.subscribe(1, {"f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9"}) ==
          lines{"SUBSCRIBE m1 f1 f2 f3 f4 f5 f6 f7 f8", "SUBSCRIBE m2 f9"});
    CHECK(link.suback(1, {1, 1, 1, 1, 1, 1, 1, 0x80}) == lines{});
    auto const all = link.suback(2, {0});
    REQUIRE(all.size() == 9);
    CHECK(all.front() == "1 f1 granted 1");
    CHECK(all[7] == "1 f8 subscribe denied");
    CHECK(all[8] == "1 f9 granted 0");
}

TEST_CASE(
    "after a reconnect subscriptions are restored, eight at a time, unless the session lived") {
    link_transcript link;
    link.connect();
    link.subscribe(1, {"a", "b"});
    link.suback(1, {1, 1});
    link.now += 60s;
    link.hung_up();
    CHECK(link.reconnect(true) == lines{"connected, session kept"});
    link.now += 60s;
    link.hung_up();
    CHECK(link.reconnect(false) == lines{"connected", "SUBSCRIBE m2 a b"});
    CHECK(link.suback(2, {1, 1}) == lines{});
}

TEST_CASE(
    "a SUBSCRIBE that is hung up on: filters are asked for one by one, the guilty one is named") {
    link_transcript link;
    link.connect();
    link.subscribe(1, {"bad", "good"});
    CHECK(link.hung_up() == lines{"interrupted: broker hung up"});
    CHECK(link.reconnect() == lines{"connected", "SUBSCRIBE m2 bad"});
    CHECK(link.publish(2, "t", at_least_once) == lines{});
    CHECK(link.hung_up() == lines{"interrupted: broker hung up"});
    CHECK(link.reconnect() == lines{"connected", "SUBSCRIBE m3 good"});
    CHECK(link.suback(3, {1}) ==
          lines{"1 bad subscribe denied", "1 good granted 1", "PUBLISH t q1 m4"});
}

TEST_CASE("a granted filter that is refused later is reported, for nobody waits for it") {
    link_transcript link;
    link.connect();
    link.subscribe(1, {"a"});
    link.suback(1, {1});
    link.now += 60s;
    link.hung_up();
    CHECK(link.reconnect() == lines{"connected", "SUBSCRIBE m2 a"});
    CHECK(link.suback(2, {0x80}) == lines{"subscription lost: subscribe denied"});
}

TEST_CASE("unsubscribed filters are not restored") {
    link_transcript link;
    link.connect();
    link.subscribe(1, {"a", "b"});
    link.suback(1, {1, 1});
    CHECK(link.tell(happened::unsubscribe_asked{.token = 2, .filters = {"a"}}) ==
          lines{"UNSUBSCRIBE m2 a"});
    CHECK(link.from_broker(mqtt::unsuback{.id = 2}) == lines{"2 a granted 0"});
    link.now += 60s;
    link.hung_up();
    CHECK(link.reconnect() == lines{"connected", "SUBSCRIBE m3 b"});
}

TEST_CASE("received QoS 1 messages are handed over and acknowledged, QoS 0 only handed over") {
    link_transcript link;
    link.connect();
    CHECK(link.from_broker(
              mqtt::publish{.topic = "t", .payload = "x", .level = at_least_once, .id = 9}) ==
          lines{"deliver t x", "PUBACK m9"});
    CHECK(link.from_broker(mqtt::publish{.topic = "t", .payload = "y"}) == lines{"deliver t y"});
}

TEST_CASE("a message that the program does not take is not acknowledged, and the link ends") {
    link_transcript link;
    link.connect();
    link.takes_messages = false;
    CHECK(link.from_broker(mqtt::publish{.topic = "t", .level = at_least_once, .id = 9}) ==
          lines{"deliver t "});
    CHECK(link.stop() == lines{"DISCONNECT", "close politely", "ended: stopped"});
    CHECK(link.tell(happened::message_taken{9}) == lines{}); // too late
}

TEST_CASE("a client ID that is taken over again and again is named, not fought over") {
    link_transcript link;
    link.connect();
    link.now += 1s;
    CHECK(link.hung_up() == lines{"interrupted: broker hung up"});
    link.reconnect();
    link.now += 2s;
    CHECK(link.hung_up() == lines{"interrupted: broker hung up"});
    link.reconnect();
    link.now += 1s;
    CHECK(link.hung_up() == lines{"ended: client ID taken over"});
    CHECK(link.machine.end_reason().detail.find("client ID `c` is taken over again and again") ==
          0);
}

TEST_CASE("connections that lived long, or died over a denied publish, are no takeover") {
    link_transcript link;
    link.connect();
    for (int i = 0; i < 6; ++i) {
        link.now += 31s;
        CHECK(link.hung_up() == lines{"interrupted: broker hung up"});
        link.reconnect();
    }
    for (request_token i = 0; i < 6; ++i) {
        link.publish(i, "forbidden/" + std::to_string(i), at_least_once);
        link.hung_up();
        link.reconnect();
        CHECK(link.hung_up().back() == "interrupted: broker hung up");
        link.reconnect();
    }
}

TEST_CASE("a takeover is also seen by a link that publishes all the time") {
    link_transcript link;
    link.connect();
    lines said;
    for (int drop = 0; drop < 4; ++drop) {
        link.publish(static_cast<request_token>(drop), "a", at_least_once);
        link.now += 1s;
        said = link.hung_up();
        if (said.back().starts_with("ended"))
            break;
        auto const again = link.reconnect();
        REQUIRE(again.back().starts_with("PUBLISH a"));
        CHECK(link.puback(static_cast<mqtt::packet_id>(drop + 1)).front().ends_with("delivered"));
    }
    CHECK(said.back() == "ended: client ID taken over");
}

TEST_CASE("packets that a broker must not send end the connection, not the program") {
    for (mqtt::packet const& odd :
         {mqtt::packet(mqtt::connack{}), mqtt::packet(mqtt::pingreq{}),
          mqtt::packet(mqtt::ack{.type = mqtt::ack_type::pubrel, .id = 1}),
          mqtt::packet(mqtt::suback{.id = 7, .codes = {0}}), mqtt::packet(mqtt::unsuback{.id = 7}),
          mqtt::packet(mqtt::publish{.topic = "t", .level = exactly_once, .id = 1})}) {
        link_transcript link;
        link.connect();
        auto const said = link.from_broker(odd);
        REQUIRE(said.size() >= 2);
        CHECK(said.back() == "interrupted: broker broke the MQTT protocol");
    }
    link_transcript link;
    link.start();
    link.opened();
    CHECK(link.from_broker(mqtt::pingresp{}) ==
          lines{"close", "interrupted: broker broke the MQTT protocol"});
}

TEST_CASE("stopping ends every publish and subscription, in each state") {
    for (int steps = 0; steps <= 4; ++steps) {
        CAPTURE(steps);
        link_transcript link;
        link.publish(1, "a", at_least_once);
        link.subscribe(2, {"f"});
        if (steps >= 1)
            link.start();
        if (steps >= 2)
            link.opened();
        if (steps >= 3)
            link.connack();
        if (steps >= 4)
            link.hung_up();
        auto const said = link.stop();
        CHECK(std::count(said.begin(), said.end(), "1 unknown: stopped") == 1);
        CHECK(std::count(said.begin(), said.end(), "2 f stopped") == 1);
        CHECK(said.back() == "ended: stopped");
        CHECK(link.stop() == lines{});
    }
}

TEST_CASE("every step may fail in turn, and the next connection still delivers") {
    for (int step = 0; step <= 5; ++step) {
        CAPTURE(step);
        link_transcript link;
        link.publish(1, "a", at_least_once);
        link.subscribe(2, {"f"});
        link.start();
        if (step == 0) {
            link.failed();
        } else {
            link.opened();
            if (step == 1)
                link.hung_up();
            if (step == 2)
                link.after(10s); // no CONNACK
            if (step >= 3)
                link.connack();
            if (step == 4)
                link.suback(1, {1});
            if (step == 5)
                link.puback(2);
            if (step >= 3)
                link.hung_up();
        }
        lines said = link.reconnect();
        // Answer whatever is asked until nothing more comes.
        bool delivered = step == 5;
        bool granted = step == 4;
        for (int turns = 0; turns < 10 && !said.empty(); ++turns) {
            lines next;
            auto const add = [&](lines const& more) {
                next.insert(next.end(), more.begin(), more.end());
            };
            for (auto const& line : said) {
                auto const id = [&] {
                    return static_cast<mqtt::packet_id>(
                        std::stoi(line.substr(line.find(" m") + 2)));
                };
                if (line.starts_with("SUBSCRIBE"))
                    add(link.suback(id(), {1}));
                if (line.starts_with("PUBLISH"))
                    add(link.puback(id()));
                delivered = delivered || line == "1 delivered";
                granted = granted || line == "2 f granted 1";
            }
            said = std::move(next);
        }
        CHECK(delivered);
        CHECK(granted);
    }
}

TEST_CASE("whoever opens a transport is told what the attempt follows") {
    test::seeded_random random;
    link_machine machine({.client_id = "c"}, random);
    instant now{};
    std::vector<error> asked;
    auto const tell = [&](link_event const& event) {
        link_effects out;
        machine.apply(event, now, out);
        for (auto const& e : out)
            if (auto const* open = std::get_if<effect::open_transport>(&e))
                asked.push_back(open->after);
    };
    auto const next = [&](link_event const& event) {
        tell(event);
        now += 200s;
        tell(happened::timer_fired{});
    };
    tell(happened::started{});
    next(happened::transport_failed{fail(errc::service_unavailable), refusal::network});
    tell(happened::transport_opened{});
    next(happened::transport_closed{fail(errc::hung_up)});
    tell(happened::transport_opened{});
    mqtt::packet const accepted = mqtt::connack{};
    tell(&accepted);
    next(happened::transport_closed{fail(errc::hung_up)});
    REQUIRE(asked.size() == 4);
    CHECK_FALSE(asked[0].code);
    CHECK(asked[1].code == make_error_code(errc::service_unavailable));
    CHECK(asked[2].code == make_error_code(errc::connect_denied));
    CHECK(asked[3].code == make_error_code(errc::hung_up));
}
