// The two behaviours of the broker, as a table: AWS IoT's, and a standard-conforming one.
//
// Every difference between them is a member here and nowhere else. A member whose AWS value nobody
// could confirm says so; it can be changed by name (docs/fidelity.md).
#pragma once

#include "mqtt/packet.hpp"
#include "mqtt/topic.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cogniot::broker {

struct profile {
    bool aws = true;
    mqtt::topic_limits topics = mqtt::aws_topic_limits;
    mqtt::parent_rule parent = mqtt::parent_rule::hash_below_parent_only;
    mqtt::qos maximum_qos = mqtt::qos::at_least_once;
    std::size_t max_payload_bytes = 128 * 1024;
    std::size_t max_client_id_bytes = 128;
    std::size_t max_filters_per_subscribe = 8;
    std::size_t max_subscriptions = 50;
    std::uint16_t max_in_flight = 100;
    /// Keep alive is clamped into this range, 0 becomes the maximum; {0, 65535} clamps nothing.
    std::uint16_t min_keep_alive_seconds = 30;
    std::uint16_t max_keep_alive_seconds = 1200;
    std::chrono::seconds session_expiry{3600};
    /// 0 = no limit.
    std::size_t max_queued_messages = 0;
    bool reserved_topics = true;
    bool retained_by_wildcard = false;
    /// A refused CONNECT on 3.x: AWS closes without CONNACK (field); 5 otherwise.
    enum class connect_denied { close, connack_5, connack_7 } connect_denied_311 =
        connect_denied::close;
    /// (unconfirmed) close, or SUBACK 0x80 for the denied filters.
    enum class subscribe_denied { close, suback_80 } subscribe_denied_311 = subscribe_denied::close;
    /// (unconfirmed) How long an unacknowledged delivery waits before it is sent again.
    std::chrono::seconds retransmit_after{30};
};

profile const& aws_profile();
profile const& standard_profile();

} // namespace cogniot::broker
