// Why clients are denied, explained at a bounded cost: a client that repeats a denied packet gets
// the explanation that was made for it within the same second, and all explanations of a second
// together read no more policy text than the budget. What exceeds it is denied all the same, and
// told in short. Pure: `now` is an argument. One thread (the loop's).
#pragma once

#include "base/utc_time.hpp"
#include "cloud/authorise.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cogniot::local {

class explanations {
  public:
    /// An explanation takes about 0.1 us a byte of its policies (docs/performance.md): some
    /// percent of a core.
    static constexpr std::size_t default_bytes_per_second = 256 * 1024;
    explicit explanations(std::size_t bytes_per_second = default_bytes_per_second)
        : budget_(bytes_per_second) {}

    /// A request that was refused.
    struct question {
        /// Of the connection, unlike that of any other.
        std::uint64_t connection = 0;
        cloud::principal const& who;
        std::string_view action;
        std::string_view resource;
        policy::context const& facts;
        /// Why this is asked at all, where the packet does not show it; begins the words.
        std::string_view circumstance{};
        cloud::authorisation decided{};
    };
    /// The JSON of cloud::explain().
    std::string explain(cloud::world const&, question const&, utc_time now);

  private:
    std::size_t budget_;
    std::int64_t second_ = -1;
    /// Of this second: policy text that was explained, and what was made of it.
    std::size_t spent_ = 0;
    std::unordered_map<std::string, std::string> made_{};
};

} // namespace cogniot::local
