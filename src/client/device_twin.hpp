// What a device does with its shadow: it makes its own state what is desired, and reports it. Pure:
// messages in, messages and news out; when to apply a change is the caller's to say.
//
// @source AWS IoT developer guide, "Using shadows in devices", "Device Shadow MQTT topics"
#pragma once

#include "client/link_values.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::client {

/// For people: what happened to the device.
struct device_news {
    enum class kind {
        /// The shadow as it is; `state` is what differs from the device.
        got,
        /// There is no shadow yet.
        no_shadow,
        /// The service says that desired and reported differ in `state`.
        delta,
        /// A delta that is older than what was applied already.
        stale,
        applied,
        /// The shadow has what the device reported.
        reported,
        /// `code` and `text` are the service's.
        rejected,
    } what = kind::got;
    /// The shadow's; 0 if not told.
    std::int64_t version = 0;
    boost::json::object state{};
    std::int64_t code = 0;
    std::string text{};
};

/// A change that the device was asked to make.
struct desired_change {
    std::int64_t version = 0;
    boost::json::object state{};
};

class device_twin {
  public:
    struct outcome {
        std::vector<device_news> news{};
        /// To be applied, after whatever time the device takes.
        std::optional<desired_change> change{};
        /// To be published.
        std::optional<message> report{};
    };

    /// @param token  marks this device's own requests (clientToken)
    device_twin(std::string thing, std::string token);

    /// What to subscribe to.
    std::vector<topic_request> filters() const;
    /// Asks for the whole shadow: after each connect, for deltas may have been missed.
    message ask() const;

    /// A message that came. Others than the shadow's own, and answers to other clients' updates,
    /// have no outcome.
    outcome received(received_message const&);
    /// The device makes the change, unless a newer one was made meanwhile, and reports it.
    outcome apply(desired_change const&);

    /// The device's own state.
    boost::json::object const& state() const { return state_; }

  private:
    outcome got(boost::json::object const& document);
    message make_report(boost::json::object const& reported) const;

    std::string prefix_;
    std::string token_;
    boost::json::object state_{};
    /// The shadow was seen once: what it had reported was taken for the device's state.
    bool is_known_ = false;
    /// Of the newest desired state that was applied.
    std::int64_t applied_ = 0;
};

} // namespace cogniot::client
