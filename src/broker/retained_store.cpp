#include "broker/retained_store.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::broker {

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

void retained_store::match(std::string_view filter, mqtt::parent_rule parent,
                           std::vector<message_ref>& out) const {
    auto const wildcard = filter.find_first_of("+#");
    if (wildcard == std::string_view::npos) {
        if (auto const* one = find(filter))
            out.push_back(one->what);
        return;
    }
    // `a/b/#` may match `a/b` too, so the slash before the wildcard is not part of the prefix.
    auto const prefix = filter.substr(0, wildcard > 0 ? wildcard - 1 : 0);
    for (auto at = by_topic_.lower_bound(prefix);
         at != by_topic_.end() && at->first.starts_with(prefix); ++at)
        if (mqtt::matches(filter, at->first, parent))
            out.push_back(at->second.what);
}

} // namespace cogniot::broker
