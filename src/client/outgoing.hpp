// The publishes of a link that have not ended: waiting, in flight, suspected of a hang-up. Pure.
//
// A publish that was in flight when the broker hung up becomes a suspect: suspects are sent again
// one at a time, with nothing beside them, so that a second hang-up has exactly one cause. AWS's
// own SDKs send all of them again, for ever. A topic that is denied again and again is given up.
//
// Packets leave no faster than AWS IoT takes them, for it discards the excess without a word.
// @source spec iot-broker 2.2, 4.6, 8.2; MQTT 3.1.1 section 4.4
#pragma once

#include "client/link_values.hpp"
#include "client/packet_ids.hpp"

#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cogniot::client {

class outgoing {
  public:
    outgoing(link_settings const& settings, packet_ids& ids) : settings_(settings), ids_(ids) {}

    /// Takes a publish, or finishes it at once: the queue is full, or its topic is given up.
    void add(happened::publish_asked const&, instant now, link_effects&);

    /// Appends the bytes of everything that may be sent now.
    /// A suspect is only sent while nothing else waits for an answer.
    void send_ready(instant now, company, std::string& bytes);
    /// When send_ready() should be called again although nothing else happens.
    std::optional<instant> paced_until() const { return paced_until_; }
    /// When the oldest publish on the wire must count as discarded. Answers come in order, so its
    /// time begins when the one before it was answered.
    std::optional<instant> overdue_at() const;
    /// Messages wait, and every place on the wire is taken by one that was given up unanswered.
    bool is_stuck() const;
    /// A suspect is on the wire: nothing else may be sent until it is answered.
    bool is_testing_suspect() const { return testing_; }
    bool has_suspects() const { return testing_ || !suspects_.empty(); }
    bool has_in_flight() const { return !in_flight_.empty() || !unconfirmed_.empty(); }
    /// QoS 0 publishes that no PINGREQ covers yet.
    bool wants_ping() const { return covered_ == 0 && !unconfirmed_.empty(); }
    void ping_sent() { covered_ = unconfirmed_.size(); }

    void acknowledged(mqtt::packet_id, instant now, link_effects&);
    void ping_answered(link_effects&);
    /// The connection is gone; a hang-up by the broker counts against what was in flight.
    /// @return whether a publish was found guilty (denied)
    bool connection_lost(instant now, ended_by, error const& why, link_effects&);
    /// The link has ended: everything ends; what never left ends as `unsent`.
    void end_all(error const& why, publish_outcome::kind unsent, link_effects&);

    std::optional<instant> deadline() const;
    /// @param why_unsent  what held back a message that never left
    void expire(instant now, std::string const& why_unsent, link_effects&);

  private:
    struct entry {
        request_token token = 0;
        message what{};
        std::optional<instant> deadline{};
        std::uint64_t order = 0;
        mqtt::packet_id id = 0;
        unsigned sends = 0;
        unsigned hang_ups = 0;
        instant sent_at{};
        /// Ended for its owner; only its packet identifier is still taken.
        bool is_over = false;
    };

    bool may_send(instant now);
    void write(entry&, instant now, std::string& bytes);
    void put_in_flight(entry);
    /// What was in flight, in the order it was sent.
    std::vector<entry> take_in_flight();
    /// @return whether the topic is given up by it
    bool note_denial(std::string const& topic, instant now);
    bool is_given_up(std::string const& topic, instant now) const;
    void end_given_up(instant now, link_effects&);
    void finish(entry&, publish_outcome::kind, error why, link_effects&);
    void forget(entry&);

    link_settings const& settings_;
    packet_ids& ids_;
    std::deque<entry> waiting_;
    std::unordered_map<mqtt::packet_id, entry> in_flight_;
    /// Those in flight that are not over, oldest first.
    std::map<std::uint64_t, mqtt::packet_id> awaited_;
    /// When the oldest of them became the oldest.
    instant oldest_since_{};
    /// QoS 0, sent; the first `covered_` of them are before a PINGREQ that is not answered yet.
    std::deque<entry> unconfirmed_;
    std::size_t covered_ = 0;
    std::deque<entry> suspects_;
    bool testing_ = false;
    /// Up to when the allowance of publishes is spent, and when the next one is due.
    instant spent_until_{};
    std::optional<instant> paced_until_;
    struct denials {
        unsigned in_a_row = 0;
        instant last{};
    };
    std::unordered_map<std::string, denials> denied_topics_;
    std::set<std::pair<instant, request_token>> deadlines_;
    std::uint64_t next_order_ = 0;
    std::size_t held_bytes_ = 0;
};

} // namespace cogniot::client
