// What time brings: CONNECT that never came, keep alive, expiry, redelivery, the pace of a replay,
// delayed wills. Only what is due is looked at.
#include "broker/core.hpp"

#include <algorithm>

namespace cogniot::broker {

std::optional<utc_time> core::next_deadline() const {
    if (restoring_)
        return utc_time{}; // long overdue: the records wait to be put together
    if (timers_.is_empty())
        return {};
    return timers_.next_at();
}

void core::tick(utc_time now) {
    finish_restoring(now);
    while (!timers_.is_empty() && timers_.next_at() <= now) {
        auto& due = timers_.next();
        timers_.cancel(due);
        ++request_;
        if (due.what == timer::kind::connection)
            connection_due(*static_cast<connection*>(due.owner), now);
        else
            session_due(*static_cast<session*>(due.owner), now);
        hang_up_denied(now);
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
        at = std::min(s.expires_at(), s.will_at);
    } else {
        if (s.rules->replay_per_second != 0 && s.out.has_stored())
            at = std::min(at, s.replay_again);
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
            publish_will(nullptr, s, *will, now);
        }
        if (s.expires_at() <= now)
            return drop(s);
        return arm(s, now);
    }
    if (s.replay_again <= now) {
        s.replay_left = s.rules->replay_per_second;
        s.replay_again = now + std::chrono::seconds(1);
    }
    if (s.rules->retransmit_after.count() > 0)
        retransmit(s, now);
    pump(s, now);
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
        if (until.count() > 0 && entry.first_sent + until <= now)
            settle(s, n);
        else if (entry.last_sent + rules.retransmit_after <= now)
            send_one(s, n, now);
    }
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
