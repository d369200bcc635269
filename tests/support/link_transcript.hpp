// Drives a link_machine by hand and writes down what it wants done, one short line an effect.
//
//     link_transcript link{settings};
//     CHECK(link.start() == lines{"connecting 1", "open"});
#pragma once

#include "client/errors.hpp"
#include "client/link_machine.hpp"
#include "mqtt/codec.hpp"
#include "support/seeded_random.hpp"

#include <string>
#include <vector>

namespace cogniot::test {

using lines = std::vector<std::string>;

class link_transcript {
  public:
    explicit link_transcript(client::link_settings settings = {.client_id = "c"})
        : machine(std::move(settings), random_) {}

    lines tell(client::link_event const& event) {
        client::link_effects effects;
        machine.apply(event, now, effects);
        lines out;
        for (auto const& e : effects) {
            std::visit([&](auto const& what) { print(what, out); }, e);
            auto const* message = std::get_if<client::effect::deliver>(&e);
            if (takes_messages && message && message->what.level == mqtt::qos::at_least_once)
                for (auto& line : tell(client::happened::message_taken{message->what.id}))
                    out.push_back(std::move(line));
        }
        return out;
    }

    lines start() { return tell(client::happened::started{}); }
    lines stop() { return tell(client::happened::stop_asked{}); }
    lines opened() { return tell(client::happened::transport_opened{}); }
    lines failed(client::happened::transport_failed::kind how =
                     client::happened::transport_failed::kind::network,
                 error why = fail(client::errc::service_unavailable)) {
        return tell(client::happened::transport_failed{std::move(why), how});
    }
    lines hung_up() {
        return tell(client::happened::transport_closed{fail(client::errc::hung_up)});
    }
    lines from_broker(mqtt::packet const& packet) { return tell(&packet); }
    lines connack(bool session_present = false) {
        return from_broker(mqtt::connack{.session_present = session_present});
    }
    lines puback(mqtt::packet_id id) { return from_broker(mqtt::ack{.id = id}); }
    lines suback(mqtt::packet_id id, std::vector<mqtt::reason_code> codes) {
        return from_broker(mqtt::suback{.id = id, .codes = std::move(codes)});
    }
    lines publish(client::request_token token, std::string topic, mqtt::qos level,
                  std::optional<client::duration> within = {}) {
        client::happened::publish_asked asked{
            .token = token, .what = {.topic = std::move(topic), .payload = "p", .level = level}};
        if (within)
            asked.deadline = now + *within;
        return tell(asked);
    }
    lines subscribe(client::request_token token, std::vector<std::string> const& filters) {
        client::happened::subscribe_asked asked{.token = token};
        for (auto const& filter : filters)
            asked.filters.push_back({filter, mqtt::qos::at_least_once});
        return tell(asked);
    }
    lines after(client::duration span) {
        now += span;
        return tell(client::happened::timer_fired{});
    }
    /// Lets time pass until the machine's own deadline, then fires it.
    lines when_due() {
        auto const due = machine.deadline();
        if (!due)
            return {"no deadline"};
        if (*due > now)
            now = *due;
        return tell(client::happened::timer_fired{});
    }
    /// From nothing to CONNACK.
    void connect(bool session_present = false) {
        start();
        opened();
        connack(session_present);
    }
    /// From a lost connection to CONNACK; what was sent after it.
    lines reconnect(bool session_present = false) {
        when_due();
        opened();
        return connack(session_present);
    }

    client::instant now{std::chrono::hours(1)};
    /// As a program that takes every message at once.
    bool takes_messages = true;

  private:
    seeded_random random_;

  public:
    client::link_machine machine;

  private:
    static std::string name(error const& e) { return e.code ? e.code.message() : "no reason"; }

    static void print(client::effect::open_transport const&, lines& out) { out.push_back("open"); }
    static void print(client::effect::close_transport const& c, lines& out) {
        out.push_back(c.politely ? "close politely" : "close");
    }
    static void print(client::effect::deliver const& d, lines& out) {
        out.push_back("deliver " + d.what.topic + " " + d.what.payload);
    }
    static void print(client::effect::finish_publish const& f, lines& out) {
        using kind = client::publish_outcome::kind;
        std::string const how = f.outcome.how == kind::delivered ? "delivered"
                                : f.outcome.how == kind::denied  ? "denied: " + name(f.outcome.why)
                                                                : "unknown: " + name(f.outcome.why);
        out.push_back(std::to_string(f.token) + " " + how);
    }
    static void print(client::effect::finish_filters const& f, lines& out) {
        for (auto const& o : f.outcomes)
            out.push_back(std::to_string(f.token) + " " + o.filter + " " +
                          (o.granted ? "granted " + std::to_string(static_cast<int>(*o.granted))
                                     : name(o.why)));
    }
    static void print(client::effect::report const& r, lines& out) {
        using kind = client::link_report::kind;
        switch (r.what.what) {
        case kind::connecting:
            out.push_back("connecting " + std::to_string(r.what.attempt));
            break;
        case kind::connected:
            out.push_back(r.what.session_present ? "connected, session kept" : "connected");
            break;
        case kind::interrupted:
            out.push_back("interrupted: " + name(r.what.why));
            break;
        case kind::subscription_lost:
            out.push_back("subscription lost: " + name(r.what.why));
            break;
        case kind::ended:
            out.push_back("ended: " + name(r.what.why));
            break;
        }
    }
    static void print(client::effect::send const& s, lines& out) {
        mqtt::decoder in(mqtt::decoder::role::reads_from_client);
        in.append(s.bytes);
        for (auto next = in.next(); next && *next; next = in.next())
            std::visit([&](auto const& p) { out.push_back(print_packet(p)); }, **next);
    }

    static std::string print_packet(mqtt::connect const& p) {
        return "CONNECT " + std::string(p.client_id) + (p.clean_start ? " clean" : "") +
               " keep-alive " + std::to_string(p.keep_alive_seconds);
    }
    static std::string print_packet(mqtt::publish const& p) {
        return std::string("PUBLISH ") + std::string(p.topic) + " q" +
               std::to_string(static_cast<int>(p.level)) +
               (p.id != 0 ? " m" + std::to_string(p.id) : "") + (p.dup ? " dup" : "");
    }
    static std::string print_packet(mqtt::subscribe const& p) {
        std::string out = "SUBSCRIBE m" + std::to_string(p.id);
        for (auto const& f : p.filters)
            out += " " + std::string(f.filter);
        return out;
    }
    static std::string print_packet(mqtt::unsubscribe const& p) {
        std::string out = "UNSUBSCRIBE m" + std::to_string(p.id);
        for (auto const& f : p.filters)
            out += " " + std::string(f);
        return out;
    }
    static std::string print_packet(mqtt::ack const& p) {
        return "PUBACK m" + std::to_string(p.id);
    }
    static std::string print_packet(mqtt::pingreq const&) { return "PINGREQ"; }
    static std::string print_packet(mqtt::disconnect const&) { return "DISCONNECT"; }
    template <typename Other>
    static std::string print_packet(Other const&) {
        return "a packet that clients do not send";
    }
};

} // namespace cogniot::test
