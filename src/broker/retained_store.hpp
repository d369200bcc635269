// The last retained message of each topic.
#pragma once

#include "broker/message.hpp"
#include "mqtt/topic.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::broker {

struct retained_message {
    message_ref what;
    utc_time stored_at{};
};

class retained_store {
  public:
    void put(retained_message);
    /// Answers whether there was one.
    bool erase(std::string_view topic);
    retained_message const* find(std::string_view topic) const;
    /// The first message whose topic matches, from topic `from` on in byte order. Every topic that
    /// is looked at takes one of `steps`; with none left it answers nothing. `from` is then where
    /// to go on; after the last match it is empty.
    message_ref find_next(std::string_view filter, mqtt::parent_rule, std::string& from,
                          std::size_t& steps) const;
    struct expired {
        std::vector<std::string> topics;
        /// When the next one does; never if none will.
        utc_time next = never;
    };
    /// Costs in proportion to all that is stored.
    expired find_expired(utc_time now) const;
    /// Those after a topic, in the order of their topics, until `each` answers false.
    void list(std::string_view after,
              std::function<bool(retained_message const&)> const& each) const;
    std::size_t size() const { return by_topic_.size(); }

  private:
    std::map<std::string_view, retained_message> by_topic_; // keys live in the messages
};

} // namespace cogniot::broker
