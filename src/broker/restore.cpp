// Records back into sessions at start. They come in any order; the pieces are put together by the
// first event.
#include "broker/core.hpp"

#include <algorithm>
#include <map>

namespace cogniot::broker {

struct core::restoring {
    struct subscription {
        std::string filter;
        subscription_options options;
    };
    struct queued {
        durable::queued_record what;
        message_ref message; // unless it is shared or released
    };
    std::unordered_map<std::uint32_t, std::vector<subscription>> subscriptions;
    std::unordered_map<std::uint32_t, std::vector<queued>> queues;
    std::unordered_map<std::uint32_t, std::vector<mqtt::packet_id>> received;
    std::unordered_map<std::uint64_t, message_ref> shared;
};

void core::restoring_deleter::operator()(restoring* r) const {
    delete r;
}

bool core::restore(std::string_view kind, std::string_view key, std::string_view value) {
    if (!restoring_)
        restoring_.reset(new restoring);
    if (kind == "session")
        return restore_session(key, value);
    if (kind == "subscription")
        return restore_subscription(key, value);
    if (kind == "queued")
        return restore_queued(key, value);
    if (kind == "message")
        return restore_shared(key, value);
    if (kind == "retained")
        return restore_retained(value);
    if (kind == "received")
        return restore_received(key);
    return false;
}

bool core::restore_session(std::string_view client_id, std::string_view value) {
    auto const r = durable::parse_session(value);
    if (!r || sessions_.count(r->number) != 0)
        return false;
    auto made = std::make_unique<session>(r->number, client_id, memory_);
    auto& s = *made;
    s.durable = true;
    s.level = static_cast<mqtt::version>(r->version);
    s.rules = r->aws ? &aws_profile() : &standard_profile();
    s.expiry_seconds = r->expiry_seconds;
    s.offline_since = r->offline_since;
    last_session_ = std::max(last_session_, s.number);
    sessions_[s.number] = std::move(made);
    by_client_id_[s.client_id] = &s;
    return true;
}

bool core::restore_subscription(std::string_view key, std::string_view value) {
    auto r = durable::parse_subscription(key, value);
    if (!r || !mqtt::check_filter(r->filter))
        return false;
    restoring_->subscriptions[r->session].push_back({std::move(r->filter), r->options});
    return true;
}

bool core::restore_queued(std::string_view key, std::string_view value) {
    auto r = durable::parse_queued(key, value);
    if (!r)
        return false;
    restoring::queued q{.what = std::move(*r), .message = {}};
    if (q.what.shared == 0 && !q.what.released) {
        q.what.what.serial = ++last_serial_;
        q.message = message::make(q.what.what, memory_);
    }
    q.what.what = {};
    restoring_->queues[q.what.session].push_back(std::move(q));
    return true;
}

bool core::restore_shared(std::string_view key, std::string_view value) {
    auto const number = durable::parse_shared_key(key);
    auto m = durable::parse_message(value);
    if (!number || !m)
        return false;
    m->serial = ++last_serial_;
    auto made = message::make(*m, memory_);
    made->durable_number = *number;
    last_shared_ = std::max(last_shared_, *number);
    restoring_->shared[*number] = std::move(made);
    return true;
}

bool core::restore_retained(std::string_view value) {
    auto r = durable::parse_retained(value);
    if (!r)
        return false;
    r->what.serial = ++last_serial_;
    retained_.put({.what = message::make(r->what, memory_), .stored_at = r->stored_at});
    return true;
}

bool core::restore_received(std::string_view key) {
    auto const r = durable::parse_received(key);
    if (!r)
        return false;
    restoring_->received[r->first].push_back(r->second);
    return true;
}

void core::finish_restoring(utc_time now) {
    if (!restoring_)
        return;
    auto const all = std::move(restoring_);
    for (auto& [number, owned] : sessions_) {
        auto& s = *owned;
        for (auto const& [filter, options] : all->subscriptions[number]) {
            s.subscriptions.emplace(filter, options);
            join_tree(s, filter, options);
        }
        auto& queue = all->queues[number];
        std::sort(queue.begin(), queue.end(),
                  [](auto const& a, auto const& b) { return a.what.number < b.what.number; });
        for (auto& q : queue) {
            if (!s.out.is_empty() && q.what.number - s.out.last() > outbox::max_span)
                continue; // no such gap was ever written
            auto message = q.message;
            if (q.what.shared != 0) {
                auto const found = all->shared.find(q.what.shared);
                if (found == all->shared.end())
                    continue;
                message = found->second;
                ++message->durable_uses;
            }
            s.out.skip_to(q.what.number);
            outgoing entry{.what = message,
                           .level = q.what.level,
                           .retain = q.what.retain,
                           .released = q.what.released,
                           .durable = true};
            if (!q.what.identifiers.empty())
                entry.identifiers =
                    std::make_unique<std::vector<std::uint32_t>>(std::move(q.what.identifiers));
            s.out.push(std::move(entry));
            memory_.held += sizeof(outgoing);
        }
        s.received = std::move(all->received[number]);
        std::sort(s.received.begin(), s.received.end());
        if (!s.offline_since) {
            // It was connected when the process ended: the expiry starts now.
            s.offline_since = now;
            keep_session(s);
        }
        arm(s, now);
    }
    for (auto const& [number, message] : all->shared)
        if (message->durable_uses == 0) {
            keep(durable::forget_shared(number));
            message->durable_number = 0;
        }
}

} // namespace cogniot::broker
