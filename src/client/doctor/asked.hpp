// What the doctor is asked to find out.
#pragma once

#include "mqtt/packet.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cogniot::client::doctor {

/// The will that the application connects with.
struct will {
    std::string topic{};
    mqtt::qos level = mqtt::qos::at_most_once;
    bool retain = false;
};

struct asked {
    /// Empty = the identity ID, as publish and subscribe do it.
    std::string client_id{};
    /// Topics to publish to, and filters to subscribe to and receive from.
    std::vector<std::string> topics{};
    bool publishes = true;
    bool subscribes = true;
    /// It was said that each topic is for both.
    bool is_for_both = false;
    bool retains = false;
    bool clean_session = false;
    /// A presigned URL to be judged, and nothing else; empty = none.
    std::string url{};

    // What the application is said to do, beside that; the doctor does not do it.
    /// The version that it speaks, and the doctor with it.
    mqtt::version version = mqtt::version::v311;
    mqtt::qos level = mqtt::qos::at_least_once;
    std::optional<doctor::will> will{};
    bool has_no_client_id = false;
    std::optional<std::size_t> payload_bytes{};
    std::uint32_t publishes_per_second = 0;
    std::uint32_t connects_per_second = 0;
    /// In one SUBSCRIBE, and on one connection; nothing = as many as there are topics.
    std::optional<std::size_t> filters_together{};
    std::optional<std::size_t> subscriptions{};

    /// Set: really publishes it to each topic.
    std::optional<std::string> payload{};
    /// Whether a real connection is tried. It takes the connection of a device with the same client
    /// ID over.
    bool connects = true;
    /// The IoT policy that publish and subscribe would attach; empty = none is configured.
    std::string iot_policy{};
    /// --fix attach-policy: attaches it if it is not attached. The only thing that is ever changed.
    bool attaches_policy = false;
    /// How far back the log is read for what the application did; nothing = not at all.
    std::optional<std::chrono::seconds> since{};
    /// How long the doctor looks on while the application runs.
    std::chrono::seconds watch{0};
    /// How long the log is asked again for entries that are still on their way.
    std::chrono::seconds log_patience{20};
};

} // namespace cogniot::client::doctor
