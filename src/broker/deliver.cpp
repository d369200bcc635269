// To one session: at once, or through its outbox. Every delivery is authorised when it is sent.
#include "broker/core.hpp"

#include <algorithm>

namespace cogniot::broker {
namespace {

peer const nobody{};

} // namespace

void core::log_delivery(session const& s, message_view const& m, std::string_view event_type,
                        std::string_view failure, std::string_view details,
                        std::string_view because) {
    out_.log({.event_type = event_type,
              .success = failure.empty() && details.empty(),
              .from = s.link != nullptr && event_type != "Queued" ? s.link->from : nobody,
              .client_id = s.client_id,
              .topic = m.topic,
              .reason = failure,
              .details = details,
              .because = because,
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
        denied_receivers_.push_back(s.link->from.id);
    return false;
}

void core::hang_up_denied(utc_time now) {
    while (!denied_receivers_.empty()) {
        auto const id = denied_receivers_.back();
        denied_receivers_.pop_back();
        if (auto* const c = find(id))
            end(*c,
                {.why = disconnect_reason::auth_error,
                 .code = 0x87,
                 .log_reason = "AUTHORIZATION_FAILURE",
                 .details = "Authorization Failure"},
                now);
    }
}

void core::deliver_at_most_once(session& s, message_view const& m, bool retain,
                                std::span<std::uint32_t const> identifiers, utc_time now) {
    if (s.link == nullptr)
        return; // QoS 0 is never stored
    auto& c = *s.link;
    if (out_.is_congested(c.from.id) || !may_receive(s, m))
        return;
    auto const bytes = encoder_.encode(
        m, {.is_v5 = c.level == mqtt::version::v5, .retain = retain, .identifiers = identifiers},
        now);
    if (bytes.size() > c.max_packet_bytes)
        return; // [MQTT-3.1.2-25]
    out_.send(c.from.id, bytes);
    log_delivery(s, m, "Publish-Out");
}

void core::enqueue(session& s, message_view const& m, message_ref& kept, outgoing entry,
                   utc_time now) {
    auto const size = m.topic.size() + m.payload.size() + m.properties.size() + message_overhead +
                      sizeof(outgoing);
    if (s.link == nullptr) {
        auto const limit = s.rules->max_queued_messages;
        if (limit != 0 && s.out.owed() >= limit)
            return log_delivery(s, m, "Queued", {}, "Throttled while queueing offline message");
    } else if (!may_receive(s, m)) {
        return;
    }
    if (!memory_.has_room(size))
        return log_delivery(s, m, "Queued", {}, "Server Error");
    if (!kept)
        kept = message::make(m, memory_);
    entry.what = kept;
    entry.durable = s.durable;
    memory_.held += sizeof(outgoing);
    auto const n = s.out.push(std::move(entry));
    if (auto& added = s.out.at(n); added.durable) {
        if (kept->durable_number != 0)
            ++kept->durable_uses;
        keep_queued(s, n, added);
    }
    if (s.link == nullptr)
        log_delivery(s, m, "Queued");
    else
        pump(s, now, n);
}

void core::keep_queued(session& s, outbox::number n, outgoing& entry) {
    durable::queued_record r{.session = s.number,
                             .number = n,
                             .level = entry.level,
                             .retain = entry.retain,
                             .released = entry.released};
    if (entry.released) {
        // The message itself is not needed any more; a shared one loses this use.
        if (entry.what && entry.what->durable_number != 0 && --entry.what->durable_uses == 0) {
            keep(durable::forget_shared(entry.what->durable_number));
            entry.what->durable_number = 0;
        }
        entry.what = {};
    } else {
        r.what = entry.what->view();
        r.shared = entry.what->durable_number;
        if (entry.identifiers)
            r.identifiers = *entry.identifiers;
    }
    keep(durable::print_queued(r));
}

void core::settle(session& s, outbox::number n) {
    auto& entry = s.out.at(n);
    if (entry.now == outgoing::state::done)
        return;
    if (entry.durable) {
        keep(durable::forget_queued(s.number, n));
        if (entry.what && entry.what->durable_number != 0 && --entry.what->durable_uses == 0) {
            keep(durable::forget_shared(entry.what->durable_number));
            entry.what->durable_number = 0;
        }
    }
    memory_.held -= sizeof(outgoing);
    s.out.finish(n);
}

void core::pump(session& s, utc_time now, std::optional<outbox::number> allowed) {
    if (s.link == nullptr)
        return;
    auto const window = std::min(s.rules->max_in_flight, s.link->receive_maximum);
    bool const paced = s.rules->replay_per_second != 0;
    while (s.out.in_flight() < window && !out_.is_congested(s.link->from.id)) {
        if (!paced || s.replay_left > 0)
            if (auto const n = s.out.next_stored()) {
                if (send_one(s, *n, now, allowed) && paced)
                    --s.replay_left;
                continue;
            }
        auto const n = s.out.next_live();
        if (!n)
            break;
        send_one(s, *n, now, allowed);
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
    if (m.expires <= now) {
        settle(s, n);
        return false;
    }
    if (n != allowed && !may_receive(s, m)) {
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
