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
    /// group_mark() of its whole filter.
    std::uint16_t mark = 0;
    std::vector<subscriber> members;
};

/// A number, not 0, that tells the groups of one session apart.
inline std::uint16_t group_mark(std::string_view whole_filter) {
    return static_cast<std::uint16_t>(std::hash<std::string_view>{}(whole_filter) | 1);
}

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
    /// The group of a filter that starts with `$share/`, or null. Valid until the tree changes.
    share_group const* find_group(std::string_view filter) const;
    /// Appends all that match. A session comes once for each of its filters.
    void match(std::string_view topic, tree_matches&) const;
    /// Another one after each change: what matched before may match no longer.
    std::uint64_t version() const { return version_; }
    /// Levels held, for accounting, and about what one costs in bytes beside its subscribers.
    std::size_t node_count() const { return node_count_; }
    static constexpr std::size_t node_cost = 256;

  private:
    struct node;
    struct place {
        node* at = nullptr;
        bool is_below = false;
    };
    /// The node of a filter without `$share/`; null if there is none.
    place find(std::string_view filter) const;
    std::unique_ptr<node> root_;
    std::size_t node_count_ = 0;
    std::uint64_t version_ = 1;
};

} // namespace cogniot::broker
