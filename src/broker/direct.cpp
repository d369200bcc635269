// Direct messages: to one connected client by its client ID, whatever it has subscribed to. With
// QoS 1 one takes a place in the receiver's outbox as long as its PUBACK may come, so that its
// packet identifier and the window are those of every other delivery; it is sent once, and ends
// with the connection.
// @source AWS IoT developer guide, "Direct messaging"; spec iot-broker 2.8, 5.3, 7
#include "broker/core.hpp"
#include "mqtt/property_codec.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::broker {
namespace {

/// Each keeps a caller waiting, whose request is held in memory.
constexpr std::size_t max_waiting = 256;

direct_answer refused_for(direct_fault why, std::string details) {
    return {.why = why, .details = std::move(details)};
}

} // namespace

direct_answer core::send_directly(peer const& from, std::string_view client_id,
                                  mqtt::publish const& p, std::chrono::seconds timeout,
                                  utc_time now) {
    finish_restoring(now);
    begin_request();
    auto const& rules = *from.rules;
    // No decoder has seen them, and the receiver will read them.
    if (auto const sound = mqtt::check_properties(p.props, mqtt::property_place::publish); !sound)
        return refused_for(direct_fault::invalid, sound.error().detail);
    auto fault = find_fault(rules, p, p.topic);
    if (!fault)
        fault = find_reserved(rules, p, p.topic);
    if (fault)
        return refused_for(fault->why == publish_refusal::too_large ? direct_fault::too_large
                           : fault->code == 0x90                    ? direct_fault::invalid_topic
                                                                    : direct_fault::invalid,
                           std::move(fault->details));
    if (!taken_.directs.take(rules.direct_messages_per_second, now))
        return refused_for(direct_fault::throttled, "Rate exceeded");
    if (directs_.size() >= max_waiting)
        return refused_for(direct_fault::throttled,
                           "too many direct messages wait for confirmation");
    auto const at = by_client_id_.find(client_id);
    if (at != by_client_id_.end() && at->second->link != nullptr)
        return send_directly(*at->second->link, p, timeout, now);
    if (find_client(client_id, now))
        return refused_for(direct_fault::not_connected, "the client is not connected");
    return refused_for(direct_fault::unknown_client, "no client of this ID is known");
}

direct_answer core::send_directly(connection& to, mqtt::publish const& p,
                                  std::chrono::seconds timeout, utc_time now) {
    auto& s = *to.owner;
    auto answer = may_.receive(to.from, s.client_id, p.topic);
    if (!answer.allowed)
        return {.why = direct_fault::receive_denied,
                .details = "iot:Receive is not allowed to the client",
                .because = std::move(answer.because)};
    if (!s.messages.take(s.rules->publishes_per_second, now) ||
        !taken_.deliveries.take(s.rules->account_deliveries_per_second, now))
        return refused_for(direct_fault::receiver_throttled,
                           "the client's connection is at its rate");
    if (out_.is_congested(to.from.id))
        return refused_for(direct_fault::not_writable, "the client does not read what it is sent");
    bool const is_confirmed = p.level != mqtt::qos::at_most_once;
    auto const window = std::min(s.rules->max_in_flight, to.receive_maximum);
    if (is_confirmed && (s.out.in_flight() >= window || !s.out.has_next_id()))
        return refused_for(direct_fault::receiver_window_full,
                           "the client has acknowledged too few of its messages");
    if (is_confirmed && !memory_.has_room(sizeof(outgoing)))
        return refused_for(direct_fault::throttled, "too much is stored already");
    auto const n = s.out.last();
    message_view const m{.topic = p.topic,
                         .payload = p.payload,
                         .properties =
                             forwarded_properties(p.props, mqtt::version::v5, properties_scratch_),
                         .level = p.level,
                         .serial = ++last_serial_};
    auto const bytes = encoder_.encode(m,
                                       {.is_v5 = is_v5(to),
                                        .level = p.level,
                                        .id = is_confirmed ? outbox::id_of(n) : mqtt::packet_id{}},
                                       now);
    if (bytes.size() > to.max_packet_bytes) // [MQTT-3.1.2-24]
        return refused_for(direct_fault::not_writable, "it is larger than the client's maximum");
    out_.send(to.from.id, bytes);
    if (!is_confirmed)
        return {};
    memory_.held += sizeof(outgoing);
    s.queued_bytes += sizeof(outgoing);
    s.out.push({.what = {}, .level = p.level, .direct = true});
    s.out.mark_sent(n, now);
    direct_id const id{++last_direct_};
    auto& waiting = directs_.try_emplace(id, s, n).first->second;
    timers_.set(waiting.due, now + timeout);
    return {.waits_for = id};
}

void core::abandon(direct_id id, utc_time now) {
    auto const found = directs_.find(id);
    if (found == directs_.end())
        return;
    begin_request();
    direct_due(found->second, now);
    hang_up(now);
}

void core::direct_due(direct_wait& waiting, utc_time now) {
    auto& s = *waiting.to;
    settle(s, waiting.number);
    pump(s, now);
    take_from_groups(s, now);
}

void core::end_direct(session& s, outbox::number n, direct_fault why) {
    s.out.at(n).direct = false;
    auto const found = std::ranges::find_if(
        directs_, [&](auto const& one) { return one.second.to == &s && one.second.number == n; });
    if (found == directs_.end())
        return;
    auto const id = found->first;
    timers_.cancel(found->second.due);
    directs_.erase(found);
    out_.direct_ended(id, why);
}

void core::end_directs(session& s) {
    std::vector<outbox::number> all;
    for (auto const& [id, one] : directs_)
        if (one.to == &s)
            all.push_back(one.number);
    for (auto const n : all) {
        end_direct(s, n, direct_fault::not_connected);
        settle(s, n);
    }
}

} // namespace cogniot::broker
