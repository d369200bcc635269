#include "mqtt/property_codec.hpp"

#include <algorithm>
#include <array>

namespace cogniot::mqtt {
namespace {

enum id : std::uint8_t {
    payload_format_indicator = 0x01,
    message_expiry_interval = 0x02,
    content_type = 0x03,
    response_topic = 0x08,
    correlation_data = 0x09,
    subscription_identifier = 0x0B,
    session_expiry_interval = 0x11,
    assigned_client_identifier = 0x12,
    server_keep_alive = 0x13,
    authentication_method = 0x15,
    authentication_data = 0x16,
    request_problem_information = 0x17,
    will_delay_interval = 0x18,
    request_response_information = 0x19,
    response_information = 0x1A,
    server_reference = 0x1C,
    reason_string = 0x1F,
    receive_maximum = 0x21,
    topic_alias_maximum = 0x22,
    topic_alias = 0x23,
    maximum_qos = 0x24,
    retain_available = 0x25,
    user_property = 0x26,
    maximum_packet_size = 0x27,
    wildcard_subscription_available = 0x28,
    subscription_identifier_available = 0x29,
    shared_subscription_available = 0x2A,
};

constexpr unsigned bit(property_place p) {
    return 1u << static_cast<unsigned>(p);
}
template <typename... Places>
constexpr std::uint16_t in(Places... places) {
    return static_cast<std::uint16_t>((bit(places) | ...));
}

/// Table 2-4: by property identifier, the places that may hold it; 0 = no such property.
constexpr auto allowed = [] {
    using enum property_place;
    constexpr auto message = in(publish, will);
    constexpr auto answers =
        in(connack, puback, pubrec, pubrel, pubcomp, suback, unsuback, disconnect, auth);
    std::array<std::uint16_t, 0x2B> table{};
    table[id::payload_format_indicator] = message;
    table[id::message_expiry_interval] = message;
    table[id::content_type] = message;
    table[id::response_topic] = message;
    table[id::correlation_data] = message;
    table[id::subscription_identifier] = in(publish, subscribe);
    table[id::session_expiry_interval] = in(connect, connack, disconnect);
    table[id::assigned_client_identifier] = in(connack);
    table[id::server_keep_alive] = in(connack);
    table[id::authentication_method] = in(connect, connack, auth);
    table[id::authentication_data] = in(connect, connack, auth);
    table[id::request_problem_information] = in(connect);
    table[id::will_delay_interval] = in(will);
    table[id::request_response_information] = in(connect);
    table[id::response_information] = in(connack);
    table[id::server_reference] = in(connack, disconnect);
    table[id::reason_string] = answers;
    table[id::receive_maximum] = in(connect, connack);
    table[id::topic_alias_maximum] = in(connect, connack);
    table[id::topic_alias] = in(publish);
    table[id::maximum_qos] = in(connack);
    table[id::retain_available] = in(connack);
    table[id::user_property] =
        static_cast<std::uint16_t>(answers | message | in(connect, subscribe, unsubscribe));
    table[id::maximum_packet_size] = in(connect, connack);
    table[id::wildcard_subscription_available] = in(connack);
    table[id::subscription_identifier_available] = in(connack);
    table[id::shared_subscription_available] = in(connack);
    return table;
}();

/// Sets a property that may come once.
template <typename T>
void once(reader& r, std::optional<T>& into, T value) {
    if (into)
        r.fail(errc::protocol_error, "a property is there twice (MQTT 5, 2.2.2.2)");
    into = value;
}

void flag(reader& r, std::optional<std::uint8_t>& into) {
    auto const value = r.u8();
    if (value > 1)
        r.fail(errc::protocol_error, "a property that is 0 or 1 has another value");
    once(r, into, value);
}

template <typename T>
void not_zero(reader& r, std::optional<T>& into, T value) {
    if (value == 0)
        r.fail(errc::protocol_error, "a property that may not be 0 is 0");
    once(r, into, value);
}

void decode_one(reader& r, std::uint32_t which, property_place where, properties& p) {
    switch (which) {
    case id::payload_format_indicator:
        return flag(r, p.payload_format_indicator);
    case id::message_expiry_interval:
        return once(r, p.message_expiry_interval, r.u32());
    case id::content_type:
        return once(r, p.content_type, r.text());
    case id::response_topic: {
        auto const topic = r.text();
        if (topic.find_first_of("+#") != std::string_view::npos)
            r.fail(errc::protocol_error, "a wildcard in the response topic [MQTT-3.3.2-14]");
        return once(r, p.response_topic, topic);
    }
    case id::correlation_data:
        return once(r, p.correlation_data, r.binary());
    case id::subscription_identifier: {
        auto const value = r.varint();
        if (value == 0)
            r.fail(errc::protocol_error, "subscription identifier 0 (MQTT 5, 3.8.2.1.2)");
        if (where == property_place::subscribe && !p.subscription_identifiers.empty())
            r.fail(errc::protocol_error, "a property is there twice (MQTT 5, 2.2.2.2)");
        if (r.ok())
            p.subscription_identifiers.push_back(value);
        return;
    }
    case id::session_expiry_interval:
        return once(r, p.session_expiry_interval, r.u32());
    case id::assigned_client_identifier:
        return once(r, p.assigned_client_identifier, r.text());
    case id::server_keep_alive:
        return once(r, p.server_keep_alive, r.u16());
    case id::authentication_method:
        return once(r, p.authentication_method, r.text());
    case id::authentication_data:
        return once(r, p.authentication_data, r.binary());
    case id::request_problem_information:
        return flag(r, p.request_problem_information);
    case id::will_delay_interval:
        return once(r, p.will_delay_interval, r.u32());
    case id::request_response_information:
        return flag(r, p.request_response_information);
    case id::response_information:
        return once(r, p.response_information, r.text());
    case id::server_reference:
        return once(r, p.server_reference, r.text());
    case id::reason_string:
        return once(r, p.reason_string, r.text());
    case id::receive_maximum:
        return not_zero(r, p.receive_maximum, r.u16());
    case id::topic_alias_maximum:
        return once(r, p.topic_alias_maximum, r.u16());
    case id::topic_alias:
        return once(r, p.topic_alias, r.u16());
    case id::maximum_qos:
        return flag(r, p.maximum_qos);
    case id::retain_available:
        return flag(r, p.retain_available);
    case id::user_property: {
        auto const name = r.text();
        auto const value = r.text();
        if (r.ok())
            p.user_properties.emplace_back(name, value);
        return;
    }
    case id::maximum_packet_size:
        return not_zero(r, p.maximum_packet_size, r.u32());
    case id::wildcard_subscription_available:
        return flag(r, p.wildcard_subscription_available);
    case id::subscription_identifier_available:
        return flag(r, p.subscription_identifier_available);
    case id::shared_subscription_available:
        return flag(r, p.shared_subscription_available);
    default:
        break;
    }
}

/// Calls put(id, value) for each property that is set, in the order of their identifiers.
template <typename Put>
void for_each(properties const& p, Put&& put) {
    auto const maybe = [&](id which, auto const& value) {
        if (value)
            put(which, *value);
    };
    maybe(id::payload_format_indicator, p.payload_format_indicator);
    maybe(id::message_expiry_interval, p.message_expiry_interval);
    maybe(id::content_type, p.content_type);
    maybe(id::response_topic, p.response_topic);
    maybe(id::correlation_data, p.correlation_data);
    for (auto const value : p.subscription_identifiers)
        put(id::subscription_identifier, value);
    maybe(id::session_expiry_interval, p.session_expiry_interval);
    maybe(id::assigned_client_identifier, p.assigned_client_identifier);
    maybe(id::server_keep_alive, p.server_keep_alive);
    maybe(id::authentication_method, p.authentication_method);
    maybe(id::authentication_data, p.authentication_data);
    maybe(id::request_problem_information, p.request_problem_information);
    maybe(id::will_delay_interval, p.will_delay_interval);
    maybe(id::request_response_information, p.request_response_information);
    maybe(id::response_information, p.response_information);
    maybe(id::server_reference, p.server_reference);
    maybe(id::reason_string, p.reason_string);
    maybe(id::receive_maximum, p.receive_maximum);
    maybe(id::topic_alias_maximum, p.topic_alias_maximum);
    maybe(id::topic_alias, p.topic_alias);
    maybe(id::maximum_qos, p.maximum_qos);
    maybe(id::retain_available, p.retain_available);
    for (auto const& pair : p.user_properties)
        put(id::user_property, pair);
    maybe(id::maximum_packet_size, p.maximum_packet_size);
    maybe(id::wildcard_subscription_available, p.wildcard_subscription_available);
    maybe(id::subscription_identifier_available, p.subscription_identifier_available);
    maybe(id::shared_subscription_available, p.shared_subscription_available);
}

using string_pair = std::pair<std::string_view, std::string_view>;

std::size_t list_size(properties const& p) {
    struct measure {
        std::size_t total = 0;
        void operator()(id, std::uint8_t) { total += 2; }
        void operator()(id, std::uint16_t) { total += 3; }
        void operator()(id which, std::uint32_t value) {
            total += 1 + (which == id::subscription_identifier ? varint_size(value) : 4);
        }
        void operator()(id, std::string_view value) { total += 3 + value.size(); }
        void operator()(id, string_pair const& pair) {
            total += 5 + pair.first.size() + pair.second.size();
        }
    } sum;
    for_each(p, sum);
    return sum.total;
}

} // namespace

void decode_properties(reader& r, property_place where, properties& out) {
    auto const size = r.varint();
    reader list(r.take(size), r.level());
    while (r.ok() && list.ok() && !list.is_empty()) {
        auto const which = list.varint();
        if (!list.ok())
            break;
        if (which >= allowed.size() || allowed[which] == 0)
            list.fail(errc::malformed_packet, "an unknown property (MQTT 5, 2.2.2.2)");
        else if ((allowed[which] & bit(where)) == 0)
            list.fail(errc::protocol_error,
                      "a property that this packet may not hold (MQTT 5, 2.2.2.2)");
        else
            decode_one(list, which, where, out);
    }
    if (!list.ok())
        r.fail(list.which(), list.reason());
    if (out.authentication_data && !out.authentication_method)
        r.fail(errc::protocol_error, "authentication data without a method (MQTT 5, 3.1.2.11.10)");
}

std::size_t encoded_properties_size(properties const& p) {
    auto const size = list_size(p);
    return varint_size(size) + size;
}

void encode_property_list(properties const& p, std::string& out) {
    struct writer {
        std::string& out;
        void operator()(id which, std::uint8_t value) {
            put_u8(out, which);
            put_u8(out, value);
        }
        void operator()(id which, std::uint16_t value) {
            put_u8(out, which);
            put_u16(out, value);
        }
        void operator()(id which, std::uint32_t value) {
            put_u8(out, which);
            if (which == id::subscription_identifier)
                put_varint(out, value);
            else
                put_u32(out, value);
        }
        void operator()(id which, std::string_view value) {
            put_u8(out, which);
            put_binary(out, value);
        }
        void operator()(id which, string_pair const& pair) {
            put_u8(out, which);
            put_binary(out, pair.first);
            put_binary(out, pair.second);
        }
    } write{out};
    for_each(p, write);
}

void encode_properties(properties const& p, std::string& out) {
    put_varint(out, list_size(p));
    encode_property_list(p, out);
}

result<void> check_properties(properties const& p, property_place where) {
    struct measure {
        std::size_t longest = 0;
        void operator()(id, std::string_view value) { longest = std::max(longest, value.size()); }
        void operator()(id, string_pair const& pair) {
            longest = std::max({longest, pair.first.size(), pair.second.size()});
        }
        void operator()(id, std::uint32_t) {}
    } measured;
    for_each(p, measured);
    if (measured.longest > 65535)
        return fail(errc::string_too_long, "a property has at most 65535 bytes (MQTT 5, 1.5.4)");
    // The decoder is the judge: there is one set of rules.
    std::string encoded;
    encode_properties(p, encoded);
    reader in(encoded, version::v5);
    properties read;
    decode_properties(in, where, read);
    return in.ok() ? result<void>() : in.failure();
}

} // namespace cogniot::mqtt
