// Who subscribed to what: a tree of topic levels. Finding the receivers of a topic costs in
// proportion to its levels and to the receivers found, whatever else is subscribed.
#pragma once

#include "mqtt/packet.hpp"
#include "mqtt/topic.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cogniot::broker {

struct session;

struct subscription_options {
    mqtt::qos maximum = mqtt::qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    /// MQTT 5 subscription identifier, 0 = none.
    std::uint32_t identifier = 0;
    friend bool operator==(subscription_options const&, subscription_options const&) = default;
};

struct subscriber {
    session* who = nullptr;
    subscription_options options{};
    mqtt::parent_rule parent = mqtt::parent_rule::hash_matches_parent;
};

/// The members of one `$share/<name>/<filter>`.
struct share_group {
    std::string name;
    std::vector<subscriber> members;
};

/// What a topic matched. Valid until the tree changes.
struct tree_matches {
    std::vector<subscriber const*> subscribers;
    std::vector<share_group const*> groups;
    void clear() {
        subscribers.clear();
        groups.clear();
    }
};

class subscription_tree {
  public:
    subscription_tree();
    ~subscription_tree();
    subscription_tree(subscription_tree const&) = delete;
    subscription_tree& operator=(subscription_tree const&) = delete;

    /// Adds or replaces. `filter` passed mqtt::check_filter(); it may start with `$share/`.
    /// Answers whether this session had the filter already.
    bool put(std::string_view filter, subscriber);
    /// Answers whether it was there.
    bool erase(std::string_view filter, session const*);
    /// Appends all that match. A session comes once for each of its filters.
    void match(std::string_view topic, tree_matches&) const;
    /// Levels held, for accounting, and about what one costs in bytes beside its subscribers.
    std::size_t node_count() const { return node_count_; }
    static constexpr std::size_t node_cost = 256;

  private:
    struct node;
    std::unique_ptr<node> root_;
    std::size_t node_count_ = 0;
};

} // namespace cogniot::broker
