#include "broker/subscription_tree.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::broker {
namespace {

struct level_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view level) const {
        return std::hash<std::string_view>{}(level);
    }
};

/// Subscribers of one filter.
struct leaf {
    std::vector<subscriber> members;
    std::vector<share_group> groups;
    bool is_empty() const { return members.empty() && groups.empty(); }
};

std::vector<subscriber>::iterator find_in(std::vector<subscriber>& all, session const* who) {
    return std::find_if(all.begin(), all.end(), [&](auto const& s) { return s.who == who; });
}

void collect(leaf const* from, bool at_parent, tree_matches& out) {
    if (from == nullptr)
        return;
    auto const counts = [&](subscriber const& s) {
        return !at_parent || s.parent == mqtt::parent_rule::hash_matches_parent;
    };
    for (auto const& s : from->members)
        if (counts(s))
            out.subscribers.push_back(&s);
    for (auto const& group : from->groups)
        if (counts(group.members.front()))
            out.groups.push_back(&group);
}

} // namespace

struct subscription_tree::node {
    node* parent = nullptr;
    std::string_view level; // its key in the parent's children; empty for `+` and the root
    std::unordered_map<std::string, std::unique_ptr<node>, level_hash, std::equal_to<>> children;
    std::unique_ptr<node> plus;
    std::unique_ptr<leaf> here;  // filters that end at this level
    std::unique_ptr<leaf> below; // filters that end in `#` one level below

    bool is_empty() const { return children.empty() && !plus && !here && !below; }

    node& child(std::string_view name, std::size_t& created) {
        if (name == "+") {
            if (!plus) {
                ++created;
                plus = std::make_unique<node>();
                plus->parent = this;
            }
            return *plus;
        }
        auto found = children.find(name);
        if (found == children.end()) {
            ++created;
            found = children.emplace(std::string(name), std::make_unique<node>()).first;
            found->second->parent = this;
            found->second->level = found->first;
        }
        return *found->second;
    }
    node* find_child(std::string_view name) const {
        if (name == "+")
            return plus.get();
        auto const found = children.find(name);
        return found == children.end() ? nullptr : found->second.get();
    }

    /// `first`: a wildcard does not match a first level that starts with `$` [MQTT-4.7.2-1].
    void match(std::string_view topic, bool first, tree_matches& out) const {
        bool const is_reserved = first && topic.starts_with('$');
        if (!is_reserved)
            collect(below.get(), false, out);
        auto const slash = topic.find('/');
        auto const ends = slash == std::string_view::npos;
        auto const name = topic.substr(0, slash);
        auto const descend = [&](node const* next) {
            if (next == nullptr)
                return;
            if (!ends)
                return next->match(topic.substr(slash + 1), false, out);
            collect(next->here.get(), false, out);
            collect(next->below.get(), true, out);
        };
        if (!children.empty())
            if (auto const found = children.find(name); found != children.end())
                descend(found->second.get());
        if (!is_reserved)
            descend(plus.get());
    }
};

subscription_tree::subscription_tree() : root_(std::make_unique<node>()) {}
subscription_tree::~subscription_tree() = default;

bool subscription_tree::put(std::string_view filter, subscriber added) {
    ++version_;
    auto shared = mqtt::split_shared(filter);
    node* at = root_.get();
    bool below = false;
    for (auto rest = shared.filter;;) {
        auto const slash = rest.find('/');
        if (rest == "#") {
            below = true;
            break;
        }
        at = &at->child(rest.substr(0, slash), node_count_);
        if (slash == std::string_view::npos)
            break;
        rest.remove_prefix(slash + 1);
    }
    auto& slot = below ? at->below : at->here;
    if (!slot)
        slot = std::make_unique<leaf>();
    auto* members = &slot->members;
    if (!shared.name.empty()) {
        auto group = std::find_if(slot->groups.begin(), slot->groups.end(),
                                  [&](auto const& g) { return g.name == shared.name; });
        if (group == slot->groups.end())
            group = slot->groups.insert(slot->groups.end(),
                                        {std::string(shared.name), group_mark(filter), {}});
        members = &group->members;
    }
    if (auto const found = find_in(*members, added.who); found != members->end()) {
        *found = added;
        return true;
    }
    members->push_back(added);
    return false;
}

subscription_tree::place subscription_tree::find(std::string_view filter) const {
    node* at = root_.get();
    for (auto rest = filter; at != nullptr;) {
        auto const slash = rest.find('/');
        if (rest == "#")
            return {at, true};
        at = at->find_child(rest.substr(0, slash));
        if (slash == std::string_view::npos)
            break;
        rest.remove_prefix(slash + 1);
    }
    return {at, false};
}

share_group const* subscription_tree::find_group(std::string_view filter) const {
    auto const shared = mqtt::split_shared(filter);
    auto const [at, below] = find(shared.filter);
    if (at == nullptr)
        return nullptr;
    auto const& slot = below ? at->below : at->here;
    if (!slot)
        return nullptr;
    for (auto const& group : slot->groups)
        if (group.name == shared.name)
            return &group;
    return nullptr;
}

bool subscription_tree::erase(std::string_view filter, session const* who) {
    ++version_;
    auto const shared = mqtt::split_shared(filter);
    auto [at, below] = find(shared.filter);
    if (at == nullptr)
        return false;
    auto& slot = below ? at->below : at->here;
    if (!slot)
        return false;
    auto* members = &slot->members;
    auto group = slot->groups.end();
    if (!shared.name.empty()) {
        group = std::find_if(slot->groups.begin(), slot->groups.end(),
                             [&](auto const& g) { return g.name == shared.name; });
        if (group == slot->groups.end())
            return false;
        members = &group->members;
    }
    auto const found = find_in(*members, who);
    if (found == members->end())
        return false;
    members->erase(found);
    if (group != slot->groups.end() && group->members.empty())
        slot->groups.erase(group);
    if (slot->is_empty())
        slot.reset();
    while (at->parent != nullptr && at->is_empty()) {
        node* const up = at->parent;
        --node_count_;
        if (at == up->plus.get())
            up->plus.reset();
        else
            up->children.erase(up->children.find(at->level));
        at = up;
    }
    return true;
}

void subscription_tree::match(std::string_view topic, tree_matches& out) const {
    root_->match(topic, true, out);
}

} // namespace cogniot::broker
