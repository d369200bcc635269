// Talks to a broker as clients do, packet by packet, and looks at what it asks the shell to do.
//
//     broker_tester t;
//     auto a = t.connect({.client_id = "a"});
//     a.send(subscribe{…}).expect(suback{…});
//     a.expect_nothing();
//
// Packets that the broker sends are decoded by our own client-side decoder and compared as values.
#pragma once

#include "broker/broker.hpp"
#include "mqtt/codec.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cogniot::test {

/// A packet as hexadecimal, for messages of failed tests.
std::string show(mqtt::packet const&, mqtt::version);

struct logged {
    std::string event_type;
    bool success = true;
    std::string client_id, principal, topic, reason, details, disconnect_reason, because,
        explanation;
    std::uint64_t request = 0;
    std::vector<mqtt::reason_code> codes;
};

struct published_message {
    std::string topic, payload;
};

/// Allows everything but what is denied by name.
class deny_list final : public broker::authoriser {
  public:
    std::set<std::string> no_connect, no_publish, no_retain, no_subscribe, no_receive;
    /// What CONNECT asked last.
    std::string will_topic;
    bool will_retain = false, persistent = false;
    std::vector<std::string> receive_asked;
    /// The thing of everybody.
    std::string thing;

    broker::verdict connect(broker::peer const&, broker::connect_facts const& f) override {
        persistent = f.persistent;
        will_topic = std::string(f.will_topic.value_or(""));
        will_retain = f.will_retain;
        bool const ok = no_connect.count(std::string(f.client_id)) == 0 &&
                        (!f.will_topic || no_publish.count(will_topic) == 0);
        return answer(ok);
    }
    broker::verdict publish(broker::peer const&, std::string_view, std::string_view topic,
                            bool retain) override {
        return answer(no_publish.count(std::string(topic)) == 0 &&
                      (!retain || no_retain.count(std::string(topic)) == 0));
    }
    broker::verdict subscribe(broker::peer const&, std::string_view,
                              std::string_view filter) override {
        return answer(no_subscribe.count(std::string(filter)) == 0);
    }
    broker::verdict receive(broker::peer const&, std::string_view,
                            std::string_view topic) override {
        receive_asked.emplace_back(topic);
        return answer(no_receive.count(std::string(topic)) == 0);
    }
    std::string_view thing_of(broker::peer const&) override { return thing; }

  private:
    static broker::verdict answer(bool allowed) {
        return allowed ? broker::verdict{}
                       : broker::verdict{.allowed = false, .because = R"({"why":"denied"})"};
    }
};

class broker_tester;

/// One connection, seen from the client.
class test_client {
  public:
    test_client(broker_tester& t, broker::connection_id id, mqtt::version v)
        : tester_(&t), id_(id), version_(v) {}

    /// The client sends.
    test_client& send(mqtt::packet const&);
    /// The next packet from the broker is exactly this one.
    test_client& expect(mqtt::packet const&);
    test_client& expect_nothing();
    test_client& expect_closed();
    test_client& expect_open();
    /// The network goes away, or the shell ends it.
    void lose(broker::close_cause = broker::close_cause::lost, std::string_view detail = {});
    /// The next packet, which must be a T. Its views live until the next call on any client.
    template <typename T>
    T take();
    /// Whole packets that wait to be read.
    std::size_t unread();
    broker::connection_id id() const { return id_; }

    test_client& subscribe(std::string_view filter, mqtt::qos = mqtt::qos::at_least_once);
    test_client& publish(std::string_view topic, std::string_view payload,
                         mqtt::qos = mqtt::qos::at_most_once, bool retain = false);

  private:
    broker_tester* tester_;
    broker::connection_id id_;
    mqtt::version version_;
    mqtt::packet_id next_id_ = 1;
};

class broker_tester final : public broker::effects {
  public:
    explicit broker_tester(broker::profile const& rules = broker::aws_profile());

    deny_list may;
    utc_time now{std::chrono::seconds(1'767'225'600)}; // 2026-01-01T00:00:00Z
    std::vector<logged> log_lines;
    std::vector<published_message> services_heard;
    /// What became of direct messages, in the order in which it was told.
    std::vector<std::pair<broker::direct_id, broker::direct_fault>> directs_ended;
    /// What a store would hold.
    std::map<std::pair<std::string, std::string>, std::string> records;
    std::size_t persisted = 0;
    /// False: an ephemeral local cloud.
    bool keeps_records = true;
    /// Whether the store refuses to be read.
    bool is_store_broken = false;
    std::set<broker::connection_id> congested;

    /// A connection without CONNECT.
    test_client open(mqtt::version = mqtt::version::v311);
    /// A connection that was accepted; its CONNACK is read.
    test_client connect(mqtt::connect const&);
    /// SendDirectMessage, as the shell asks for it.
    broker::direct_answer send_directly(std::string_view client_id, mqtt::publish const&,
                                        std::chrono::seconds timeout = std::chrono::seconds(5));
    void advance(std::chrono::milliseconds);
    /// The process is killed; another one starts with the records that were committed.
    void restart();
    /// The newest log line of this type; fails if there is none.
    logged const& last_log(std::string_view event_type) const;
    std::size_t count_log(std::string_view event_type) const;
    std::size_t count_records(std::string_view kind) const;
    broker::broker& machine() { return *broker_; }

    // broker::effects
    void send(broker::connection_id, std::string_view packets) override;
    void close(broker::connection_id) override;
    void persist(record) override;
    bool can_read_back() const override { return keeps_records; }
    bool read_back(std::string_view kind, std::string_view from, std::string_view to,
                   std::function<bool(std::string_view, std::string_view)> const& each) override;
    void log(broker::log_event const&) override;
    void published(broker::peer const&, std::string_view topic, std::string_view payload) override;
    void direct_ended(broker::direct_id id, broker::direct_fault why) override {
        directs_ended.emplace_back(id, why);
    }
    bool is_congested(broker::connection_id id) override { return congested.count(id) != 0; }

  private:
    friend class test_client;
    struct principal final : broker::principal {
        std::string_view identifier() const override {
            return "AROAEXAMPLEEXAMPLE000:CognitoIdentityCredentials";
        }
    };
    struct wire {
        mqtt::decoder in{mqtt::decoder::role::reads_from_server};
        bool closed = false;
    };
    /// What sessions of AWS's profile come back to.
    broker::profile const& aws_rules() const { return rules_.aws ? rules_ : broker::aws_profile(); }

    broker::profile const& rules_;
    seeded_random random_{42};
    std::unique_ptr<broker::broker> broker_;
    std::map<broker::connection_id, wire> wires_;
    std::uint64_t last_id_ = 0;
};

template <typename T>
T test_client::take() {
    auto next = tester_->wires_.at(id_).in.next();
    REQUIRE_MESSAGE(next.has_value(), (next ? "" : next.error().message()));
    REQUIRE_MESSAGE(next->has_value(), "the broker sent nothing");
    REQUIRE_MESSAGE(std::holds_alternative<T>(**next),
                    "another packet: " << show(**next, version_));
    return std::get<T>(**next);
}

} // namespace cogniot::test
