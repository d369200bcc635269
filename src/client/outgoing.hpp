// The publishes of a link that have not ended: waiting, in flight, suspected of a hang-up. Pure.
//
// A publish that was in flight when the broker hung up becomes a suspect: suspects are sent again
// one at a time, with nothing beside them, so that a second hang-up has exactly one cause. AWS's
// own SDKs send all of them again, for ever. @source spec iot-broker 4.6, 8.2; MQTT 3.1.1
// section 4.4
#pragma once

#include "client/link_values.hpp"
#include "client/packet_ids.hpp"

#include <deque>
#include <set>
#include <unordered_map>
#include <utility>

namespace cogniot::client {

class outgoing {
  public:
    outgoing(link_settings const& settings, packet_ids& ids) : settings_(settings), ids_(ids) {}

    /// Takes a publish, or finishes it at once when the queue is full.
    void add(happened::publish_asked const&, link_effects&);

    /// Appends the bytes of everything that may be sent now.
    /// A suspect is only sent while nothing else waits for an answer.
    void send_ready(instant now, company, std::string& bytes);
    /// A suspect is on the wire: nothing else may be sent until it is answered.
    bool is_testing_suspect() const { return testing_; }
    bool has_suspects() const { return testing_ || !suspects_.empty(); }
    bool has_in_flight() const { return !in_flight_.empty() || !unconfirmed_.empty(); }
    /// QoS 0 publishes that no PINGREQ covers yet.
    bool wants_ping() const { return covered_ == 0 && !unconfirmed_.empty(); }
    void ping_sent() { covered_ = unconfirmed_.size(); }

    void acknowledged(mqtt::packet_id, link_effects&);
    void ping_answered(link_effects&);
    /// The connection is gone; a hang-up by the broker counts against what was in flight.
    /// @return whether a publish was found guilty (denied)
    bool connection_lost(instant now, ended_by, error const& why, link_effects&);
    /// The link has ended: everything ends; what never left ends as `unsent`.
    void end_all(error const& why, publish_outcome::kind unsent, link_effects&);

    std::optional<instant> deadline() const;
    void expire(instant now, link_effects&);
    std::size_t held_bytes() const { return held_bytes_; }

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

    void write(entry&, instant now, std::string& bytes);
    void finish(entry&, publish_outcome::kind, error why, link_effects&);
    void forget(entry&);

    link_settings const& settings_;
    packet_ids& ids_;
    std::deque<entry> waiting_;
    std::unordered_map<mqtt::packet_id, entry> in_flight_;
    /// QoS 0, sent; the first `covered_` of them are before a PINGREQ that is not answered yet.
    std::deque<entry> unconfirmed_;
    std::size_t covered_ = 0;
    std::deque<entry> suspects_;
    bool testing_ = false;
    std::set<std::pair<instant, request_token>> deadlines_;
    std::uint64_t next_order_ = 0;
    std::size_t held_bytes_ = 0;
};

} // namespace cogniot::client
