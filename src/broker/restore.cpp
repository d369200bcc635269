// Records back into sessions at start. They come in any order; the pieces are put together by the
// first event.
#include "base/text.hpp"
#include "broker/advice.hpp"
#include "broker/core.hpp"

#include <algorithm>
#include <iterator>

namespace cogniot::broker {

struct core::restoring {
    struct subscription {
        std::string filter;
        subscription_options options;
    };
    struct queued {
        durable::queued_record what;
        message_ref message; // unless it is shared, released, or better left in the store
        utc_time expires = never;
    };
    std::unordered_map<std::uint32_t, std::vector<subscription>> subscriptions;
    std::unordered_map<std::uint32_t, std::vector<queued>> queues;
    std::unordered_map<std::uint32_t, std::vector<mqtt::packet_id>> received;
    std::unordered_map<std::uint64_t, message_ref> shared;
    std::unordered_map<std::uint32_t, std::unique_ptr<stored_will>> wills;
    /// Connections that the last process still had, as far as they are known.
    struct lost_connection {
        std::string session_identifier, principal_identifier;
    };
    std::unordered_map<std::uint32_t, lost_connection> lost;
};

namespace {

/// Who was connected when the last process ended.
class lost_principal final : public principal {
  public:
    explicit lost_principal(std::string identifier) : identifier_(std::move(identifier)) {}
    std::string_view identifier() const override { return identifier_; }

