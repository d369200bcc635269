#include "mqtt/decode.hpp"

#include "mqtt/property_codec.hpp"

#include <algorithm>
#include <initializer_list>

namespace cogniot::mqtt {
namespace {

bool is_v5(reader const& in) {
    return in.level() == version::v5;
}

void decode_will(std::uint8_t flags, reader& in, connect& out) {
    auto& will = out.last_will.emplace();
    auto const level = flags >> 3 & 3;
    if (level == 3)
        in.fail(errc::malformed_packet,
                is_v5(in) ? "will QoS 3 [MQTT-3.1.2-12]" : "will QoS 3 [MQTT-3.1.2-14]");
    will.level = static_cast<qos>(level);
    will.retain = (flags & 0x20) != 0;
    if (is_v5(in))
        decode_properties(in, property_place::will, will.props);
    will.topic = in.text();
    will.payload = in.binary();
}

void decode_connect(reader& in, connect& out) {
    auto const name = in.text();
    auto const level = in.u8();
    if (!in.ok())
        return;
    if (name != "MQTT" && name != "MQIsdp")
        return in.fail(errc::unsupported_version, "the protocol name is not MQTT [MQTT-3.1.2-1]");
    if (name == "MQTT" ? level != 4 && level != 5 : level != 3)
        return in.fail(errc::unsupported_version,
                       "the protocol level is none of 3, 4 and 5 [MQTT-3.1.2-2]");
    out.level = static_cast<version>(level);
    in.set_level(out.level);

    auto const flags = in.u8();
    if ((flags & 1) != 0)
        return in.fail(errc::malformed_packet, "reserved connect flag set [MQTT-3.1.2-3]");
    out.clean_start = (flags & 2) != 0;
    out.keep_alive_seconds = in.u16();
    if (is_v5(in))
        decode_properties(in, property_place::connect, out.props);
    out.client_id = in.text();
    if ((flags & 4) != 0)
        decode_will(flags, in, out);
    else if ((flags & 0x38) != 0)
        return in.fail(errc::malformed_packet,
                       is_v5(in) ? "will QoS or will retain without a will [MQTT-3.1.2-11] "
                                   "[MQTT-3.1.2-13]"
                                 : "will QoS or will retain without a will [MQTT-3.1.2-11]");
    if ((flags & 0x40) != 0 && !is_v5(in) && (flags & 0x80) == 0)
        return in.fail(errc::malformed_packet, "a password without a user name [MQTT-3.1.2-22]");
    if ((flags & 0x80) != 0)
        out.user_name = in.text();
    if ((flags & 0x40) != 0)
        out.password = in.binary();
}

void decode_connack(reader& in, connack& out) {
    auto const flags = in.u8();
    if (flags > 1)
        in.fail(errc::malformed_packet, "reserved CONNACK flags set (3.2.2.1)");
    out.session_present = flags == 1;
    out.code = in.u8();
    if (out.session_present && out.code != 0)
        in.fail(errc::protocol_error, "session present in a refusal [MQTT-3.2.2-4]");
    if (is_v5(in))
        decode_properties(in, property_place::connack, out.props);
}

packet_id decode_id(reader& in) {
    auto const id = in.u16();
    if (in.ok() && id == 0)
        in.fail(errc::malformed_packet, is_v5(in) ? "packet identifier 0 [MQTT-2.2.1-3]"
                                                  : "packet identifier 0 [MQTT-2.3.1-1]");
    return id;
}

void decode_publish(std::uint8_t first, reader& in, decoder::role role, publish& out) {
    out.retain = (first & 1) != 0;
    out.level = static_cast<qos>(first >> 1 & 3);
    out.dup = (first & 8) != 0;
    out.topic = in.text();
    if (out.level != qos::at_most_once)
        out.id = decode_id(in);
    if (is_v5(in)) {
        decode_properties(in, property_place::publish, out.props);
        if (out.topic.empty() && !out.props.topic_alias)
            in.fail(errc::protocol_error, "neither a topic nor a topic alias (MQTT 5, 3.3.2.1)");
        if (role == decoder::role::reads_from_client && !out.props.subscription_identifiers.empty())
            in.fail(errc::protocol_error, "a subscription identifier from a client [MQTT-3.3.4-6]");
    }
    out.payload = in.rest();
}

bool is_one_of(reason_code code, std::initializer_list<reason_code> codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// What a client may say. Servers are taken at their word: AWS reserves the right to send others.
bool is_client_ack_code(ack_type type, reason_code code) {
    if (type == ack_type::pubrel || type == ack_type::pubcomp)
        return code == 0 || code == 0x92;
    return is_one_of(code, {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99});
}

void decode_ack(ack_type type, reader& in, decoder::role role, ack& out) {
    out.type = type;
    out.id = decode_id(in);
    if (!is_v5(in) || in.is_empty())
        return;
    out.code = in.u8();
    if (role == decoder::role::reads_from_client && !is_client_ack_code(type, out.code))
        in.fail(errc::protocol_error,
                "a reason code that this packet may not have "
                "[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]");
    if (!in.is_empty())
        decode_properties(in, static_cast<property_place>(type), out.props);
}

void decode_subscribe(reader& in, subscribe& out) {
    out.id = decode_id(in);
    if (is_v5(in))
        decode_properties(in, property_place::subscribe, out.props);
    if (in.ok() && in.is_empty())
        in.fail(errc::protocol_error, is_v5(in)
                                          ? "SUBSCRIBE without a topic filter [MQTT-3.8.3-2]"
                                          : "SUBSCRIBE without a topic filter [MQTT-3.8.3-3]");
    while (in.ok() && !in.is_empty()) {
        auto& next = out.filters.emplace_back();
        next.filter = in.text();
        auto const options = in.u8();
        if ((options & 3) == 3)
            in.fail(is_v5(in) ? errc::protocol_error : errc::malformed_packet,
                    "maximum QoS 3 [MQTT-3-8.3-4]");
        next.maximum = static_cast<qos>(options & 3);
        if (!is_v5(in)) {
            if ((options & 0xFC) != 0)
                in.fail(errc::malformed_packet, "reserved bits beside the QoS [MQTT-3-8.3-4]");
            continue;
        }
        if ((options & 0xC0) != 0)
            in.fail(errc::malformed_packet, "reserved subscription options [MQTT-3.8.3-5]");
        next.no_local = (options & 4) != 0;
        next.retain_as_published = (options & 8) != 0;
        next.retain_handling = options >> 4 & 3;
        if (next.retain_handling == 3)
            in.fail(errc::protocol_error, "retain handling 3 (MQTT 5, 3.8.3.1)");
        if (next.no_local && next.filter.substr(0, 7) == "$share/")
            in.fail(errc::protocol_error, "no local on a shared subscription [MQTT-3.8.3-4]");
    }
}

void decode_codes(reader& in, std::vector<reason_code>& out) {
    auto const codes = in.rest();
    out.assign(codes.begin(), codes.end());
}

void decode_suback(reader& in, suback& out) {
    out.id = decode_id(in);
    if (is_v5(in))
        decode_properties(in, property_place::suback, out.props);
    if (in.ok())
        decode_codes(in, out.codes);
}

void decode_unsubscribe(reader& in, unsubscribe& out) {
    out.id = decode_id(in);
    if (is_v5(in))
        decode_properties(in, property_place::unsubscribe, out.props);
    if (in.ok() && in.is_empty())
        in.fail(errc::protocol_error, "UNSUBSCRIBE without a topic filter [MQTT-3.10.3-2]");
    while (in.ok() && !in.is_empty())
        out.filters.push_back(in.text());
}

void decode_unsuback(reader& in, unsuback& out) {
    out.id = decode_id(in);
    if (!is_v5(in))
        return;
    decode_properties(in, property_place::unsuback, out.props);
    if (in.ok())
        decode_codes(in, out.codes);
}

void decode_disconnect(reader& in, decoder::role role, disconnect& out) {
    if (!is_v5(in) || in.is_empty())
        return;
    out.code = in.u8();
    if (role == decoder::role::reads_from_client &&
        !is_one_of(out.code, {0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96,
                              0x97, 0x98, 0x99}))
        in.fail(errc::protocol_error, "a reason code that DISCONNECT may not have [MQTT-3.14.2-1]");
    if (!in.is_empty())
        decode_properties(in, property_place::disconnect, out.props);
}

void decode_auth(reader& in, auth& out) {
    if (in.is_empty())
        return;
    out.code = in.u8();
    if (!is_one_of(out.code, {0x00, 0x18, 0x19}))
        in.fail(errc::protocol_error, "a reason code that AUTH may not have [MQTT-3.15.2-1]");
    if (!in.is_empty())
        decode_properties(in, property_place::auth, out.props);
}

} // namespace

char const* refuse_first_byte(std::uint8_t first, version level, decoder::role role) {
    auto const type = first >> 4;
    auto const flags = first & 15;
    bool const from_client = role == decoder::role::reads_from_client;
    auto const client_only = [&](int t) { return t == 1 || t == 8 || t == 10 || t == 12; };
    auto const server_only = [&](int t) { return t == 2 || t == 9 || t == 11 || t == 13; };
    if (type == 0 || (type == 15 && level != version::v5))
        return "a reserved packet type (2.2.1)";
    if (from_client ? server_only(type) : client_only(type))
        return "a packet type that only this end sends (2.2.1)";
    if (type == 14 && !from_client && level != version::v5)
        return "DISCONNECT from a server, which MQTT 5 alone knows (3.14)";
    if (type == 3) {
        if ((flags >> 1 & 3) == 3)
            return "PUBLISH with QoS 3 [MQTT-3.3.1-4]";
        if ((flags & 8) != 0 && (flags >> 1 & 3) == 0)
            return "PUBLISH with DUP and QoS 0 [MQTT-3.3.1-2]";
        return nullptr;
    }
    auto const wanted = type == 6 || type == 8 || type == 10 ? 2 : 0;
    // MQTT 3.1 let SUBSCRIBE, UNSUBSCRIBE and PUBREL carry DUP (MQTT 3.1, 2.1).
    auto const given = level == version::v31 && wanted == 2 ? flags & 7 : flags;
    if (given == wanted)
        return nullptr;
    switch (type) {
    case 6:
        return "reserved flags of PUBREL [MQTT-3.6.1-1]";
    case 8:
        return "reserved flags of SUBSCRIBE [MQTT-3.8.1-1]";
    case 10:
        return "reserved flags of UNSUBSCRIBE [MQTT-3.10.1-1]";
    case 14:
        return "reserved flags of DISCONNECT [MQTT-3.14.1-1]";
    case 15:
        return "reserved flags of AUTH [MQTT-3.15.1-1]";
    default:
        return level == version::v5 ? "reserved flags of the fixed header [MQTT-2.1.3-1]"
                                    : "reserved flags of the fixed header [MQTT-2.2.2-2]";
    }
}

void decode_body(std::uint8_t first, reader& in, decoder::role role, packet& out) {
    switch (first >> 4) {
    case 1:
        decode_connect(in, out.emplace<connect>());
        break;
    case 2:
        decode_connack(in, out.emplace<connack>());
        break;
    case 3:
        decode_publish(first, in, role, out.emplace<publish>());
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        decode_ack(static_cast<ack_type>(first >> 4), in, role, out.emplace<ack>());
        break;
    case 8:
        decode_subscribe(in, out.emplace<subscribe>());
        break;
    case 9:
        decode_suback(in, out.emplace<suback>());
        break;
    case 10:
        decode_unsubscribe(in, out.emplace<unsubscribe>());
        break;
    case 11:
        decode_unsuback(in, out.emplace<unsuback>());
        break;
    case 12:
        out.emplace<pingreq>();
        break;
    case 13:
        out.emplace<pingresp>();
        break;
    case 14:
        decode_disconnect(in, role, out.emplace<disconnect>());
        break;
    default:
        decode_auth(in, out.emplace<auth>());
        break;
    }
    if (in.ok() && !in.is_empty())
        in.fail(errc::malformed_packet, "bytes after the last field of the packet");
}

} // namespace cogniot::mqtt
