// What time brings: CONNECT that never came, keep alive, expiry, redelivery, the pace of a replay,
// delayed wills. Only what is due is looked at.
#include "broker/core.hpp"

#include <algorithm>

namespace cogniot::broker {
namespace {

/// Expired messages are looked for no more often than this: to look costs the length of the queue.
constexpr std::chrono::seconds sweep_pause{10};

} // namespace

std::optional<utc_time> core::next_deadline() const {
    if (restoring_ || !walking_.empty())
        return utc_time{}; // long overdue
    if (timers_.is_empty())
        return {};
    return timers_.next_at();
}

void core::set_back(std::chrono::milliseconds by) {
    timers_.shift(-by);
    for (auto& [id, c] : connections_) {
        c->last_heard -= by;
        c->connected_at -= by;
    }
    for (auto& [number, s] : sessions_) {
        if (s->offline_since) {
            *s->offline_since -= by;
            keep_session(*s);
        }
        if (s->will_at != never)
            s->will_at -= by;
        s->replay_again -= by;
        s->groups_again -= by;
        if (s->sweep_at != never)
            s->sweep_at -= by;
        for (auto n = s->out.first(); n < s->out.last(); ++n)
            s->out.at(n).first_sent -= by;
    }
    for (auto& [id, version] : presence_versions_) {
        if (version.forget_at != never)
            version.forget_at -= by;
        if (version.ended_at)
            *version.ended_at -= by;
    }
    for (auto& [at, id] : presence_to_forget_)
        at -= by;
}

void core::tick(utc_time now) {
    finish_restoring(now);
    walk_on(now);
    hang_up(now);
    while (!timers_.is_empty() && timers_.next_at() <= now) {
        auto& due = timers_.next();
        timers_.cancel(due);
        begin_request();
        switch (due.what) {
        case timer::kind::connection:
            connection_due(*static_cast<connection*>(due.owner), now);
            break;
        case timer::kind::session:
            session_due(*static_cast<session*>(due.owner), now);
            break;
        case timer::kind::retained:
            sweep_retained(now);
            break;
        case timer::kind::direct:
            direct_due(*static_cast<direct_wait*>(due.owner), now);
            break;
        }
        hang_up(now);
    }
}

void core::connection_due(connection& c, utc_time now) {
    if (c.owner == nullptr)
        return end(c, {.details = "no CONNECT in time"}, now);
    // Packets only note when they came; the timer is moved here [MQTT-3.1.2-24].
    auto const deadline = c.last_heard + std::chrono::milliseconds(1500) * c.keep_alive_seconds;
    if (deadline > now)
        return timers_.set(c.due, deadline);
    end(c, {.why = disconnect_reason::keep_alive_timeout, .code = 0x8D}, now);
}

void core::arm(session& s, utc_time now) {
    auto at = never;
    if (s.link == nullptr) {
        at = std::min({s.expires_at(), s.will_at, s.sweep_at});
    } else {
        if (s.rules->replay_per_second != 0 && s.out.has_stored())
            at = std::min(at, s.replay_again);
        if (s.waits_for_groups)
            at = std::min(at, s.groups_again);
        if (s.rules->retransmit_after.count() > 0 && s.out.in_flight() > 0)
            at = std::min(at, now + s.rules->retransmit_after);
    }
    if (at == never)
        timers_.cancel(s.due);
    else
        timers_.set(s.due, at);
}

void core::session_due(session& s, utc_time now) {
    if (s.link == nullptr) {
        if (s.will_at <= now) {
            auto const will = std::move(s.delayed_will);
            s.will_at = never;
            keep_will(s, nullptr);
            publish_will(nullptr, s, *will, now);
        }
        if (s.expires_at() <= now)
            return drop(s, now);
        if (s.sweep_at <= now)
            sweep(s, now);
        return arm(s, now);
    }
    if (s.replay_again <= now) {
        s.replay_left = s.rules->replay_per_second;
        s.replay_again = now + std::chrono::seconds(1);
    }
    if (s.rules->retransmit_after.count() > 0)
        retransmit(s, now);
    pump(s, now);
    if (s.waits_for_groups && s.groups_again <= now) {
        s.waits_for_groups = false;
        take_from_groups(s, now);
    }
    arm(s, now);
}

void core::retransmit(session& s, utc_time now) {
    auto const& rules = *s.rules;
    auto const until =
        s.level == mqtt::version::v5 ? rules.retransmit_until_v5 : rules.retransmit_until_v3;
    auto left = s.out.in_flight();
    for (auto n = s.out.first(); left > 0 && n < s.out.last(); n = std::max(n + 1, s.out.first())) {
        auto const& entry = s.out.at(n);
        if (entry.now != outgoing::state::sent)
            continue;
        --left;
        if (entry.direct)
            continue; // it has a timer of its own
        if (until.count() > 0 && entry.first_sent + until <= now)
            settle(s, n);
        else if (entry.last_sent() + rules.retransmit_after <= now)
            send_one(s, n, now);
    }
}

void core::sweep_later(session& s, utc_time expires, utc_time now) {
    auto const at = std::max(expires, now + sweep_pause);
    if (at >= s.sweep_at)
        return;
    s.sweep_at = at;
    arm(s, now);
}

void core::sweep(session& s, utc_time now) {
    auto const second = epoch_seconds(now);
    auto earliest = never;
    for (auto n = s.out.first(); n < s.out.last(); n = std::max(n + 1, s.out.first())) {
        auto const& entry = s.out.at(n);
        if (entry.now != outgoing::state::waiting || entry.was_sent || entry.expires_seconds == 0)
            continue;
        if (entry.expires_seconds <= second)
            settle(s, n);
        else
            earliest = std::min(earliest, utc_time(std::chrono::seconds(entry.expires_seconds)));
    }
    s.sweep_at = earliest == never ? never : std::max(earliest, now + sweep_pause);
}

void core::sweep_retained_later(utc_time expires, utc_time now) {
    if (expires == never)
        return;
    auto const at = std::max(expires, now + sweep_pause);
    if (!retained_due_.is_set() || at < timers_.at(retained_due_))
        timers_.set(retained_due_, at);
}

void core::sweep_retained(utc_time now) {
    auto const found = retained_.find_expired(now);
    for (auto const& topic : found.topics) {
        retained_.erase(topic);
        keep(durable::forget_retained(topic));
    }
    sweep_retained_later(found.next, now);
}

void core::forget_presence_version(session const& s, utc_time now) {
    auto const found = presence_versions_.find(s.client_id);
    if (found == presence_versions_.end())
        return;
    found->second.forget_at =
        now + std::max(std::chrono::seconds(3600),
                       std::chrono::seconds(std::min(s.expiry_seconds, 604'800u)));
    presence_to_forget_.emplace_back(found->second.forget_at, s.client_id);
}

void core::forget_presence_versions(utc_time now) {
    while (!presence_to_forget_.empty() && presence_to_forget_.front().first <= now) {
        auto const id = std::move(presence_to_forget_.front().second);
        presence_to_forget_.pop_front();
        if (auto const found = presence_versions_.find(id);
            found != presence_versions_.end() && found->second.forget_at <= now)
            presence_versions_.erase(found);
    }
}

} // namespace cogniot::broker
