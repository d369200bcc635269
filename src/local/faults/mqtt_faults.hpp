// The fault layer between MQTT connections and the broker: what arrives passes here before the
// broker sees it, what the broker sends before it leaves. It exists while there are rules.
//
// Pure but for the log: the host ends connections, publishes and waits as it is told.
#pragma once

#include "broker/broker.hpp"
#include "broker/presence.hpp"
#include "local/event_log.hpp"
#include "local/faults/plan.hpp"
#include "mqtt/packet.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cogniot::local {

class mqtt_faults {
  public:
    mqtt_faults(fault_plan&, event_log&);
    /// Whether the plan has a rule that strikes here.
    static bool are_in(fault_plan const&);

    /// A connection as it is at the moment.
    struct connection {
        broker::peer const& from;
        std::string_view client_id;
        mqtt::version level;
        utc_time opened;
    };
    struct ending {
        broker::connection_id which;
        broker::close_cause cause;
        std::string explanation;
    };

    /// A packet has arrived. @return whether the broker gets it
    /// @param out  what leaves on this connection; a message may be delivered again here
    bool arrives(connection const&, mqtt::packet const&, std::string& out, utc_time now);
    /// The broker sends whole packets: what leaves is appended to `out`.
    void leaves(connection const&, std::string_view packets, std::string& out, utc_time now);
    /// Looks at the age of a connection, whenever age_due() has come.
    void ages(connection const&, utc_time now);
    utc_time age_due() const { return age_due_; }
    /// Before every connection is asked about its age.
    void begin_ages();
    /// Connections to end: after each packet, and after ages().
    std::vector<ending> take_endings();
    void forget(broker::connection_id);

    /// An event that the broker would publish. @return true if it comes back from take_events()
    bool holds_back(broker::presence_event const&, utc_time now);
    std::vector<broker::presence_event> take_events(utc_time now);

    /// How long to wait before the next write, and after `bytes` have been read or written.
    std::chrono::milliseconds latency(connection const&, utc_time now);
    std::chrono::milliseconds transfer_time(connection const&, std::size_t bytes, utc_time now);

    /// When age_due() or an event that was held back comes next.
    utc_time next_deadline() const;
    /// The plan was changed.
    void plan_changed();
    /// Nothing is held back any more.
    bool is_idle() const { return events_.empty(); }

  private:
    struct state {
        /// MQTT 5 topic aliases of the client.
        std::map<std::uint16_t, std::string> aliases{};
        /// Deliveries that come again when they were acknowledged, by packet identifier.
        struct copy {
            std::string packet;
            std::string topic;
            std::string explanation;
        };
        std::map<mqtt::packet_id, copy> copies{};
        /// Rules about age that were asked, and rules about speed that were told.
        std::set<std::string, std::less<>> asked{};
    };

    state& state_of(connection const& c) { return states_[static_cast<std::uint64_t>(c.from.id)]; }
    fault_rule const* strike(fault_kind, connection const&, fault_occasion&, utc_time now);
    void end(connection const&, fault_rule const&, std::string_view words, utc_time now);
    std::string_view topic_of(connection const&, mqtt::publish const&);
    bool comes_again(connection const&, mqtt::packet_id, std::string& out, utc_time now);
    void pass_puback(connection const&, mqtt::ack const&, std::string& out, utc_time now);
    void pass_publish(connection const&, mqtt::publish const&, std::string& out, utc_time now);
    void log(connection const&, fault_rule const&, std::string_view words, std::string_view topic,
             utc_time now);

    fault_plan& plan_;
    event_log& log_;
    std::unordered_map<std::uint64_t, state> states_;
    std::vector<ending> endings_;
    std::multimap<utc_time, broker::presence_event> events_;
    utc_time age_due_ = utc_time{};
    /// The PUBLISH that the broker is working on.
    mqtt::packet_id publish_id_ = 0;
    std::string publish_topic_;
};

} // namespace cogniot::local
