// Packet identifiers in use on one link, 1 to 65535 [MQTT-2.3.1-1], given out in turn.
#pragma once

#include "mqtt/packet.hpp"

#include <optional>
#include <unordered_set>

namespace cogniot::client {

class packet_ids {
  public:
    /// A free identifier; nothing when all are in use.
    std::optional<mqtt::packet_id> take() {
        if (used_.size() >= 65535)
            return {};
        do {
            last_ = last_ == 65535 ? 1 : static_cast<mqtt::packet_id>(last_ + 1);
        } while (used_.contains(last_));
        used_.insert(last_);
        return last_;
    }
    void give_back(mqtt::packet_id id) { used_.erase(id); }

  private:
    mqtt::packet_id last_ = 0;
    std::unordered_set<mqtt::packet_id> used_;
};

} // namespace cogniot::client
