// How fast the bytes of one connection may go, both directions together: what is beyond waits. As
// much as one second allows may go at once.
// @source AWS General Reference, "AWS IoT Core quotas": throughput per second per connection; spec
// iot-broker 7
#pragma once

#include "base/utc_time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cogniot::local {

class byte_pace {
  public:
    /// How many may go now. @param limit  bytes a second, not 0
    std::size_t room(std::uint32_t limit, utc_time now) const {
        auto const left = burst - std::clamp(full_at_ - now, std::chrono::milliseconds(0), burst);
        return static_cast<std::size_t>(left.count()) * limit / 1000;
    }
    void take(std::size_t bytes, std::uint32_t limit, utc_time now) {
        full_at_ = std::max(full_at_, now) + std::chrono::milliseconds(bytes * 1000 / limit);
    }
    /// How long to wait for room; 0 if there is some.
    std::chrono::milliseconds wait(utc_time now) const {
        return std::max(full_at_ - now - burst + least, std::chrono::milliseconds(0));
    }

  private:
    static constexpr std::chrono::milliseconds burst{1'000};
    /// Room for so much time is worth a write.
    static constexpr std::chrono::milliseconds least{10};

    /// When all that went would have gone at the limit.
    utc_time full_at_{};
};

} // namespace cogniot::local
