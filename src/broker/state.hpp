// The two things the broker remembers about a client: its connection, and its session, which may
// outlive the connection.
#pragma once

#include "base/utc_time.hpp"
#include "broker/broker.hpp"
#include "broker/outbox.hpp"
#include "broker/rate.hpp"
#include "broker/subscription_tree.hpp"
#include "broker/timer_heap.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cogniot::broker {

struct stored_will {
    std::string topic;
    std::string payload;
    /// As in message_view.
    std::string properties;
    mqtt::qos level = mqtt::qos::at_most_once;
    bool retain = false;
    /// The clock of the expiry starts when the will is published.
    std::optional<std::uint32_t> expiry_seconds{};
    std::uint32_t delay_seconds = 0;
    held_share counted{};
};

struct topic_alias {
    std::string topic;
    held_share counted{};
};

/// A new subscription that is being given its retained messages, as fast as the client takes them.
struct retained_walk {
    std::string filter;
    mqtt::qos maximum = mqtt::qos::at_most_once;
    bool no_local = false;
    std::uint32_t identifier = 0;
    /// The topic to go on from.
    std::string from{};
    held_share counted{};
};

/// Waits for CONNECT (owner is nothing). Exits: accepted (owner is set) · refused · 10 s · closed.
struct connection {
    explicit connection(peer const& p) : from(p) {}

    peer from;
    session* owner = nullptr;
    timer due{timer::kind::connection, this};
    utc_time last_heard{};
    utc_time connected_at{};
    std::uint32_t max_packet_bytes = std::numeric_limits<std::uint32_t>::max();
    std::uint16_t receive_maximum = 65535;
    std::uint16_t keep_alive_seconds = 0;
    mqtt::version level = mqtt::version::v311;
    bool wants_problem_information = true;
    /// A UUID; the presence events of this connection carry it.
    std::array<char, 36> session_identifier{};
    std::unique_ptr<stored_will> last_will{};
    /// MQTT 5 topic aliases of the client; index 0 is alias 1.
    std::vector<topic_alias> aliases{};
    /// The last one is under way, those before it follow from back to front.
    std::vector<retained_walk> walks{};
    /// It stands in core::walking_.
    bool is_walking = false;
};

inline bool is_v5(connection const& c) {
    return c.level == mqtt::version::v5;
}

/// INVARIANT: without a link, the session is durable.
struct session {
    session(std::uint32_t n, std::string_view id, budget& memory)
        : number(n), client_id(id), counted(memory, sizeof(session) + 2 * id.size()) {}

    std::uint32_t const number;
    std::string const client_id;
    held_share counted;
    /// There are records of it.
    bool durable = false;
    mqtt::version level = mqtt::version::v311;
    profile const* rules = nullptr;
    connection* link = nullptr;
    timer due{timer::kind::session, this};
    /// Seconds that it lives on without a connection: 0 ends with it, never_expires.
    std::uint32_t expiry_seconds = 0;
    std::optional<utc_time> offline_since{};
    std::map<std::string, subscription_options, std::less<>> subscriptions{};
    outbox out{};
    /// What the messages in `out` cost that are in memory, shared ones too, and their entries.
    std::size_t queued_bytes = 0;
    /// When to look for expired messages among those that wait.
    utc_time sweep_at = never;
    /// QoS 2 messages that came and are not released yet; sorted.
    std::vector<mqtt::packet_id> received{};

    /// A shared group's queue, not a client's session: its persistent members.
    std::uint32_t members = 0;
    bool is_queue() const { return client_id.starts_with('\0'); }

    /// Messages to and from the client; only where the profile counts them.
    rate messages{};
    /// Messages that may still be taken from its groups' queues before `groups_again`.
    std::uint32_t groups_left = 0;
    bool waits_for_groups = false;
    utc_time groups_again{};
    /// Stored messages that may still be sent before `replay_again`.
    std::uint32_t replay_left = 0;
    utc_time replay_again{};
    /// MQTT 5: a will that waits for the session to come back.
    std::unique_ptr<stored_will> delayed_will{};
    utc_time will_at = never;
    /// There is a record of the will of its connection, or of the one that waits.
    bool has_will_record = false;
    /// Of the last connection; presence events carry it.
    std::optional<std::uint64_t> presence_version{};

    /// Where this session stands in the list of receivers of message `route_serial`.
    std::uint64_t route_serial = 0;
    std::size_t route_index = 0;

    utc_time expires_at() const {
        return expiry_seconds == never_expires || !offline_since
                   ? never
                   : *offline_since + std::chrono::seconds(std::uint64_t{expiry_seconds} +
                                                           rules->session_slack_seconds);
    }
};

/// A direct message that is in flight. Lives as long as the connection it was sent on, at most.
struct direct_wait {
    direct_wait(session& s, outbox::number n) : to(&s), number(n) {}

    session* to;
    outbox::number number;
    timer due{timer::kind::direct, this};
};

} // namespace cogniot::broker
