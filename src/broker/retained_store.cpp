#include "broker/retained_store.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::broker {
namespace {

/// The first text behind all that begin with `prefix`, which ends in a slash.
std::string behind(std::string_view prefix) {
    std::string text(prefix);
    text.back() = '/' + 1;
    return text;
}

/// Where the next topic that may match a filter can be, after `topic`, which does not; false if
/// nowhere. So whole branches are left out: the cost goes with the levels that wildcards spread
/// over, not with what is stored.
bool seek(std::string_view filter, std::string_view topic, std::string& target) {
    if (topic.starts_with('$') && (filter.starts_with('+') || filter.starts_with('#'))) {
        target = "%"; // behind all that begin with `$` [MQTT-4.7.2-1]
        return true;
    }
    auto rest = topic;
    for (;;) {
        auto const known = topic.substr(0, topic.size() - rest.size());
        auto const f = std::min(filter.find('/'), filter.size());
        auto const t = std::min(rest.find('/'), rest.size());
        auto const level = filter.substr(0, f);
        if (level != "+" && level != rest.substr(0, t)) {
            // Only topics with this level itself, or below it, can match under what is known.
            auto const wanted = std::string(known).append(level);
            auto const below = wanted + '/';
            if (topic < wanted)
                target = wanted;
            else if (topic < below)
                target = below;
            else if (known.empty())
                return false;
            else
                target = behind(known);
            return true;
        }
        bool const filter_ends = f == filter.size();
        if (t == rest.size()) { // the topic is too short: the next one may be longer
            target.assign(topic) += '\0';
            return true;
        }
        if (filter_ends) { // the topic is too long, and so is all that begins alike
            target = behind(topic.substr(0, known.size() + t + 1));
            return true;
        }
        filter.remove_prefix(f + 1);
        rest.remove_prefix(t + 1);
    }
}

} // namespace

void retained_store::put(retained_message added) {
    auto const topic = added.what->view().topic;
    by_topic_.erase(topic); // the key must be the new message's own bytes
    by_topic_.emplace(topic, std::move(added));
}

bool retained_store::erase(std::string_view topic) {
    return by_topic_.erase(topic) > 0;
}

retained_message const* retained_store::find(std::string_view topic) const {
    auto const found = by_topic_.find(topic);
    return found == by_topic_.end() ? nullptr : &found->second;
}

retained_store::expired retained_store::find_expired(utc_time now) const {
    expired found;
    for (auto const& [topic, one] : by_topic_)
        if (auto const at = one.what->view().expires; at <= now)
            found.topics.emplace_back(topic);
        else
            found.next = std::min(found.next, at);
    return found;
}

void retained_store::list(std::string_view after,
                          std::function<bool(retained_message const&)> const& each) const {
    auto at = after.empty() ? by_topic_.begin() : by_topic_.upper_bound(after);
    while (at != by_topic_.end() && each(at->second))
        ++at;
}

message_ref retained_store::find_next(std::string_view filter, mqtt::parent_rule parent,
                                      std::string& from, std::size_t& steps) const {
    auto at = by_topic_.lower_bound(from);
    for (; at != by_topic_.end() && steps > 0; --steps) {
        auto const& topic = at->first;
        if (mqtt::matches(filter, topic, parent)) {
            from.assign(topic) += '\0'; // the next topic at the earliest
            --steps;
            return at->second.what;
        }
        if (!seek(filter, topic, from))
            break;
        at = by_topic_.lower_bound(from);
    }
    if (steps > 0)
        from.clear();
    else if (at != by_topic_.end())
        from = at->first;
    return {};
}

} // namespace cogniot::broker
