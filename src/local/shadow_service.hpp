// The Device Shadow service behind the broker: requests on reserved topics in, answers on theirs
// out.
//
// @source AWS IoT developer guide, "Device Shadow MQTT topics"; spec device-shadow 1 and 5
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"
#include "shadow/document.hpp"
#include "shadow/topic.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::local {

/// What the service publishes, QoS 1, in this order.
struct shadow_message {
    std::string topic;
    std::string payload;
};

class shadow_service {
  public:
    /// Takes back a record of kind `shadow`; false for any other. @errors json::errc: damaged
    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);

    /// Handles one published request; nothing for topics that are not the service's.
    std::vector<shadow_message> published(std::string_view topic, std::string_view payload,
                                          utc_time now, std::vector<record>& persist);

    std::size_t size() const { return shadows_.size(); }

  private:
    void keep(shadow::shadow_id const&, shadow::document, std::vector<record>& persist);

    std::map<shadow::shadow_id, shadow::document> shadows_;
};

} // namespace cogniot::local
