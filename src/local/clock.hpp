// The one clock of the local cloud: the system's, moved by a number of seconds, at the start
// (--clock-offset) or later (/_cogniot/clock).
//
// Expiry, signatures, logs and certificates all ask here, so that an hour's expiry is tested by
// moving the clock. Broker deadlines are instants of this clock, too.
#pragma once

#include "base/utc_time.hpp"

#include <chrono>

namespace cogniot::local {

class clock {
  public:
    explicit clock(std::chrono::seconds offset = {}) : offset_(offset) {}
    utc_time now() const {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now()) +
               offset_;
    }
    std::chrono::seconds offset() const { return offset_; }
    /// Whoever waits for an instant has to be told: mqtt_host::clock_moved().
    void set_offset(std::chrono::seconds offset) { offset_ = offset; }

  private:
    std::chrono::seconds offset_;
};

} // namespace cogniot::local
