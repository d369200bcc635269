// The subscriptions a link keeps: asked for, granted, and asked for again after a reconnect. Pure.
//
// At most eight filters go into a SUBSCRIBE: AWS IoT hangs up on nine. A filter whose SUBSCRIBE was
// followed by a hang-up is asked for again alone; hung up on twice, it is denied, and named.
// @source spec iot-broker 2.2 (filters per SUBSCRIBE), 4.6; MQTT 3.1.1 sections 3.8 to 3.11
#pragma once

#include "client/link_values.hpp"
#include "client/packet_ids.hpp"

#include <map>

namespace cogniot::client {

class subscriptions {
  public:
    subscriptions(link_settings const& settings, packet_ids& ids)
        : settings_(settings), ids_(ids) {}

    void add(happened::subscribe_asked const&, link_effects&);
    void remove(happened::unsubscribe_asked const&, link_effects&);

    /// A connection was accepted. Granted filters are asked for again unless the session was kept.
    void connection_accepted(mqtt::connack const&);
    /// Appends every SUBSCRIBE and UNSUBSCRIBE that may be sent now; a suspect goes alone.
    void send_ready(instant now, company, std::string& bytes);
    bool has_suspects() const;
    bool has_pending() const { return !pending_.empty(); }

    /// @return false if nothing of ours waits for this identifier, or the counts differ
    bool acknowledged(mqtt::suback const&, link_effects&);
    bool acknowledged(mqtt::unsuback const&, link_effects&);
    /// @return whether a filter was found guilty (denied)
    bool connection_lost(instant now, ended_by, link_effects&);
    void end_all(error const& why, link_effects&);

    std::optional<instant> deadline() const;
    void expire(instant now, link_effects&);

  private:
    struct filter_state {
        enum class stage { to_subscribe, subscribing, granted, to_unsubscribe, unsubscribing };
        stage at = stage::to_subscribe;
        mqtt::qos maximum = mqtt::qos::at_least_once;
        unsigned hang_ups = 0;
    };
    struct request {
        std::vector<std::string> open{};
        std::vector<filter_outcome> done{};
        std::optional<instant> deadline{};
    };
    struct pending {
        std::vector<std::string> filters{};
        instant sent_at{};
        bool is_unsubscribe = false;
    };

    std::size_t granted() const;
    void resolve(filter_outcome const&, link_effects&);
    void finish_if_done(std::map<request_token, request>::iterator, link_effects&);
    void write_subscribe(std::vector<std::string> filters, instant now, std::string& bytes);
    void write_unsubscribe(std::vector<std::string> filters, instant now, std::string& bytes);

    link_settings const& settings_;
    packet_ids& ids_;
    std::map<std::string, filter_state, std::less<>> filters_;
    std::map<request_token, request> requests_;
    std::map<mqtt::packet_id, pending> pending_;
    bool testing_ = false;
    /// A filter may wait to be sent; spares the busy path a look at every filter.
    bool may_have_work_ = false;
};

} // namespace cogniot::client
