// How far this machine's clock is from AWS's, learned from the Date header of answers. Pure.
//
// AWS refuses signatures more than five minutes off. Like AWS's JavaScript SDK, signing uses the
// server's clock once the difference reaches four minutes, and a person is told by how much.
#pragma once

#include "base/utc_time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::client {

/// `45 s`, `7 min 12 s`, `3 h 5 min`, `4 days`
std::string print_span(std::chrono::seconds);

class clock_skew {
  public:
    /// Smaller differences are left alone: a Date header has whole seconds and answers travel.
    static constexpr std::chrono::seconds threshold{240};

    /// An answer with this Date header arrived between two local instants. Answers out of a cache
    /// (with an Age header) must not be shown here. Text that is no date is ignored.
    void observe(std::string_view date_header, utc_time sent, utc_time received);

    /// Local time corrected for signing.
    utc_time signing_time(utc_time local) const { return local + correction_; }
    /// True if signing times are corrected.
    bool is_correcting() const { return correction_.count() != 0; }
    /// Server minus local, as last measured.
    std::optional<std::chrono::milliseconds> measured() const { return measured_; }
    /// `this machine's clock is 7 min 12 s behind AWS's`; empty while it is right.
    std::string report() const;

  private:
    std::optional<std::chrono::milliseconds> measured_;
    std::chrono::milliseconds correction_{0};
};

} // namespace cogniot::client
