#include "broker/core.hpp"

#include "mqtt/codec.hpp"
#include "mqtt/property_codec.hpp"

#include <algorithm>

namespace cogniot::broker {

connection* core::find(connection_id id) {
    auto const found = connections_.find(static_cast<std::uint64_t>(id));
    return found == connections_.end() ? nullptr : found->second.get();
}

void core::opened(peer const& p, utc_time now) {
    finish_restoring(now);
    if (find(p.id) != nullptr)
        return;
    auto added = std::make_unique<connection>(p);
    added->last_heard = now;
    auto& c = *added;
    connections_[static_cast<std::uint64_t>(p.id)] = std::move(added);
    timers_.set(c.due, now + p.rules->connect_timeout);
}

void core::received(connection_id id, mqtt::packet const& packet, utc_time now) {
    auto* const c = find(id);
    if (c == nullptr)
        return;
    begin_request();
    c->last_heard = now;
    if (c->owner == nullptr && !std::holds_alternative<mqtt::connect>(packet))
        return end(*c, {.details = "the first packet is not CONNECT [MQTT-3.1.0-1]"}, now);
    struct dispatch {
        core& self;
        connection& from;
        utc_time now;
        void operator()(mqtt::connect const& p) const { self.on(from, p, now); }
        void operator()(mqtt::publish const& p) const { self.on(from, p, now); }
        void operator()(mqtt::ack const& p) const { self.on(from, p, now); }
        void operator()(mqtt::subscribe const& p) const { self.on(from, p, now); }
        void operator()(mqtt::unsubscribe const& p) const { self.on(from, p, now); }
        void operator()(mqtt::pingreq const& p) const { self.on(from, p, now); }
        void operator()(mqtt::disconnect const& p) const { self.on(from, p, now); }
        void operator()(mqtt::auth const& p) const { self.on(from, p, now); }
        void refuse() const {
            self.end(from,
                     {.code = 0x82,
                      .log_reason = "CLIENT_ERROR",
                      .details = "a packet that only a server sends"},
                     now);
        }
        void operator()(mqtt::connack const&) const { refuse(); }
        void operator()(mqtt::suback const&) const { refuse(); }
        void operator()(mqtt::unsuback const&) const { refuse(); }
        void operator()(mqtt::pingresp const&) const { refuse(); }
    };
    std::visit(dispatch{*this, *c, now}, packet);
    hang_up(now);
}

void core::writable(connection_id id, utc_time now) {
    if (auto* const c = find(id); c != nullptr && c->owner != nullptr) {
        pump(*c->owner, now);
        send_retained(*c, now);
        take_from_groups(*c->owner, now);
    }
    hang_up(now);
}

void core::publish_from_service(std::string_view topic, std::string_view payload, mqtt::qos level,
                                std::uint64_t request, utc_time now) {
    finish_restoring(now);
    request_ = request;
    // One update of a shadow counts as up to four publishes (AWS IoT quotas).
    if (topic.starts_with("$aws/things/"))
        taken_.publishes.take(aws_.account_publishes_per_second, now);
    message_ref kept;
    route({.topic = topic, .payload = payload, .level = level}, kept, now);
}

void core::send(connection const& to, mqtt::packet const& p) {
    scratch_.clear();
    mqtt::encode(p, to.level, scratch_);
    send(to, scratch_);
}

void core::send(connection const& to, std::string_view packet) {
    if (packet.size() <= to.max_packet_bytes)
        return out_.send(to.from.id, packet);
    to_end_.emplace_back(to.from.id,
                         ending{.code = 0x95,
                                .log_reason = "CLIENT_ERROR",
                                .details = "the answer is larger than the client's maximum packet "
                                           "size [MQTT-3.1.2-24]"});
}

void core::send_ack(connection const& to, mqtt::ack_type type, mqtt::packet_id id,
                    mqtt::reason_code code) {
    if (code == 0 || to.level != mqtt::version::v5) {
        char const bytes[] = {static_cast<char>(static_cast<unsigned>(type) << 4 |
                                                (type == mqtt::ack_type::pubrel ? 2u : 0u)),
                              2, static_cast<char>(id >> 8), static_cast<char>(id)};
        return send(to, {bytes, sizeof bytes});
    }
    scratch_.clear();
    mqtt::encode(mqtt::ack{.type = type, .id = id, .code = code}, to.level, scratch_);
    send(to, scratch_);
}

void core::keep_session(session const& s) {
    durable::session_record r{.number = s.number,
                              .version = static_cast<std::uint8_t>(s.level),
                              .aws = s.rules->aws,
                              .expiry_seconds = s.expiry_seconds,
                              .offline_since = s.offline_since,
                              .sent = s.out.sent_end(),
                              .presence_version = s.presence_version};
    if (s.link != nullptr && s.presence_version) {
        r.session_identifier = {s.link->session_identifier.data(),
                                s.link->session_identifier.size()};
        if (s.link->from.who)
            r.principal_identifier = s.link->from.who->identifier();
    }
    keep(durable::print_session(s.client_id, r));
}

void core::keep_will(session& s, stored_will const* will) {
    if (s.durable && will != nullptr)
        keep(durable::print_will(s.number, {.what = {.topic = will->topic,
                                                     .payload = will->payload,
                                                     .properties = will->properties,
                                                     .level = will->level,
                                                     .retain = will->retain},
                                            .expiry_seconds = will->expiry_seconds,
                                            .delay_seconds = will->delay_seconds}));
    else if (s.has_will_record)
        keep(durable::forget_will(s.number));
    s.has_will_record = s.durable && will != nullptr;
}

presence_facts core::facts_of(connection const& c, std::string_view client_id, utc_time now) const {
    return {.client_id = client_id,
            .thing_name = may_.thing_of(c.from),
            .session_identifier = {c.session_identifier.data(), c.session_identifier.size()},
            .principal_identifier = c.from.who ? c.from.who->identifier() : std::string_view{},
            .at = now};
}

void core::tell(presence_event const& event, utc_time now) {
    if (out_.holds_back(event))
        return;
    // (unconfirmed) at which QoS AWS publishes them: ours arrive at the subscription's QoS.
    publish_from_service(event.topic, event.payload, mqtt::qos::at_least_once, request_, now);
}

std::string_view core::forwarded_properties(mqtt::properties const& all, mqtt::version level,
                                            std::string& scratch) const {
    if (level != mqtt::version::v5)
        return {};
    mqtt::properties forwarded;
    forwarded.payload_format_indicator = all.payload_format_indicator;
    forwarded.content_type = all.content_type;
    forwarded.response_topic = all.response_topic;
    forwarded.correlation_data = all.correlation_data;
    forwarded.user_properties = all.user_properties;
    scratch.clear();
    mqtt::encode_property_list(forwarded, scratch);
    return scratch;
}

} // namespace cogniot::broker
