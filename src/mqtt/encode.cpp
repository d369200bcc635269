#include "mqtt/codec.hpp"
#include "mqtt/property_codec.hpp"
#include "mqtt/wire.hpp"

#include <cassert>

namespace cogniot::mqtt {
namespace {

std::size_t properties_size(properties const& p, version v) {
    return v == version::v5 ? encoded_properties_size(p) : 0;
}
void put_properties(properties const& p, version v, std::string& out) {
    if (v == version::v5)
        encode_properties(p, out);
}
void put_header(unsigned first, std::size_t size, std::string& out) {
    put_u8(out, first);
    put_varint(out, size);
}
void put_codes(std::vector<reason_code> const& codes, std::string& out) {
    out.append(reinterpret_cast<char const*>(codes.data()), codes.size());
}
bool is_bare(reason_code code, properties const& p) {
    return code == 0 && p == properties{};
}

struct encoder {
    version v;
    std::string& out;

    void operator()(connect const& p) {
        // The packet says its own level; `v` is what was agreed afterwards.
        auto const level = p.level;
        std::string_view const name = level == version::v31 ? "MQIsdp" : "MQTT";
        std::size_t size =
            2 + name.size() + 4 + properties_size(p.props, level) + 2 + p.client_id.size();
        unsigned flags = p.clean_start ? 2u : 0u;
        if (p.last_will) {
            auto const& w = *p.last_will;
            size += properties_size(w.props, level) + 4 + w.topic.size() + w.payload.size();
            flags |= 4u | static_cast<unsigned>(w.level) << 3 | (w.retain ? 0x20u : 0u);
        }
        if (p.user_name) {
            size += 2 + p.user_name->size();
            flags |= 0x80;
        }
        if (p.password) {
            size += 2 + p.password->size();
            flags |= 0x40;
        }
        put_header(0x10, size, out);
        put_binary(out, name);
        put_u8(out, static_cast<unsigned>(level));
        put_u8(out, flags);
        put_u16(out, p.keep_alive_seconds);
        put_properties(p.props, level, out);
        put_binary(out, p.client_id);
        if (p.last_will) {
            put_properties(p.last_will->props, level, out);
            put_binary(out, p.last_will->topic);
            put_binary(out, p.last_will->payload);
        }
        if (p.user_name)
            put_binary(out, *p.user_name);
        if (p.password)
            put_binary(out, *p.password);
    }

    void operator()(connack const& p) {
        put_header(0x20, 2 + properties_size(p.props, v), out);
        put_u8(out, p.session_present ? 1 : 0);
        put_u8(out, p.code);
        put_properties(p.props, v, out);
    }

    void operator()(publish const& p) {
        bool const has_id = p.level != qos::at_most_once;
        assert(has_id == (p.id != 0) && "a packet identifier exactly when QoS is above 0");
        put_header(
            0x30u | (p.dup ? 8u : 0u) | static_cast<unsigned>(p.level) << 1 | (p.retain ? 1u : 0u),
            2 + p.topic.size() + (has_id ? 2 : 0) + properties_size(p.props, v) + p.payload.size(),
            out);
        put_binary(out, p.topic);
        if (has_id)
            put_u16(out, p.id);
        put_properties(p.props, v, out);
        out.append(p.payload);
    }

    void operator()(ack const& p) {
        unsigned const first =
            static_cast<unsigned>(p.type) << 4 | (p.type == ack_type::pubrel ? 2u : 0u);
        if (v != version::v5 || is_bare(p.code, p.props)) {
            put_header(first, 2, out);
            put_u16(out, p.id);
            return;
        }
        put_header(first, 3 + encoded_properties_size(p.props), out);
        put_u16(out, p.id);
        put_u8(out, p.code);
        encode_properties(p.props, out);
    }

    void operator()(subscribe const& p) {
        assert(!p.filters.empty() && "SUBSCRIBE needs a filter [MQTT-3.8.3-3]");
        std::size_t size = 2 + properties_size(p.props, v);
        for (auto const& s : p.filters)
            size += 3 + s.filter.size();
        put_header(0x82, size, out);
        put_u16(out, p.id);
        put_properties(p.props, v, out);
        for (auto const& s : p.filters) {
            put_binary(out, s.filter);
            auto options = static_cast<unsigned>(s.maximum);
            if (v == version::v5)
                options |= (s.no_local ? 4u : 0u) | (s.retain_as_published ? 8u : 0u) |
                           static_cast<unsigned>(s.retain_handling) << 4;
            put_u8(out, options);
        }
    }

    void operator()(suback const& p) {
        put_header(0x90, 2 + properties_size(p.props, v) + p.codes.size(), out);
        put_u16(out, p.id);
        put_properties(p.props, v, out);
        put_codes(p.codes, out);
    }

    void operator()(unsubscribe const& p) {
        assert(!p.filters.empty() && "UNSUBSCRIBE needs a filter [MQTT-3.10.3-2]");
        std::size_t size = 2 + properties_size(p.props, v);
        for (auto const filter : p.filters)
            size += 2 + filter.size();
        put_header(0xA2, size, out);
        put_u16(out, p.id);
        put_properties(p.props, v, out);
        for (auto const filter : p.filters)
            put_binary(out, filter);
    }

    void operator()(unsuback const& p) {
        bool const v5 = v == version::v5;
        put_header(0xB0, 2 + (v5 ? properties_size(p.props, v) + p.codes.size() : 0), out);
        put_u16(out, p.id);
        put_properties(p.props, v, out);
        if (v5)
            put_codes(p.codes, out);
    }

    void operator()(pingreq const&) { put_header(0xC0, 0, out); }
    void operator()(pingresp const&) { put_header(0xD0, 0, out); }

    void operator()(disconnect const& p) { put_reason(0xE0, p.code, p.props); }
    void operator()(auth const& p) {
        assert(v == version::v5 && "AUTH exists in MQTT 5 only");
        put_reason(0xF0, p.code, p.props);
    }

    void put_reason(unsigned first, reason_code code, properties const& props) {
        if (v != version::v5 || is_bare(code, props))
            return put_header(first, 0, out);
        put_header(first, 1 + encoded_properties_size(props), out);
        put_u8(out, code);
        encode_properties(props, out);
    }
};

} // namespace

void encode(packet const& p, version v, std::string& out) {
    std::visit(encoder{v, out}, p);
}
void encode(publish const& p, version v, std::string& out) {
    encoder{v, out}(p);
}
void encode(ack const& p, version v, std::string& out) {
    encoder{v, out}(p);
}

std::string encode(packet const& p, version v) {
    std::string out;
    encode(p, v, out);
    return out;
}

} // namespace cogniot::mqtt
