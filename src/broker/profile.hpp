// The two behaviours of the broker, as a table: AWS IoT's, and a standard-conforming one.
//
// Every difference between them is a member here and nowhere else. A member whose AWS value nobody
// could confirm says so; docs/fidelity.md lists them with their sources.
#pragma once

#include "mqtt/packet.hpp"
#include "mqtt/topic.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace cogniot::broker {

/// A session expiry that never comes, as MQTT 5 writes it (3.1.2.11.2).
inline constexpr std::uint32_t never_expires = 0xFFFF'FFFF;
inline constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// The defaults are AWS IoT's.
struct profile {
    bool aws = true;

    // Topics and messages.
    mqtt::topic_limits topics = mqtt::aws_topic_limits;
    mqtt::parent_rule parent = mqtt::parent_rule::hash_below_parent_only;
    mqtt::qos maximum_qos = mqtt::qos::at_least_once;
    std::size_t max_payload_bytes = 128 * 1024;
    /// Whole packets, for the decoder and MQTT 5's Maximum Packet Size (unconfirmed which is sent).
    std::size_t max_packet_bytes = 149'504;
    /// MQTT 5 Message Expiry Interval is held to this; 0 becomes 1.
    std::uint32_t max_message_expiry_seconds = 604'800;
    std::size_t max_content_type_bytes = 256;
    std::size_t max_correlation_data_bytes = 8 * 1024;
    std::size_t max_user_properties_bytes = 8 * 1024;
    /// The table of `$` topics that clients may use, presence and subscription events.
    bool reserved_topics = true;
    bool presence_events = true;
    /// MQTT 5: whether PUBACK and PUBREC say 0x10 when nobody is subscribed (3.4.2.1 leaves it
    /// open).
    bool tells_no_subscribers = false;
    /// Whether a wildcard filter is given retained messages.
    bool retained_by_wildcard = false;

    // Connections.
    std::size_t max_client_id_bytes = 128;
    /// Keep alive is clamped into this range, 0 becomes the maximum; {0, 65535} clamps nothing.
    std::uint16_t min_keep_alive_seconds = 30;
    std::uint16_t max_keep_alive_seconds = 1200;
    /// How long a connection may be open without CONNECT (unconfirmed).
    std::chrono::seconds connect_timeout{10};
    /// MQTT 5: the smallest Maximum Packet Size a client may ask for.
    std::uint32_t min_client_packet_bytes = 512;
    std::uint16_t topic_alias_maximum = 8;
    std::size_t max_connections = 500'000;
    /// MQTT 5: unacknowledged publishes a client may have towards us.
    std::uint16_t receive_maximum = 100;
    bool subscription_identifiers = false;
    /// AWS ignores the will delay interval (unconfirmed).
    bool will_delay = false;
    /// MQTT 5: whether a DISCONNECT with any reason but 0x00 publishes the will, as the standard
    /// has it, or one with 0x04 alone (unconfirmed).
    bool will_after_errors = false;

    // Subscriptions.
    std::size_t max_filters_per_subscribe = 8;
    std::size_t max_subscriptions = 50;

    /// Of all clients together.
    std::size_t max_account_subscriptions = 500'000;
    std::size_t max_shared_groups = 100;
    std::size_t max_group_members = 100;
    /// Messages in the queue of one shared group; 0 = no limit.
    std::size_t max_group_queued_messages = 500'000;

    // Retained messages of all topics.
    std::size_t max_retained_messages = 500'000;

    // Rates within a second; 0: any number. They have to be asked for, because local programs often
    // exceed them.
    /// CONNECTs of one client ID (AWS: 1, field) and of all.
    std::uint32_t connects_per_client_id = 0;
    std::uint32_t connects_per_second = 0;
    /// Messages of one connection in both directions together, those stored for it while it is
    /// away and direct ones, too: more are discarded.
    std::uint32_t publishes_per_second = 0;
    /// Messages to us of all, over HTTPS too; deliveries to all.
    std::uint32_t account_publishes_per_second = 0;
    std::uint32_t account_deliveries_per_second = 0;
    /// Direct messages of all callers.
    std::uint32_t direct_messages_per_second = 0;
    /// Filters of SUBSCRIBEs, of all clients; SUBSCRIBEs and UNSUBSCRIBEs of one shared group.
    std::uint32_t subscriptions_per_second = 0;
    std::uint32_t group_changes_per_second = 0;
    /// Messages stored for offline sessions, all together.
    std::uint32_t queued_per_second = 0;
    /// Messages with RETAIN: of all topics, and of one.
    std::uint32_t retained_per_second = 0;
    std::uint32_t retained_per_topic = 0;

    // Delivery.
    std::uint16_t max_in_flight = 100;
    /// (unconfirmed) How long an unacknowledged delivery waits before it is sent again; 0: until
    /// the client comes back.
    std::chrono::seconds retransmit_after{30};
    /// After this an unacknowledged delivery is dropped: MQTT 3 and MQTT 5. 0: never.
    std::chrono::seconds retransmit_until_v3{3600};
    std::chrono::seconds retransmit_until_v5{960};
    /// AWS never sets DUP, not even on redelivery.
    bool dup_on_redelivery = false;
    /// Stored messages a second after a session came back; 0: as fast as the window allows.
    std::uint32_t replay_per_second = 10;
    /// What a shared group has queued, for each of its members; 0: the same.
    std::uint32_t group_replay_per_second = 20;

    // Sessions.
    /// For MQTT 3 sessions, and the most an MQTT 5 client can ask for.
    std::uint32_t session_expiry_seconds = 3600;
    /// Whether an MQTT 5 client may resume an MQTT 3 session and the other way round.
    bool resume_across_versions = false;
    /// How much longer a session lives than it was told: up to half an hour on AWS.
    std::uint32_t session_slack_seconds = 0;
    /// Messages stored for one offline session; 0 = no limit.
    std::size_t max_queued_messages = 0;

    // Refusals.
    /// A refused CONNECT on 3.x: AWS closes without CONNACK (field).
    enum class connect_denied {
        close,
        connack_5,
        connack_7
    } connect_denied_311 = connect_denied::close;
    /// (unconfirmed) close, or SUBACK 0x80 for the denied filters.
    enum class subscribe_denied { close, suback_80 } subscribe_denied_311 = subscribe_denied::close;
    /// (unconfirmed) a denied delivery: drop it silently, or close with AUTH_ERROR.
    enum class receive_denied { drop, close } receive_denied_action = receive_denied::drop;
    /// (unconfirmed) Whether the table of reserved topics is asked before the policy.
    bool reserved_check_first = true;
    /// (unconfirmed) What clientInitiatedDisconnect says of a WebSocket Close frame without
    /// DISCONNECT.
    bool websocket_close_is_client_initiated = false;
    /// A refusal that 3.1.1 has a CONNACK code for (version, client ID): AWS closes (unconfirmed).
    bool connack_codes_311 = false;
};

/// A property beyond its limit; user properties count together.
struct large_property {
    std::string_view name;
    std::size_t bytes = 0;
    std::size_t most = 0;
};
/// The first beyond its limit among what a packet, or the will in it, carries.
std::optional<large_property> find_large_property(profile const&, mqtt::properties const&);

profile const& aws_profile();
profile const& standard_profile();

} // namespace cogniot::broker
