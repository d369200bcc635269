// Bytes of outgoing PUBLISH packets. A message is encoded once for each way it goes out (version,
// QoS, RETAIN); receivers share those bytes, with their own packet identifier patched in.
#pragma once

#include "broker/message.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cogniot::broker {

class publish_encoder {
  public:
    struct form {
        bool is_v5 = false;
        mqtt::qos level = mqtt::qos::at_most_once;
        bool retain = false;
        bool dup = false;
        /// 0 for QoS 0.
        mqtt::packet_id id = 0;
        std::span<std::uint32_t const> identifiers{};
    };
    /// Valid until the next call.
    std::string_view encode(message_view const&, form const&, utc_time now);

  private:
    struct slot {
        std::uint64_t serial = 0;
        std::size_t id_at = 0;
        std::string bytes;
    };
    static void compose(message_view const&, form const&, utc_time now, slot&);

    std::array<slot, 12> shared_;
    slot single_;
};

} // namespace cogniot::broker
