// Shared subscriptions: who of a group gets a message, and the queue of the group while nobody
// does.
//
// The queue is a session that no client can have: its client ID is NUL and the filter. It is a
// member of its group, so that the tree, the store and the outbox treat it like any other that is
// offline.
// @source MQTT 5, 4.8.2; AWS IoT developer guide, "Shared subscriptions"
#include "broker/core.hpp"

#include <algorithm>
#include <vector>

namespace cogniot::broker {
namespace {

constexpr std::string_view shared_prefix = "$share/";

std::string queue_name(std::string_view filter) {
    return std::string(1, '\0').append(filter);
}

} // namespace

session* core::find_queue(std::string_view filter) const {
    auto const found = by_client_id_.find(queue_name(filter));
    return found == by_client_id_.end() ? nullptr : found->second;
}

void core::join_group(session& member, std::string_view filter) {
    if (!filter.starts_with(shared_prefix) || !member.durable || member.is_queue())
        return;
    auto* queue = find_queue(filter);
    if (queue == nullptr) {
        auto made = std::make_unique<session>(++last_session_, queue_name(filter), memory_);
        queue = made.get();
        sessions_[queue->number] = std::move(made);
        by_client_id_[queue->client_id] = queue;
        ++queue_count_;
        queue->durable = true;
        queue->rules = member.rules;
        queue->expiry_seconds = never_expires;
        queue->offline_since = utc_time{};
        keep_session(*queue);
        put_subscription(*queue, filter,
                         {.maximum = mqtt::qos::exactly_once, .retain_as_published = true});
    }
    ++queue->members;
}

void core::leave_group(session const& member, std::string_view filter) {
    if (!filter.starts_with(shared_prefix) || !member.durable || member.is_queue())
        return;
    auto* const queue = find_queue(filter);
    if (queue != nullptr && --queue->members == 0)
        drop(*queue, {});
}

void core::add_group_member(share_group const& group, message_view const& m) {
    // A random member that is online; if none is, the group's queue for QoS 1 and 2.
    auto const is_online = [](subscriber const& s) { return s.who->link != nullptr; };
    auto const online = std::ranges::count_if(group.members, is_online);
    subscriber const* chosen = nullptr;
    if (online > 0) {
        auto skip = online == 1 ? 0 : random_below(random_, static_cast<std::uint64_t>(online));
        for (auto const& s : group.members)
            if (is_online(s) && skip-- == 0) {
                chosen = &s;
                break;
            }
    } else if (m.level != mqtt::qos::at_most_once) {
        auto const queue = std::ranges::find_if(
            group.members, [](subscriber const& s) { return s.who->is_queue(); });
        chosen = queue == group.members.end() ? nullptr : &*queue;
    }
    if (chosen == nullptr)
        return;
    // A copy of its own for each group, beside what the member's other subscriptions bring.
    auto const& options = chosen->options;
    if (options.identifier != 0)
        receiver_identifiers_.emplace_back(receivers_.size(), options.identifier);
    receivers_.push_back({.who = chosen->who,
                          .maximum = options.maximum,
                          .retain_as_published = options.retain_as_published,
                          .group = group.mark});
}

void core::take_from_groups(session& s, utc_time now) {
    if (s.link == nullptr || queue_count_ == 0)
        return;
    auto const window = std::min(s.rules->max_in_flight, s.link->receive_maximum);
    for (auto at = s.subscriptions.lower_bound(shared_prefix);
         at != s.subscriptions.end() && at->first.starts_with(shared_prefix); ++at) {
        auto* const queue = find_queue(at->first);
        auto const& options = at->second;
        while (queue != nullptr && s.out.owed() < window && !out_.is_congested(s.link->from.id)) {
            auto const n = queue->out.next_live();
            if (!n)
                break;
            if (!queue->out.at(*n).what) {
                if (!fetch(*queue, *n))
                    return; // the disk refuses: again with the next occasion
                continue;
            }
            if (auto const pace = s.rules->group_replay_per_second; pace != 0) {
                if (s.groups_again <= now) {
                    s.groups_left = pace;
                    s.groups_again = now + std::chrono::seconds(1);
                }
                s.waits_for_groups = s.groups_left == 0;
                if (s.waits_for_groups)
                    return arm(s, now);
                --s.groups_left;
            }
            auto kept = queue->out.at(*n).what;
            auto const& m = kept->view();
            auto const level = std::min(options.maximum, queue->out.at(*n).level);
            bool const retain = options.retain_as_published && queue->out.at(*n).retain;
            std::vector<std::uint32_t> identifiers;
            if (options.identifier != 0)
                identifiers.push_back(options.identifier);
            if (m.expires > now && level == mqtt::qos::at_most_once) {
                deliver_at_most_once(s, m, retain, identifiers, now);
            } else if (m.expires > now) {
                outgoing entry{
                    .what = {}, .group = group_mark(at->first), .level = level, .retain = retain};
                if (!identifiers.empty())
                    entry.identifiers = std::make_unique<std::vector<std::uint32_t>>(identifiers);
                enqueue(s, m, kept, std::move(entry), now);
            }
            settle(*queue, *n);
        }
    }
}

void core::hand_over(session& s, utc_time now) {
    if (s.is_queue())
        return;
    for (auto n = s.out.first(); n < s.out.last(); ++n) {
        auto& entry = s.out.at(n);
        // What was sent with QoS 2 is that client's alone (MQTT 5, 4.8.2).
        bool const is_its_own =
            entry.level == mqtt::qos::exactly_once && (entry.was_sent || entry.released);
        if (entry.group == 0 || entry.now == outgoing::state::done || is_its_own)
            continue;
        if (!entry.what && !fetch(s, n))
            return;
        if (!entry.what)
            continue;
        auto const found = std::ranges::find_if(s.subscriptions, [&](auto const& one) {
            return one.first.starts_with(shared_prefix) && group_mark(one.first) == entry.group;
        });
        auto const* const group =
            found == s.subscriptions.end() ? nullptr : tree_.find_group(found->first);
        if (group == nullptr)
            continue;
        auto kept = entry.what;
        auto m = kept->view();
        m.level = entry.level;
        collect_receivers(m, false);
        add_group_member(*group, m);
        deliver(m, kept, now);
    }
}

} // namespace cogniot::broker
