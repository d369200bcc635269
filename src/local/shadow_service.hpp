// The Device Shadow service behind the broker: requests on reserved topics in, answers on theirs
// out.
//
// Shadows are kept as the text of their records and read when somebody asks: as trees they would
// take a multiple of it. What is held is bounded.
// @source AWS IoT developer guide, "Device Shadow MQTT topics"; spec device-shadow 1 and 5
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"
#include "shadow/document.hpp"
#include "shadow/topic.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::local {

/// What the service publishes, QoS 1, in this order.
struct shadow_message {
    std::string topic;
    std::string payload;
};

/// What one request came to.
struct shadow_outcome {
    shadow::request_topic asked{};
    std::vector<shadow_message> messages{};
    /// Nothing if the request was accepted.
    std::optional<shadow::refusal> refused{};
};

class shadow_service {
  public:
    /// @param max_held_bytes  beyond it, updates that need more are refused; those held stay
    explicit shadow_service(shadow::limits const& of_each = {},
                            std::size_t max_held_bytes = std::size_t{32} << 20)
        : of_each_(of_each), max_held_bytes_(max_held_bytes) {}

    /// Takes back a record of kind `shadow`; false for any other. @errors json::errc: damaged
    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);

    /// Handles one request. The first message is the answer.
    shadow_outcome ask(shadow::request_topic const&, std::string_view payload, utc_time now,
                       std::vector<record>& persist);
    /// The answer to a request of which there are too many.
    static shadow_outcome refuse_throttled(shadow::request_topic const&, std::string_view payload);
    /// The names of a thing's named shadows that exist, ascending.
    std::vector<std::string> names(std::string_view thing) const;

    /// Forgets the versions of shadows that were deleted 48 hours ago.
    void forget_deleted(utc_time now, std::vector<record>& persist);

    /// With those that were deleted and are not forgotten.
    std::size_t size() const { return shadows_.size(); }
    std::size_t held_bytes() const { return held_bytes_; }

  private:
    struct kept {
        /// The record's value.
        std::string text;
        std::optional<utc_time> deleted{};
    };
    using shadows = std::map<shadow::shadow_id, kept>;

    static std::size_t cost_of(shadow::shadow_id const&, std::string_view text);
    bool has_room(shadow::shadow_id const&, std::string_view text) const;
    void keep(shadow::shadow_id const&, shadow::document const&, std::string text);
    void forget(shadows::iterator);

    shadow::limits of_each_;
    std::size_t max_held_bytes_;
    std::size_t held_bytes_ = 0;
    shadows shadows_;
    /// Oldest first.
    std::set<std::pair<utc_time, shadow::shadow_id>> deleted_;
};

} // namespace cogniot::local
