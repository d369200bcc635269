// What the doctor is asked to find out.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace cogniot::client::doctor {

struct asked {
    /// Empty = the identity ID, as publish and subscribe do it.
    std::string client_id{};
    /// Topics to publish to, and filters to subscribe to and receive from.
    std::vector<std::string> topics{};
    bool publishes = true;
    bool subscribes = true;
    bool retains = false;
    bool clean_session = false;
    /// Set: really publishes it to each topic.
    std::optional<std::string> payload{};
    /// Whether a real connection is tried. It takes the connection of a device with the same client
    /// ID over.
    bool connects = true;
    /// The IoT policy that publish and subscribe would attach; empty = none is configured.
    std::string iot_policy{};
    /// --fix attach-policy: attaches it if it is not attached. The only thing that is ever changed.
    bool attaches_policy = false;
    /// How long the log is asked again for entries that are still on their way.
    std::chrono::seconds log_patience{20};
};

} // namespace cogniot::client::doctor
