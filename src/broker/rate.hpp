// How often within a second. A second is the clock's: what came in the last one is forgotten at
// once, and a clock that is set back begins a new one.
#pragma once

#include "base/utc_time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cogniot::broker {

class rate {
  public:
    /// Counts one more. False if it is more than `limit` in this second; 0: any number.
    bool take(std::uint32_t limit, utc_time now) {
        if (limit == 0)
            return true;
        if (auto const second = epoch_seconds(now); second != second_) {
            second_ = second;
            taken_ = 0;
        }
        return ++taken_ <= limit;
    }
    /// Whether the last take() was the first too many of its second.
    bool is_first_beyond(std::uint32_t limit) const { return taken_ == limit + 1; }

  private:
    std::int64_t second_ = 0;
    std::uint32_t taken_ = 0;
};

/// The same for each name. Holds the names of one second at most.
class rates_by_name {
  public:
    bool take(std::string_view name, std::uint32_t limit, utc_time now) {
        if (limit == 0)
            return true;
        if (auto const second = epoch_seconds(now); second != second_) {
            second_ = second;
            taken_.clear();
        }
        return ++taken_[std::string(name)] <= limit;
    }

  private:
    std::int64_t second_ = 0;
    std::unordered_map<std::string, std::uint32_t> taken_;
};

} // namespace cogniot::broker
