// To one session: at once, or through its outbox. Every delivery is authorised when it is sent.
#include "broker/advice.hpp"
#include "broker/core.hpp"

#include <algorithm>

namespace cogniot::broker {
namespace {

peer const nobody{};

} // namespace

void core::log_delivery(session const& s, message_view const& m, std::string_view event_type,
                        std::string_view failure, std::string_view details,
                        std::string_view because, std::string_view explanation) {
    out_.log({.event_type = event_type,
              .success = failure.empty() && details.empty(),
              .from = s.link != nullptr && event_type != "Queued" ? s.link->from : nobody,
              .client_id = std::string_view(s.client_id).substr(s.is_queue() ? 1 : 0),
              .topic = m.topic,
              .reason = failure,
              .details = details,
              .because = because,
              .explanation = explanation,
              .request = request_,
              .level = m.level});
}

bool core::may_receive(session& s, message_view const& m) {
    auto const answer = may_.receive(s.link->from, s.client_id, m.topic);
    if (answer.allowed)
        return true;
    log_delivery(s, m, "Publish-Out", "AUTHORIZATION_FAILURE", "Authorization Failure",
                 answer.because);
    if (s.rules->receive_denied_action == profile::receive_denied::close)
        to_end_.emplace_back(s.link->from.id, ending{.why = disconnect_reason::auth_error,
                                                     .code = 0x87,
                                                     .log_reason = "AUTHORIZATION_FAILURE",
                                                     .details = "Authorization Failure"});
    return false;
}

bool core::count_delivery(session& s, message_view const& m, std::string_view event_type,
                          utc_time now) {
    auto const of_client = s.rules->publishes_per_second;
    bool const client_may = s.messages.take(of_client, now);
    auto const of_all = s.rules->account_deliveries_per_second;
    bool const all_may = taken_.deliveries.take(of_all, now);
    if (client_may && all_may)
        return true;
    // One line a second tells it; the others would tell the same.
    if (client_may ? taken_.deliveries.is_first_beyond(of_all)
                   : s.messages.is_first_beyond(of_client))
        log_delivery(s, m, event_type, "THROTTLED", "Publish rate exceeded", {},
                     client_may ? advice::account_rate("account_deliveries_per_second")
                                : advice::received_too_fast(*s.rules));
    return false;
}

void core::hang_up(utc_time now) {
    while (!to_end_.empty()) {
        auto const [id, why] = to_end_.back();
        to_end_.pop_back();
        if (auto* const c = find(id))
            end(*c, why, now);
    }
}

void core::deliver_at_most_once(session& s, message_view const& m, bool retain,
                                std::span<std::uint32_t const> identifiers, utc_time now) {
    if (s.link == nullptr)
        return; // QoS 0 is never stored
    auto& c = *s.link;
    if (out_.is_congested(c.from.id) || !may_receive(s, m) ||
        !count_delivery(s, m, "Publish-Out", now))
        return;
    auto const bytes = encoder_.encode(
        m, {.is_v5 = c.level == mqtt::version::v5, .retain = retain, .identifiers = identifiers},
        now);
    if (bytes.size() > c.max_packet_bytes)
        return; // [MQTT-3.1.2-25]
    out_.send(c.from.id, bytes);
    log_delivery(s, m, "Publish-Out");
}

bool core::holds_in_memory(session const& s) const {
    if (!s.durable || !memory_.is_tight() || !out_.can_read_back())
        return true;
    return s.link != nullptr &&
           s.out.owed() < std::min(s.rules->max_in_flight, s.link->receive_maximum);
}

std::size_t core::fair_share() const {
    return memory_.maximum / (memory_.is_tight() ? 128 : 4);
}

void core::enqueue(session& s, message_view const& m, message_ref& kept, outgoing entry,
                   utc_time now) {
    bool const is_offline = s.link == nullptr;
    if (s.durable) {
        auto const limit =
            s.is_queue() ? s.rules->max_group_queued_messages : s.rules->max_queued_messages;
        auto const waiting = s.out.owed() - s.out.in_flight();
        if (limit != 0 && waiting >= limit)
            return log_delivery(s, m, "Queued", {}, "Throttled while queueing offline message");
    }
    if (is_offline && !taken_.queued.take(s.rules->queued_per_second, now))
        return log_delivery(s, m, "Queued", {}, "Throttled while queueing offline message");
    if (!is_offline && !may_receive(s, m))
        return;
    if (is_offline && !s.is_queue() && !count_delivery(s, m, "Queued", now))
        return;
    bool const is_held = holds_in_memory(s);
    auto const bytes = sizeof(outgoing) + (is_held ? cost_of(m) : 0);
    if (!s.durable && !s.out.is_empty() && s.queued_bytes + bytes > fair_share()) {
        to_end_.emplace_back(
            s.link->from.id,
            ending{.code = 0x97,
                   .log_reason = "CLIENT_ERROR",
                   .details = "the client acknowledges too slowly what it is sent"});
        return;
    }
    if (!memory_.has_room(kept ? sizeof(outgoing) : bytes))
        return log_delivery(s, m, "Queued", {}, "Server Error");
    if (is_held && !kept)
        kept = message::make(m, memory_);
    if (is_held)
        entry.what = kept;
    entry.set_expires(m.expires);
    entry.durable = s.durable;
    memory_.held += sizeof(outgoing);
    s.queued_bytes += bytes;
    auto const n = s.out.push(std::move(entry));
    if (auto& added = s.out.at(n); added.durable) {
        if (added.what && added.what->durable_number != 0)
            ++added.what->durable_uses;
        keep_queued(s, n, added, m);
        if (!added.what)
            added.identifiers.reset(); // they come back with the message
    }
    if (is_offline) {
        log_delivery(s, m, "Queued");
        if (m.expires != never)
            sweep_later(s, m.expires, now);
    } else {
        pump(s, now, n);
    }
}

bool core::fetch(session& s, outbox::number n) {
    // So much at once that a long queue costs few readings.
    constexpr std::size_t stretch_bytes = 256 * 1024;
    std::size_t left = stretch_bytes;
    bool found = false;
    bool const done = out_.read_back(
        durable::queued_kind, durable::queued_key(s.number, n),
        durable::queued_key(s.number, std::min(s.out.last(), n + 1000)),
        [&](std::string_view key, std::string_view value) {
            auto r = durable::parse_queued(key, value);
            if (!r || r->number < n || r->number >= s.out.last())
                return true;
            auto& entry = s.out.at(r->number);
            if (entry.what || r->shared != 0 || entry.now != outgoing::state::waiting)
                return true;
            found |= r->number == n;
            auto const bytes = cost_of(r->what);
            if (r->number != n && !memory_.has_room(bytes))
                return false; // the first one always finds its place: the queue must go on
            r->what.serial = ++last_serial_;
            entry.what = message::make(r->what, memory_);
            if (!r->identifiers.empty())
                entry.identifiers =
                    std::make_unique<std::vector<std::uint32_t>>(std::move(r->identifiers));
            s.queued_bytes += bytes;
            left -= std::min(left, bytes);
            return left > 0;
        });
    if (done && !found)
        settle(s, n); // it is not there any more
    return done;
}

void core::keep_queued(session& s, outbox::number n, outgoing const& entry,
                       message_view const& what) {
    durable::queued_record r{.session = s.number,
                             .number = n,
                             .level = entry.level,
                             .retain = entry.retain,
                             .released = entry.released};
    if (!entry.released) {
        r.what = what;
        r.shared = entry.what ? entry.what->durable_number : 0;
        if (entry.identifiers)
            r.identifiers = *entry.identifiers;
    }
    keep(durable::print_queued(r));
}

void core::forget_message(session& s, outgoing& entry) {
    if (!entry.what)
        return;
    s.queued_bytes -= cost_of(entry.what->view());
    if (entry.durable && entry.what->durable_number != 0 && --entry.what->durable_uses == 0) {
        keep(durable::forget_shared(entry.what->durable_number));
        entry.what->durable_number = 0;
    }
    entry.what = {};
}

void core::release(session& s, outbox::number n) {
    auto& entry = s.out.at(n);
    entry.released = true;
    forget_message(s, entry);
    if (entry.durable)
        keep_queued(s, n, entry, {});
}

void core::settle(session& s, outbox::number n) {
    auto& entry = s.out.at(n);
    if (entry.now == outgoing::state::done)
        return;
    if (entry.direct)
        end_direct(s, n, direct_fault::not_confirmed);
    if (entry.durable)
        keep(durable::forget_queued(s.number, n));
    forget_message(s, entry);
    s.queued_bytes -= sizeof(outgoing);
    memory_.held -= sizeof(outgoing);
    s.out.finish(n);
}

void core::pump(session& s, utc_time now, std::optional<outbox::number> allowed) {
    if (s.link == nullptr)
        return;
    auto const window = std::min(s.rules->max_in_flight, s.link->receive_maximum);
    bool const paced = s.rules->replay_per_second != 0;
    while (s.out.in_flight() < window && !out_.is_congested(s.link->from.id)) {
        auto const stored =
            !paced || s.replay_left > 0 ? s.out.next_stored() : std::optional<outbox::number>{};
        auto const n = stored ? stored : s.out.next_live();
        if (!n)
            break;
        auto const& entry = s.out.at(*n);
        if (!entry.what && !entry.released) {
            if (!fetch(s, *n))
                break; // the disk refuses: again with the next occasion
            continue;
        }
        if (send_one(s, *n, now, allowed) && stored && paced)
            --s.replay_left;
    }
    if (!s.due.is_set() && (s.out.in_flight() > 0 || (paced && s.out.has_stored())))
        arm(s, now);
}

/// Answers whether something went out.
bool core::send_one(session& s, outbox::number n, utc_time now,
                    std::optional<outbox::number> allowed) {
    auto& c = *s.link;
    auto& entry = s.out.at(n);
    auto const id = outbox::id_of(n);
    if (entry.released) {
        s.out.mark_sent(n, now);
        send_ack(c, mqtt::ack_type::pubrel, id, 0);
        return true;
    }
    auto const& m = entry.what->view();
    // Once its delivery has begun, a message does not expire any more (MQTT 5, 3.3.2.3.3), and it
    // is owed to the end [MQTT-4.4.0-1].
    if (m.expires < now && !entry.was_sent) {
        settle(s, n);
        return false;
    }
    if (n != allowed && !may_receive(s, m)) {
        settle(s, n);
        return false;
    }
    // What is sent again was counted before.
    if (!entry.was_sent && !count_delivery(s, m, "Publish-Out", now)) {
        settle(s, n);
        return false;
    }
    std::span<std::uint32_t const> identifiers;
    if (entry.identifiers)
        identifiers = *entry.identifiers;
    auto const bytes = encoder_.encode(m,
                                       {.is_v5 = c.level == mqtt::version::v5,
                                        .level = entry.level,
                                        .retain = entry.retain,
                                        .dup = entry.was_sent && s.rules->dup_on_redelivery,
                                        .id = id,
                                        .identifiers = identifiers},
                                       now);
    if (bytes.size() > c.max_packet_bytes) {
        settle(s, n); // as if it had been delivered [MQTT-3.1.2-25]
        return false;
    }
    s.out.mark_sent(n, now);
    out_.send(c.from.id, bytes);
    log_delivery(s, m, "Publish-Out");
    return true;
}

} // namespace cogniot::broker
