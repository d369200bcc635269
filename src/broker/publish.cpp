// PUBLISH from a connection or over HTTPS, and the acknowledgements in both directions; wills; the
// retained store.
#include "broker/advice.hpp"
#include "broker/core.hpp"
#include "broker/reserved_topics.hpp"

#include <algorithm>

namespace cogniot::broker {
namespace {

/// When the message expires; AWS holds the interval to 1 s up to its maximum.
utc_time expiry_of(std::optional<std::uint32_t> interval, profile const& rules, utc_time now) {
    if (!interval)
        return never;
    auto const seconds =
        rules.aws ? std::clamp(*interval, 1u, rules.max_message_expiry_seconds) : *interval;
    return now + std::chrono::seconds(seconds);
}

} // namespace

void core::refuse_publish(connection& c, mqtt::publish const& p, mqtt::reason_code code,
                          ending const& hang_up, utc_time now) {
    if (is_v5(c) && p.level != mqtt::qos::at_most_once)
        return acknowledge(c, p, code);
    ending e = hang_up;
    e.code = code;
    end(c, e, now);
}

void core::acknowledge(connection& c, mqtt::publish const& p, mqtt::reason_code code) {
    if (p.level == mqtt::qos::at_most_once)
        return;
    send_ack(c,
             p.level == mqtt::qos::at_least_once ? mqtt::ack_type::puback : mqtt::ack_type::pubrec,
             p.id, code);
}

bool core::find_topic(connection& c, mqtt::publish const& p, std::string_view& topic,
                      utc_time now) {
    topic = p.topic;
    if (!p.props.topic_alias)
        return true;
    auto const alias = *p.props.topic_alias;
    auto const wrong = [&](mqtt::reason_code code, std::string_view why) {
        end(c, {.code = code, .log_reason = "CLIENT_ERROR", .details = why}, now);
        return false;
    };
    if (alias == 0 || alias > c.from.rules->topic_alias_maximum)
        return wrong(0x94, "a topic alias above the maximum, or 0 [MQTT-3.3.2-8] [MQTT-3.3.2-9]");
    if (c.aliases.size() < alias)
        c.aliases.resize(alias);
    auto& name = c.aliases[alias - 1];
    if (!topic.empty() && name.topic != topic) {
        if (!memory_.has_room(topic.size()))
            return wrong(0x97, "no room for another topic alias");
        name = {.topic = std::string(topic), .counted = held_share(memory_, topic.size())};
    }
    if (name.topic.empty())
        return wrong(0x82, "a topic alias that was never set (MQTT 5, 3.3.2.3.4)");
    topic = name.topic;
    return true;
}

core::publish_fault core::throttled(publisher const& from, mqtt::publish const& p,
                                    std::string_view topic, std::string_view details,
                                    std::string explanation, bool is_told) {
    // One line a second tells it; the others would tell the same.
    if (is_told)
        log_refused_publish(from, p, topic, "THROTTLED", details, {}, explanation);
    return {.why = publish_refusal::throttled, .code = 0x97, .details = std::string(details)};
}

core::publish_fault core::logged(publisher const& from, mqtt::publish const& p,
                                 std::string_view topic, publish_fault fault) {
    log_refused_publish(from, p, topic, "CLIENT_ERROR", fault.details, {}, fault.explanation);
    return fault;
}

std::optional<core::publish_fault> core::find_throttle(publisher const& from,
                                                       mqtt::publish const& p,
                                                       std::string_view topic, utc_time now) {
    auto const& rules = *from.from.rules;
    if (auto const limit = rules.publishes_per_second;
        from.link != nullptr && !from.link->owner->messages.take(limit, now))
        return throttled(from, p, topic, "Publish rate exceeded", advice::published_too_fast(rules),
                         from.link->owner->messages.is_first_beyond(limit));
    if (auto const limit = rules.account_publishes_per_second; !taken_.publishes.take(limit, now))
        return throttled(from, p, topic, "Publish rate exceeded",
                         advice::account_rate("account_publishes_per_second"),
                         taken_.publishes.is_first_beyond(limit));
    return {};
}

std::optional<core::publish_fault> core::find_retain_throttle(publisher const& from,
                                                              mqtt::publish const& p,
                                                              std::string_view topic,
                                                              utc_time now) {
    auto const& rules = *from.from.rules;
    if (!p.retain)
        return {};
    if (!taken_.retained_of_topic.take(topic, rules.retained_per_topic, now))
        return throttled(from, p, topic, "Retained publish rate exceeded",
                         advice::account_rate("retained_per_topic"), true);
    if (auto const limit = rules.retained_per_second; !taken_.retained.take(limit, now))
        return throttled(from, p, topic, "Retained publish rate exceeded",
                         advice::account_rate("retained_per_second"),
                         taken_.retained.is_first_beyond(limit));
    // Deleting goes on when the store is full (AWS IoT quotas).
    if (!p.payload.empty() && retained_.size() >= rules.max_retained_messages &&
        retained_.find(topic) == nullptr)
        return throttled(from, p, topic, "Retained message limit exceeded",
                         advice::account_rate("max_retained_messages"), true);
    return {};
}

std::optional<core::publish_fault> core::find_fault(profile const& rules, mqtt::publish const& p,
                                                    std::string_view topic) const {
    if (p.level > rules.maximum_qos)
        return publish_fault{.code = 0x9B,
                             .hang_up = true,
                             .details = "QoS 2 is not supported",
                             .explanation = advice::qos_2()};
    if (auto const checked = mqtt::check_topic(topic, rules.topics); !checked)
        return publish_fault{.code = 0x90,
                             .details = checked.error().detail,
                             .explanation = advice::unusable_topic(checked.error())};
    if (p.payload.size() > rules.max_payload_bytes)
        return publish_fault{.why = publish_refusal::too_large,
                             .code = 0x97,
                             .hang_up = true,
                             .details = "the payload is larger than allowed",
                             .explanation = advice::payload(p.payload.size(), rules)};
    if (auto const large = find_large_property(rules, p.props))
        return publish_fault{.code = 0x97,
                             .details = "a property is larger than allowed",
                             .explanation = advice::property(*large)};
    if (rules.reserved_check_first)
        return find_reserved(rules, p, topic);
    return {};
}

std::optional<core::publish_fault> core::find_reserved(profile const& rules, mqtt::publish const& p,
                                                       std::string_view topic) {
    if (!rules.reserved_topics || !topic.starts_with('$') ||
        (may_publish_reserved(topic) && !p.retain))
        return {};
    return publish_fault{
        .code = 0x90,
        .details = "a reserved topic that clients may not use",
        .explanation = advice::reserved_topic(topic, p.retain && may_publish_reserved(topic))};
}

void core::log_refused_publish(publisher const& from, mqtt::publish const& p,
                               std::string_view topic, std::string_view reason,
                               std::string_view details, std::string_view because,
                               std::string_view explanation) {
    out_.log({.event_type = "Publish-In",
              .success = false,
              .from = from.from,
              .client_id = from.client_id,
              .protocol = from.protocol,
              .topic = topic,
              .retain = p.retain,
              .reason = reason,
              .details = details,
              .because = because,
              .explanation = explanation,
              .request = request_});
}

std::optional<core::publish_fault> core::find_refusal(publisher const& from, mqtt::publish const& p,
                                                      std::string_view topic, utc_time now) {
    auto const& rules = *from.from.rules;
    if (auto fault = find_throttle(from, p, topic, now))
        return fault;
    if (auto fault = find_fault(rules, p, topic))
        return logged(from, p, topic, std::move(*fault));
    if (auto const answer = may_.publish(from.from, from.client_id, topic, p.retain);
        !answer.allowed) {
        log_refused_publish(from, p, topic, "AUTHORIZATION_FAILURE", "Authorization Failure",
                            answer.because, {});
        return publish_fault{.why = publish_refusal::forbidden, .code = 0x87};
    }
    if (!rules.reserved_check_first)
        if (auto fault = find_reserved(rules, p, topic))
            return logged(from, p, topic, std::move(*fault));
    return find_retain_throttle(from, p, topic, now);
}

void core::on(connection& c, mqtt::publish const& p, utc_time now) {
    std::string_view topic;
    if (!find_topic(c, p, topic, now))
        return;
    auto& s = *c.owner;
    publisher const from{.from = c.from,
                         .client_id = s.client_id,
                         .level = c.level,
                         .session_number = s.number,
                         .link = &c};
    if (auto const fault = find_refusal(from, p, topic, now))
        return refuse(c, p, *fault, now);
    if (p.level == mqtt::qos::exactly_once) {
        auto const at = std::lower_bound(s.received.begin(), s.received.end(), p.id);
        if (at != s.received.end() && *at == p.id)
            return acknowledge(c, p, 0); // seen before, its PUBREC was lost [MQTT-4.3.3-2]
        // MQTT 3 has no Receive Maximum, only packet identifiers.
        if (s.received.size() >= (is_v5(c) ? c.from.rules->receive_maximum : 65535))
            return refuse(c, p,
                          logged(from, p, topic,
                                 {.code = 0x93,
                                  .hang_up = true,
                                  .details = "more than the receive maximum in flight"}),
                          now);
    }
    if (auto const fault = accept(from, p, topic, now))
        refuse(c, p, *fault, now);
}

void core::refuse(connection& c, mqtt::publish const& p, publish_fault const& fault, utc_time now) {
    if (fault.why == publish_refusal::throttled) {
        // MQTT 3 is left without an answer (AWS SDK source).
        if (is_v5(c))
            acknowledge(c, p, fault.code);
        return;
    }
    if (fault.why == publish_refusal::forbidden)
        return refuse_publish(c, p, fault.code,
                              {.why = disconnect_reason::auth_error,
                               .log_reason = "AUTHORIZATION_FAILURE",
                               .details = "Authorization Failure"},
                              now);
    ending const hang_up{.code = fault.code,
                         .log_reason = "CLIENT_ERROR",
                         .details = fault.details,
                         .explanation = fault.explanation};
    if (fault.hang_up)
        return end(c, hang_up, now);
    refuse_publish(c, p, fault.code, hang_up, now);
}

bool core::tells_nobody_is_subscribed(profile const& rules, mqtt::publish const& p) const {
    return rules.tells_no_subscribers && p.level == mqtt::qos::at_least_once &&
           matches_.subscribers.empty() && matches_.groups.empty();
}

std::optional<core::publish_fault> core::accept(publisher const& from, mqtt::publish const& p,
                                                std::string_view topic, utc_time now) {
    auto const& rules = *from.from.rules;
    message_view const m{.topic = topic,
                         .payload = p.payload,
                         .properties =
                             forwarded_properties(p.props, from.level, properties_scratch_),
                         .level = p.level,
                         .retain = p.retain,
                         .expires = expiry_of(p.props.message_expiry_interval, rules, now),
                         .origin = from.session_number,
                         .serial = ++last_serial_};
    // All receivers get it, or it is refused: nothing is acknowledged and then lost.
    collect_receivers(m, !rules.reserved_topics || !is_basic_ingest(topic));
    if (!has_room_for(m))
        return logged(from, p, topic,
                      {.why = publish_refusal::no_room,
                       .code = 0x97,
                       .details = "too much is stored already"});
    if (p.level == mqtt::qos::exactly_once && from.link != nullptr) {
        auto& s = *from.link->owner;
        s.received.insert(std::lower_bound(s.received.begin(), s.received.end(), p.id), p.id);
        if (s.durable)
            keep(durable::print_received(s.number, p.id));
    }
    message_ref kept;
    if (p.retain)
        retain(m, kept, now);
    if (from.link != nullptr)
        acknowledge(*from.link, p, tells_nobody_is_subscribed(rules, p) ? 0x10 : 0);
    out_.log({.event_type = "Publish-In",
              .from = from.from,
              .client_id = from.client_id,
              .protocol = from.protocol,
              .topic = topic,
              .retain = p.retain,
              .request = request_});
    deliver(m, kept, now);
    // Last: services may answer with a publish of their own.
    out_.published(from.from, topic, p.payload);
    return {};
}

void core::retain(message_view const& m, message_ref& kept, utc_time now) {
    if (m.payload.empty()) {
        if (retained_.erase(m.topic))
            keep(durable::forget_retained(m.topic));
        return;
    }
    kept = message::make(m, memory_);
    retained_.put({.what = kept, .stored_at = now});
    keep(durable::print_retained(m, now));
    sweep_retained_later(m.expires, now);
}

void core::publish_will(connection const* from, session& s, stored_will const& w, utc_time now) {
    message_view const m{.topic = w.topic,
                         .payload = w.payload,
                         .properties = w.properties,
                         .level = w.level,
                         .retain = w.retain,
                         .expires = expiry_of(w.expiry_seconds, *s.rules, now),
                         .origin = s.number,
                         .serial = ++last_serial_};
    message_ref kept;
    if (m.retain)
        retain(m, kept, now);
    route(m, kept, now);
    // AWS's shadow service ignores wills; other services hear them.
    if (from != nullptr && !m.topic.starts_with("$aws/"))
        out_.published(from->from, m.topic, m.payload);
}

void core::on(connection& c, mqtt::ack const& p, utc_time now) {
    if (p.type == mqtt::ack_type::puback)
        return on_puback(c, p, now);
    if (c.from.rules->maximum_qos != mqtt::qos::exactly_once)
        return end(
            c, {.code = 0x82, .log_reason = "CLIENT_ERROR", .details = "QoS 2 is not supported"},
            now);
    switch (p.type) {
    case mqtt::ack_type::pubrec:
        return on_pubrec(c, p, now);
    case mqtt::ack_type::pubrel:
        return on_pubrel(c, p);
    default:
        return on_pubcomp(c, p, now);
    }
}

void core::settle_and_go_on(connection& c, outbox::number n, utc_time now) {
    settle(*c.owner, n);
    pump(*c.owner, now);
    if (!c.walks.empty() && !c.is_walking)
        send_retained(c, now);
    take_from_groups(*c.owner, now);
}

void core::end_for_wrong_ack(connection& c, utc_time now) {
    end(c,
        {.code = 0x82,
         .log_reason = "CLIENT_ERROR",
         .details = "an acknowledgement of another kind than the delivery asks for"},
        now);
}

void core::on_puback(connection& c, mqtt::ack const& p, utc_time now) {
    auto& s = *c.owner;
    auto const n = s.out.find_in_flight(p.id);
    if (!n)
        return; // late, for a message that was dropped meanwhile
    if (s.out.at(*n).level != mqtt::qos::at_least_once)
        return end_for_wrong_ack(c, now);
    if (s.out.at(*n).direct)
        end_direct(s, *n, direct_fault::none);
    settle_and_go_on(c, *n, now);
}

void core::on_pubrec(connection& c, mqtt::ack const& p, utc_time now) {
    auto& s = *c.owner;
    auto const n = s.out.find_in_flight(p.id);
    if (!n)
        return send_ack(c, mqtt::ack_type::pubrel, p.id, 0x92);
    if (s.out.at(*n).level != mqtt::qos::exactly_once)
        return end_for_wrong_ack(c, now);
    if (p.code >= 0x80)
        return settle_and_go_on(c, *n, now);
    auto& entry = s.out.at(*n);
    if (!entry.released)
        release(s, *n);
    send_ack(c, mqtt::ack_type::pubrel, p.id, 0);
}

void core::on_pubrel(connection& c, mqtt::ack const& p) {
    auto& s = *c.owner;
    auto const at = std::lower_bound(s.received.begin(), s.received.end(), p.id);
    bool const known = at != s.received.end() && *at == p.id;
    if (known) {
        s.received.erase(at);
        if (s.durable)
            keep(durable::forget_received(s.number, p.id));
    }
    send_ack(c, mqtt::ack_type::pubcomp, p.id, known ? 0 : 0x92);
}

void core::on_pubcomp(connection& c, mqtt::ack const& p, utc_time now) {
    auto& s = *c.owner;
    auto const n = s.out.find_in_flight(p.id);
    if (!n)
        return;
    if (!s.out.at(*n).released)
        return end_for_wrong_ack(c, now);
    settle_and_go_on(c, *n, now);
}

} // namespace cogniot::broker
