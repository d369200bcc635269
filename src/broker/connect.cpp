// CONNECT: what is wrong with it, may this principal, whose connection does it take over, which
// session does it find.
#include "broker/advice.hpp"
#include "broker/core.hpp"
#include "broker/reserved_topics.hpp"
#include "mqtt/codec.hpp"
#include "mqtt/property_codec.hpp"

#include <algorithm>
#include <cstring>

namespace cogniot::broker {
namespace {

constexpr std::string_view generated_prefix = "$GEN/";

/// How long the session lives without a connection.
std::uint32_t expiry_of(mqtt::connect const& p, profile const& rules) {
    if (p.level != mqtt::version::v5)
        return p.clean_start ? 0 : rules.session_expiry_seconds;
    return std::min(p.props.session_expiry_interval.value_or(0), rules.session_expiry_seconds);
}

/// What a will costs: its properties too, which may be as large as a packet.
std::size_t size_of(mqtt::will const& w) {
    return sizeof(stored_will) + w.topic.size() + w.payload.size() +
           mqtt::encoded_properties_size(w.props);
}

std::uint16_t keep_alive_of(mqtt::connect const& p, profile const& rules) {
    if (rules.min_keep_alive_seconds == 0)
        return p.keep_alive_seconds;
    return p.keep_alive_seconds == 0
               ? rules.max_keep_alive_seconds
               : std::clamp(p.keep_alive_seconds, rules.min_keep_alive_seconds,
                            rules.max_keep_alive_seconds);
}

/// Leaves properties out until a small client can read the answer, those first that say least.
void fit(mqtt::connack& answer, connection const& to) {
    using properties = mqtt::properties;
    static constexpr void (*steps[])(properties&) = {
        [](properties& p) { p.reason_string.reset(); },
        [](properties& p) {
            p.retain_available.reset();
            p.wildcard_subscription_available.reset();
            p.shared_subscription_available.reset();
        },
        [](properties& p) { p.topic_alias_maximum.reset(); },
        [](properties& p) { p.maximum_packet_size.reset(); },
        [](properties& p) { p.subscription_identifier_available.reset(); },
        [](properties& p) { p = {}; },
    };
    for (auto const leave_out : steps) {
        if (mqtt::encode(answer, to.level).size() <= to.max_packet_bytes)
            return;
        leave_out(answer.props);
    }
}

} // namespace

std::optional<refusal> core::find_fault(connection const& c, mqtt::connect const& p,
                                        std::string_view client_id) const {
    auto const& rules = *c.from.rules;
    if (p.props.authentication_method)
        return refusal{.code = 0x8C,
                       .details = "enhanced authentication is not supported",
                       .explanation = advice::enhanced_authentication(rules)};
    if (client_id.empty())
        return refusal{.code = 0x85,
                       .code_311 = 2,
                       .details = "an empty client ID needs a clean session [MQTT-3.1.3-8]",
                       .explanation = advice::no_client_id()};
    bool const is_generated = p.client_id.empty();
    if (client_id.size() > rules.max_client_id_bytes ||
        (rules.aws && !is_generated && client_id.starts_with('$')))
        return refusal{.code = 0x85,
                       .code_311 = 2,
                       .details = "the client ID is not allowed",
                       .explanation = advice::client_id(client_id, rules)};
    if (p.props.maximum_packet_size && *p.props.maximum_packet_size < rules.min_client_packet_bytes)
        return refusal{.code = 0x95,
                       .details = "the client's maximum packet size is too small",
                       .explanation = advice::small_packets(*p.props.maximum_packet_size, rules)};
    if (auto const large = find_large_property(rules, p.props))
        return refusal{.code = 0x97,
                       .details = "a property is larger than allowed",
                       .explanation = advice::property(*large)};
    if (!p.last_will)
        return {};
    auto const& w = *p.last_will;
    if (w.level > rules.maximum_qos)
        return refusal{.code = 0x9B,
                       .details = "the will's QoS is not supported",
                       .explanation = advice::will_of_qos_2()};
    bool const is_reserved = rules.reserved_topics && w.topic.starts_with('$');
    if (!mqtt::check_topic(w.topic, rules.topics) ||
        (is_reserved && (w.retain || !may_publish_reserved(w.topic))))
        return refusal{.code = 0x90,
                       .details = "the will's topic is not allowed",
                       .explanation = advice::will_topic(w.topic, w.retain, rules)};
    if (w.payload.size() > rules.max_payload_bytes)
        return refusal{.code = 0x97,
                       .details = "the will's payload is larger than allowed",
                       .explanation = advice::payload(w.payload.size(), rules)};
    if (auto const large = find_large_property(rules, w.props))
        return refusal{.code = 0x97,
                       .details = "a property of the will is larger than allowed",
                       .explanation = advice::property(*large)};
    return {};
}

void core::on(connection& c, mqtt::connect const& p, utc_time now) {
    if (c.owner != nullptr)
        return end(c,
                   {.code = 0x82,
                    .log_reason = "CLIENT_ERROR",
                    .details = "a second CONNECT [MQTT-3.1.0-2]"},
                   now);
    auto const& rules = *c.from.rules;
    c.level = p.level;
    c.max_packet_bytes =
        p.props.maximum_packet_size.value_or(std::numeric_limits<std::uint32_t>::max());
    c.wants_problem_information = p.props.request_problem_information.value_or(1) != 0;
    auto const uuid = random_uuid(random_);
    std::memcpy(c.session_identifier.data(), uuid.data(), c.session_identifier.size());

    std::string client_id(p.client_id);
    // MQTT 3.1 has no empty client ID; 3.1.1 has one for clean sessions [MQTT-3.1.3-7].
    if (client_id.empty() && c.level != mqtt::version::v31 && (is_v5(c) || p.clean_start))
        client_id.append(generated_prefix).append(random_uuid(random_));
    if (auto const fault = find_fault(c, p, client_id))
        return refuse(c, *fault, client_id, now);
    if (auto const throttled = find_throttle(client_id, rules, now))
        return refuse(c, *throttled, client_id, now);

    auto const expiry = expiry_of(p, rules);
    connect_facts facts{.client_id = client_id, .persistent = expiry > 0};
    if (p.last_will) {
        facts.will_topic = p.last_will->topic;
        facts.will_retain = p.last_will->retain;
    }
    if (auto const answer = may_.connect(c.from, facts); !answer.allowed) {
        auto const denied = rules.connect_denied_311 == profile::connect_denied::connack_5   ? 5
                            : rules.connect_denied_311 == profile::connect_denied::connack_7 ? 7
                                                                                             : 0;
        return refuse(c,
                      {.code = 0x87,
                       .code_311 = static_cast<mqtt::reason_code>(denied),
                       .log_reason = "AUTHORIZATION_FAILURE",
                       .details = "Authorization Failure",
                       .because = answer.because},
                      client_id, now);
    }
    auto const costs =
        (by_client_id_.contains(client_id) ? 0 : sizeof(session) + 2 * client_id.size()) +
        (p.last_will ? size_of(*p.last_will) : 0);
    if (costs > 0 && !memory_.has_room_for_session(costs))
        return refuse(c, {.code = 0x97, .code_311 = 3, .details = "too much is stored already"},
                      client_id, now);

    if (auto const other = by_client_id_.find(client_id);
        other != by_client_id_.end() && other->second->link != nullptr)
        end(*other->second->link,
            {.why = disconnect_reason::duplicate_client_id,
             .code = 0x8E,
             .log_reason = "DUPLICATE_CLIENT_ID",
             .details = "A new connection was established with the same client ID",
             .explanation = advice::taken_over(client_id, c.from)},
            now);

    c.connected_at = now;
    c.keep_alive_seconds = keep_alive_of(p, rules);
    c.receive_maximum = p.props.receive_maximum.value_or(65535);
    if (p.last_will) {
        auto const& w = *p.last_will;
        c.last_will = std::make_unique<stored_will>(stored_will{
            .topic = std::string(w.topic),
            .payload = std::string(w.payload),
            .properties = {},
            .level = w.level,
            .retain = w.retain,
            .expiry_seconds = w.props.message_expiry_interval,
            .delay_seconds = rules.will_delay ? w.props.will_delay_interval.value_or(0) : 0});
        forwarded_properties(w.props, c.level, c.last_will->properties);
        c.last_will->counted = held_share(memory_, size_of(w));
    }

    bool present = false;
    auto& s = find_or_make_session(c, p, client_id, present, now);
    s.level = p.level;
    s.rules = c.from.rules;
    s.link = &c;
    c.owner = &s;
    s.expiry_seconds = expiry;
    s.offline_since.reset();
    s.delayed_will.reset(); // [MQTT-3.1.3-9]
    s.will_at = never;
    s.presence_version.reset();
    s.durable = s.durable || expiry > 0;
    if (rules.presence_events && has_presence(s.client_id))
        s.presence_version = next_presence_version(s.client_id, now);
    if (s.durable)
        keep_session(s);
    keep_will(s, c.last_will.get());

    send_connack(c, p, present, p.client_id.empty() && is_v5(c) ? client_id : std::string_view{});
    out_.log(
        {.event_type = "Connect", .from = c.from, .client_id = s.client_id, .request = request_});
    timers_.cancel(c.due);
    if (c.keep_alive_seconds > 0)
        timers_.set(c.due, now + std::chrono::milliseconds(1500) * c.keep_alive_seconds);
    s.out.came_online();
    s.replay_left = rules.replay_per_second;
    s.replay_again = now + std::chrono::seconds(1);
    pump(s, now);
    take_from_groups(s, now);
    arm(s, now);

    if (s.presence_version)
        tell(make_connected(facts_of(c, s.client_id, now), c.from.source_ip, *s.presence_version),
             now);
}

session& core::find_or_make_session(connection& c, mqtt::connect const& p,
                                    std::string_view client_id, bool& present, utc_time now) {
    auto const& rules = *c.from.rules;
    if (auto const found = by_client_id_.find(client_id); found != by_client_id_.end()) {
        auto& old = *found->second;
        bool const same_family = (old.level == mqtt::version::v5) == (p.level == mqtt::version::v5);
        present = !p.clean_start && old.expires_at() > now &&
                  (same_family || rules.resume_across_versions);
        if (present)
            return old;
        auto const delayed = std::move(old.delayed_will);
        if (delayed) // the session ends, so its will is due [MQTT-3.1.3-9] (MQTT 5, 3.1.2.5)
            publish_will(nullptr, old, *delayed, now);
        drop(old, now);
    }
    auto made = std::make_unique<session>(++last_session_, client_id, memory_);
    auto& s = *made;
    sessions_[s.number] = std::move(made);
    by_client_id_[s.client_id] = &s;
    return s;
}

void core::send_connack(connection& c, mqtt::connect const& p, bool present,
                        std::string_view assigned_client_id) {
    // MQTT 3.1 has no such flag; its byte is reserved.
    mqtt::connack answer{.session_present = present && c.level != mqtt::version::v31};
    if (is_v5(c)) {
        auto const& rules = *c.from.rules;
        auto& props = answer.props;
        if (p.props.session_expiry_interval.value_or(0) != c.owner->expiry_seconds)
            props.session_expiry_interval = c.owner->expiry_seconds;
        if (rules.receive_maximum != 65535)
            props.receive_maximum = rules.receive_maximum;
        if (rules.maximum_qos != mqtt::qos::exactly_once)
            props.maximum_qos = static_cast<std::uint8_t>(rules.maximum_qos);
        props.retain_available = 1;
        props.maximum_packet_size = static_cast<std::uint32_t>(rules.max_packet_bytes);
        if (!assigned_client_id.empty())
            props.assigned_client_identifier = assigned_client_id;
        props.topic_alias_maximum = rules.topic_alias_maximum;
        props.wildcard_subscription_available = 1;
        props.subscription_identifier_available = rules.subscription_identifiers ? 1 : 0;
        props.shared_subscription_available = 1;
        if (rules.aws || c.keep_alive_seconds != p.keep_alive_seconds)
            props.server_keep_alive = c.keep_alive_seconds;
    }
    fit(answer, c);
    send(c, answer);
}

void core::refuse(connection& c, refusal const& why, std::string_view client_id, utc_time now) {
    auto const& rules = *c.from.rules;
    if (is_v5(c)) {
        mqtt::connack answer{.code = why.code};
        std::string reason;
        if (c.wants_problem_information) {
            reason = why.code == 0x87
                         ? "CONNACK:Client is not authenticated/authorized to send the message:" +
                               random_uuid(random_)
                         : "CONNACK:" + std::string(why.details);
            answer.props.reason_string = reason;
        }
        fit(answer, c);
        send(c, answer);
    } else if (why.code_311 != 0 && (rules.connack_codes_311 || why.code == 0x87)) {
        send(c, mqtt::connack{.code = why.code_311});
    }
    out_.log({.event_type = "Connect",
              .success = false,
              .from = c.from,
              .client_id = client_id,
              .reason = why.log_reason,
              .details = why.details,
              .because = why.because,
              .explanation = why.explanation,
              .request = request_});
    // The connection goes before anybody is told, so that nothing finds it any more.
    auto const facts = facts_of(c, client_id, now);
    auto event = why.code == 0x87 && rules.presence_events && has_presence(client_id)
                     ? std::optional(make_connect_failed(facts, c.from.source_ip))
                     : std::nullopt;
    end(c, {.why = disconnect_reason::auth_error}, now);
    if (event)
        tell(*event, now);
}

std::optional<refusal> core::find_throttle(std::string_view client_id, profile const& rules,
                                           utc_time now) {
    auto const refuse = [](std::string_view details, std::string explanation) {
        return refusal{.code = 0x97,
                       .log_reason = "THROTTLED",
                       .details = details,
                       .explanation = std::move(explanation)};
    };
    if (!taken_.connects_of_client.take(client_id, rules.connects_per_client_id, now))
        return refuse("too many CONNECTs with this client ID",
                      advice::connected_too_soon(client_id, rules));
    if (!taken_.connects.take(rules.connects_per_second, now))
        return refuse("too many CONNECTs", advice::account_rate("connects_per_second"));
    if (connections_.size() > rules.max_connections)
        return refuse("too many connections", advice::account_rate("max_connections"));
    return {};
}

std::uint64_t core::next_presence_version(std::string_view client_id, utc_time now) {
    forget_presence_versions(now);
    auto& version = presence_versions_[std::string(client_id)];
    version.forget_at = never;
    return version.next++;
}

} // namespace cogniot::broker
