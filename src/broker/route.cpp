// From a message to its receivers: one for each session, whatever number of its filters match.
#include "broker/core.hpp"

#include <algorithm>

namespace cogniot::broker {

void core::collect_receivers(message_view const& m, bool is_routed) {
    receivers_.clear();
    receiver_identifiers_.clear();
    if (!is_routed)
        return;
    // Messages on one topic often follow each other.
    if (matched_version_ != tree_.version() || matched_topic_ != m.topic) {
        matches_.clear();
        tree_.match(m.topic, matches_);
        matched_version_ = tree_.version();
        matched_topic_ = m.topic;
    }
    // Marks sessions that are in the list already; messages and marks share no numbers.
    ++last_serial_;
    for (auto const* s : matches_.subscribers)
        if (!s->options.no_local || s->who->number != m.origin) // [MQTT-3.8.3-3]
            add_receiver(*s->who, s->options);
    for (auto const* group : matches_.groups)
        add_group_member(*group, m);
}

void core::add_receiver(session& s, subscription_options const& options) {
    if (s.link == nullptr && s.expiry_seconds == 0)
        return; // it is ending: this is its own will
    if (s.route_serial != last_serial_) {
        s.route_serial = last_serial_;
        s.route_index = receivers_.size();
        receivers_.push_back({.who = &s});
    }
    auto& r = receivers_[s.route_index];
    r.maximum = std::max(r.maximum, options.maximum); // [MQTT-3.3.5-1]
    r.retain_as_published |= options.retain_as_published;
    if (options.identifier != 0)
        receiver_identifiers_.emplace_back(s.route_index, options.identifier);
}

bool core::has_room_for(message_view const& m) const {
    std::size_t bytes = 0;
    bool is_held = m.retain && !m.payload.empty();
    for (auto const& r : receivers_) {
        if (std::min(r.maximum, m.level) == mqtt::qos::at_most_once)
            continue;
        bytes += sizeof(outgoing);
        is_held |= holds_in_memory(*r.who);
    }
    if (is_held)
        bytes += cost_of(m);
    return bytes == 0 || memory_.has_room(bytes);
}

void core::route(message_view const& m, message_ref& kept, utc_time now) {
    collect_receivers(m);
    deliver(m, kept, now);
}

void core::deliver(message_view const& m, message_ref& kept, utc_time now) {
    message_view what = kept ? kept->view() : m;
    if (what.serial == 0)
        what.serial = ++last_serial_;

    // A message that several durable sessions hold is kept once.
    auto const durable = std::count_if(receivers_.begin(), receivers_.end(), [&](auto const& r) {
        return r.who->durable && holds_in_memory(*r.who) &&
               std::min(r.maximum, what.level) != mqtt::qos::at_most_once;
    });
    bool const share = durable > 1;
    if (share && !kept)
        kept = message::make(what, memory_);
    if (share && kept->durable_number == 0) {
        kept->durable_number = ++last_shared_;
        keep(durable::print_shared(kept->durable_number, kept->view()));
    }

    std::vector<std::uint32_t> identifiers;
    for (std::size_t i = 0; i < receivers_.size(); ++i) {
        auto const& r = receivers_[i];
        identifiers.clear();
        for (auto const& [index, id] : receiver_identifiers_)
            if (index == i)
                identifiers.push_back(id);
        auto const level = std::min(r.maximum, what.level);
        bool const retain = r.retain_as_published && what.retain;
        if (level == mqtt::qos::at_most_once) {
            deliver_at_most_once(*r.who, what, retain, identifiers, now);
            continue;
        }
        outgoing entry{.what = {}, .group = r.group, .level = level, .retain = retain};
        if (!identifiers.empty())
            entry.identifiers = std::make_unique<std::vector<std::uint32_t>>(identifiers);
        enqueue(*r.who, what, kept, std::move(entry), now);
    }
    if (share && kept->durable_uses == 0) { // nobody took it after all
        keep(durable::forget_shared(kept->durable_number));
        kept->durable_number = 0;
    }
}

} // namespace cogniot::broker