  private:
    std::string identifier_;
};

} // namespace

void core::restoring_deleter::operator()(restoring* r) const {
    delete r;
}

result<bool> core::restore(std::string_view kind, std::string_view key, std::string_view value) {
    struct row {
        std::string_view kind;
        /// Answers whether the record could be read.
        bool (core::*take)(std::string_view key, std::string_view value);
    };
    static constexpr row rows[] = {
        {"session", &core::restore_session},   {"subscription", &core::restore_subscription},
        {"queued", &core::restore_queued},     {"message", &core::restore_shared},
        {"retained", &core::restore_retained}, {"received", &core::restore_received},
        {"will", &core::restore_will},
    };
    auto const* const found = std::ranges::find(rows, kind, &row::kind);
    if (found == std::end(rows))
        return false;
    if (!restoring_)
        restoring_.reset(new restoring);
    if (!(this->*found->take)(key, value))
        return fail(errc::record_not_readable,
                    "record " + std::string(kind) + " `" + printable(key, 200) + "`");
    return true;
}

bool core::restore_session(std::string_view client_id, std::string_view value) {
    auto const r = durable::parse_session(value);
    if (!r || sessions_.count(r->number) != 0)
        return false;
    auto made = std::make_unique<session>(r->number, client_id, memory_);
    auto& s = *made;
    s.durable = true;
    s.level = static_cast<mqtt::version>(r->version);
    s.rules = r->aws ? &aws_ : &standard_profile();
    s.expiry_seconds = r->expiry_seconds;
    s.offline_since = r->offline_since;
    s.out.set_sent_end(r->sent);
    s.presence_version = r->presence_version;
    if (!r->offline_since && !s.is_queue())
        restoring_->lost[s.number] = {r->session_identifier, r->principal_identifier};
    last_session_ = std::max(last_session_, s.number);
    queue_count_ += s.is_queue() ? 1 : 0;
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
    q.expires = q.what.what.expires;
    if (q.what.shared == 0 && !q.what.released && !memory_.is_tight()) {
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

bool core::restore_retained(std::string_view, std::string_view value) {
    auto r = durable::parse_retained(value);
    if (!r)
        return false;
    r->what.serial = ++last_serial_;
    retained_.put({.what = message::make(r->what, memory_), .stored_at = r->stored_at});
    return true;
}

bool core::restore_received(std::string_view key, std::string_view) {
    auto const r = durable::parse_received(key);
    if (!r)
        return false;
    restoring_->received[r->first].push_back(r->second);
    return true;
}

bool core::restore_will(std::string_view key, std::string_view value) {
    auto const r = durable::parse_will(key, value);
    if (!r)
        return false;
    auto const& [number, w] = *r;
    restoring_->wills[number] = std::make_unique<stored_will>(stored_will{
        .topic = std::string(w.what.topic),
        .payload = std::string(w.what.payload),
        .properties = std::string(w.what.properties),
        .level = w.what.level,
        .retain = w.what.retain,
        .expiry_seconds = w.expiry_seconds,
        .delay_seconds = w.delay_seconds,
        .counted = held_share(memory_, sizeof(stored_will) + w.what.topic.size() +
                                           w.what.payload.size() + w.what.properties.size())});
    return true;
}

void core::requeue(session& s, restoring& all) {
    auto const found = all.queues.find(s.number);
    if (found == all.queues.end())
        return;
    auto& queue = found->second;
    std::ranges::sort(queue, {}, [](auto const& q) { return q.what.number; });
    for (auto& q : queue) {
        auto message = q.message;
        if (q.what.shared != 0)
            if (auto const shared = all.shared.find(q.what.shared); shared != all.shared.end())
                message = shared->second;
        // Neither a message that is gone nor such a gap was ever written.
        bool const is_far = !s.out.is_empty() && q.what.number - s.out.last() > outbox::max_span;
        if (is_far || (!message && q.what.shared != 0)) {
            keep(durable::forget_queued(s.number, q.what.number));
            continue;
        }
        if (message && q.what.shared != 0)
            ++message->durable_uses;
        s.out.skip_to(q.what.number);
        if (message)
            q.expires = message->view().expires;
        outgoing entry{.what = message,
                       .level = q.what.level,
                       .retain = q.what.retain,
                       .released = q.what.released,
                       .durable = true};
        if (!q.what.identifiers.empty())
            entry.identifiers =
                std::make_unique<std::vector<std::uint32_t>>(std::move(q.what.identifiers));
        entry.set_expires(q.expires);
        if (q.expires != never)
            s.sweep_at = std::min(s.sweep_at, q.expires);
        s.out.push(std::move(entry));
        memory_.held += sizeof(outgoing);
        s.queued_bytes += sizeof(outgoing) + (message ? cost_of(message->view()) : 0);
    }
}

void core::forget_orphans(restoring const& all) {
    auto const is_orphan = [this](std::uint32_t number) { return !sessions_.contains(number); };
    for (auto const& [number, list] : all.subscriptions)
        if (is_orphan(number))
            for (auto const& one : list)
                keep(durable::forget_subscription(number, one.filter));
    for (auto const& [number, list] : all.queues)
        if (is_orphan(number))
            for (auto const& one : list)
                keep(durable::forget_queued(number, one.what.number));
    for (auto const& [number, list] : all.received)
        if (is_orphan(number))
            for (auto const id : list)
                keep(durable::forget_received(number, id));
    for (auto const& [number, will] : all.wills)
        if (is_orphan(number))
            keep(durable::forget_will(number));
    for (auto const& [number, message] : all.shared)
        if (message->durable_uses == 0) {
            keep(durable::forget_shared(number));
            message->durable_number = 0;
        }
}

void core::mark_perhaps_sent(session& s, bool was_connected) {
    // A kill tells nobody how far the deliveries had come: as far as the window goes.
    std::size_t in_flight = was_connected ? s.rules->max_in_flight : 0;
    for (auto n = s.out.first(); n < s.out.last(); ++n) {
        auto& entry = s.out.at(n);
        if (entry.now == outgoing::state::done)
            continue;
        bool const is_in_window = in_flight > 0;
        if (!is_in_window && n >= s.out.sent_end())
            break;
        in_flight -= is_in_window ? 1 : 0;
        entry.was_sent = true;
    }
}

void core::finish_restoring(utc_time now) {
    if (!restoring_)
        return;
    auto const all = std::move(restoring_);
    // A group of an older version gets its queue here, so that there may be more of them than now.
    std::vector<session*> restored;
    for (auto const& [number, owned] : sessions_)
        restored.push_back(owned.get());
    for (auto* const one : restored) {
        auto& s = *one;
        auto const number = s.number;
        for (auto const& [filter, options] : all->subscriptions[number]) {
            s.subscriptions.emplace(filter, options);
            join_tree(s, filter, options);
        }
        requeue(s, *all);
        s.received = std::move(all->received[number]);
        std::sort(s.received.begin(), s.received.end());
        bool const was_connected = !s.offline_since;
        if (was_connected)
            s.offline_since = now; // the expiry starts now
        if (auto const will = all->wills.find(number); will != all->wills.end()) {
            s.has_will_record = true;
            s.delayed_will = std::move(will->second);
            s.will_at =
                *s.offline_since +
                std::chrono::seconds(std::min(s.delayed_will->delay_seconds, s.expiry_seconds));
        }
        mark_perhaps_sent(s, was_connected);
        if (s.presence_version) {
            auto& last = presence_versions_[s.client_id];
            last.next = *s.presence_version + 1;
            last.ended_at = s.offline_since;
            if (was_connected)
                last.reason = disconnect_reason::server_error;
            forget_presence_version(s, now);
        }
        if (was_connected)
            keep_session(s);
        arm(s, now);
    }
    for (auto* const one : restored)
        if (one->is_queue() && one->members == 0)
            drop(*one, now);
    // When all sessions are there to hear of it.
    for (auto const& [number, one] : all->lost)
        tell_lost(*sessions_.at(number), one.session_identifier, one.principal_identifier, now);
    forget_orphans(*all);
    sweep_retained(now);
}

void core::tell_lost(session const& s, std::string const& session_identifier,
                     std::string const& principal_identifier, utc_time now) {
    constexpr auto why = disconnect_reason::server_error;
    begin_request();
    peer from{.rules = s.rules};
    if (!principal_identifier.empty())
        from.who = std::make_shared<lost_principal>(principal_identifier);
    out_.log({.event_type = "Disconnect",
              .from = from,
              .client_id = s.client_id,
              .disconnect_reason = print(why),
              .explanation = advice::killed(),
              .request = request_});
    if (s.presence_version)
        tell(make_disconnected({.client_id = s.client_id,
                                .session_identifier = session_identifier,
                                .principal_identifier = principal_identifier,
                                .at = now},
                               why, false, *s.presence_version),
             now);
}

} // namespace cogniot::broker
