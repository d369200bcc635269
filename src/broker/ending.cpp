// How connections and sessions end, and what is told about it.
#include "broker/advice.hpp"
#include "broker/core.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::broker {

void core::on(connection& c, mqtt::pingreq const&, utc_time) {
    out_.send(c.from.id, {"\xd0\x00", 2});
    out_.log({.event_type = "Ping",
              .from = c.from,
              .client_id = c.owner->client_id,
              .request = request_});
}

void core::on(connection& c, mqtt::auth const&, utc_time now) {
    end(c,
        {.code = 0x82,
         .log_reason = "CLIENT_ERROR",
         .details = "AUTH without enhanced authentication [MQTT-4.12.0-1]"},
        now);
}

void core::on(connection& c, mqtt::disconnect const& p, utc_time now) {
    auto& s = *c.owner;
    if (p.props.session_expiry_interval) {
        auto const wanted =
            std::min(*p.props.session_expiry_interval, c.from.rules->session_expiry_seconds);
        if (s.expiry_seconds == 0 && wanted != 0)
            return end(c,
                       {.code = 0x82,
                        .log_reason = "CLIENT_ERROR",
                        .details = "DISCONNECT raises a session expiry of 0 (MQTT 5, 3.14.2.2.2)"},
                       now);
        s.expiry_seconds = wanted;
    }
    // Reason 0x00 discards the will [MQTT-3.14.4-3], 0x04 asks for it (MQTT 5, 3.14.2.1).
    end(c,
        {.why = disconnect_reason::client_initiated,
         .client_initiated = true,
         .with_will = p.code == 0x04 || (p.code != 0 && c.from.rules->will_after_errors)},
        now);
}

void core::closed(connection_id id, close_cause cause, std::string_view detail, utc_time now) {
    auto* const c = find(id);
    if (c == nullptr)
        return;
    begin_request();
    ending e{.log_reason = "CLIENT_ERROR", .details = detail};
    std::string explanation;
    switch (cause) {
    case close_cause::lost:
        e = {.why = disconnect_reason::connection_lost, .close = false};
        break;
    case close_cause::websocket_closed:
        // (unconfirmed) the mapping of a Close frame without DISCONNECT.
        e = {.why = disconnect_reason::client_initiated,
             .client_initiated = c->from.rules->websocket_close_is_client_initiated,
             .with_will = false,
             .close = false};
        break;
    case close_cause::keep_alive:
        e = {.why = disconnect_reason::keep_alive_timeout, .code = 0x8D};
        break;
    case close_cause::malformed:
        e.code = 0x81;
        break;
    case close_cause::protocol_error:
        e.code = 0x82;
        break;
    case close_cause::too_large:
        e.code = 0x95;
        explanation = advice::packet(detail, *c->from.rules);
        break;
    case close_cause::unsupported_version:
        // [MQTT-3.1.2-2]; AWS is said to hang up (unconfirmed).
        if (c->owner == nullptr && c->from.rules->connack_codes_311)
            send(*c, mqtt::connack{.code = 1});
        break;
    case close_cause::not_authenticated:
        e = {.why = disconnect_reason::auth_error,
             .code = 0x87,
             .log_reason = "NOT_AUTHENTICATED",
             .details = detail};
        break;
    case close_cause::server_shutdown:
        e = {.why = disconnect_reason::server_initiated, .code = 0x8B};
        break;
    case close_cause::websocket_expired:
        e = {.why = disconnect_reason::websocket_ttl_expiration, .code = 0x8B};
        explanation = advice::websocket_expired(detail);
        break;
    case close_cause::taken_over:
        e = {.why = disconnect_reason::duplicate_client_id,
             .code = 0x8E,
             .log_reason = "DUPLICATE_CLIENT_ID",
             .details = "A new connection was established with the same client ID"};
        break;
    case close_cause::server_error:
        e = {.why = disconnect_reason::server_error, .code = 0x80};
        break;
    case close_cause::throttled:
        e = {.why = disconnect_reason::throttled,
             .code = 0x97,
             .log_reason = "THROTTLED",
             .details = detail};
        break;
    case close_cause::forbidden:
        e = {.why = disconnect_reason::forbidden_access,
             .code = 0x87,
             .log_reason = "AUTHORIZATION_FAILURE",
             .details = "Authorization Failure"};
        break;
    case close_cause::authorizer_expired:
        e = {.why = disconnect_reason::custom_auth_ttl_expiration, .code = 0x8B};
        break;
    }
    e.explanation = explanation;
    if (c->owner == nullptr && !e.log_reason.empty())
        out_.log({.event_type = "Connect",
                  .success = false,
                  .from = c->from,
                  .reason = e.log_reason,
                  .details = e.details,
                  .explanation = e.explanation,
                  .request = request_});
    end(*c, e, now);
}

void core::end(connection& c, ending const& e, utc_time now) {
    auto const id = c.from.id;
    timers_.cancel(c.due);
    if (e.code != 0 && c.owner != nullptr && c.level == mqtt::version::v5)
        send(c, mqtt::disconnect{.code = e.code});
    if (e.close)
        out_.close(id);
    auto node = connections_.extract(static_cast<std::uint64_t>(id));
    if (c.owner != nullptr)
        detach(*c.owner, std::move(node.mapped()), e, now);
}

void core::detach(session& s, std::unique_ptr<connection> c, ending const& e, utc_time now) {
    out_.log({.event_type = "Disconnect",
              .success = e.log_reason.empty(),
              .from = c->from,
              .client_id = s.client_id,
              .reason = e.log_reason,
              .details = e.details,
              .disconnect_reason = print(e.why),
              .explanation = e.explanation,
              .request = request_});
    end_directs(s);
    s.link = nullptr;
    s.out.went_offline();
    auto const client_id = s.client_id;
    forget_presence_version(s, now);
    if (auto const found = presence_versions_.find(client_id); found != presence_versions_.end()) {
        found->second.ended_at = now;
        found->second.reason = e.why;
    }
    auto will = e.with_will ? std::move(c->last_will) : nullptr;
    auto const version = s.presence_version; // the session may be gone when it is told
    if (s.expiry_seconds == 0) {
        // The will is the last thing that the session does.
        if (will)
            publish_will(c.get(), s, *will, now);
        drop(s, now);
    } else {
        s.offline_since = now;
        keep_session(s);
        if (will && will->delay_seconds > 0) {
            s.will_at = now + std::chrono::seconds(std::min(will->delay_seconds, s.expiry_seconds));
            s.delayed_will = std::exchange(will, nullptr);
        }
        if (!s.delayed_will)
            keep_will(s, nullptr);
        arm(s, now);
        if (will)
            publish_will(c.get(), s, *will, now);
    }
    if (version)
        tell(make_disconnected(facts_of(*c, client_id, now), e.why, e.client_initiated, *version),
             now);
}

void core::drop(session& s, utc_time now) {
    timers_.cancel(s.due);
    for (auto const& [filter, options] : s.subscriptions)
        leave_tree(s, filter);
    hand_over(s, now);
    // However long its queue is: the store is told in a few words.
    if (s.durable)
        for (auto& one : durable::forget_all_of(s.number))
            keep(std::move(one));
    for (auto n = s.out.first(); n < s.out.last(); ++n)
        forget_message(s, s.out.at(n));
    memory_.held -= s.out.owed() * sizeof(outgoing);
    if (s.durable)
        keep(durable::forget_session(s.client_id));
    queue_count_ -= s.is_queue() ? 1 : 0;
    by_client_id_.erase(s.client_id);
    sessions_.erase(s.number);
}

} // namespace cogniot::broker
