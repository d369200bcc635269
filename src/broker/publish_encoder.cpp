#include "broker/publish_encoder.hpp"

#include "mqtt/wire.hpp"

#include <algorithm>
#include <limits>

namespace cogniot::broker {
namespace {

/// More than this is given back after use.
constexpr std::size_t kept_capacity = 256 * 1024;

constexpr std::uint8_t message_expiry_property = 0x02;
constexpr std::uint8_t subscription_identifier_property = 0x0B;

} // namespace

std::string_view publish_encoder::encode(message_view const& m, form const& f, utc_time now) {
    bool const is_common = !f.dup && f.identifiers.empty() && m.expires == never && m.serial != 0;
    auto const index =
        (f.is_v5 ? 6u : 0u) + static_cast<unsigned>(f.level) * 2 + (f.retain ? 1 : 0);
    auto& s = is_common ? shared_[index] : single_;
    if (!is_common || s.serial != m.serial) {
        if (s.bytes.capacity() > kept_capacity)
            std::string().swap(s.bytes);
        s.bytes.clear();
        s.serial = m.serial;
        compose(m, f, now, s);
    } else if (f.id != 0) {
        s.bytes[s.id_at] = static_cast<char>(f.id >> 8);
        s.bytes[s.id_at + 1] = static_cast<char>(f.id);
    }
    return s.bytes;
}

void publish_encoder::compose(message_view const& m, form const& f, utc_time now, slot& s) {
    using namespace mqtt;
    bool const expires = m.expires != never;
    std::size_t list = 0;
    if (f.is_v5) {
        list = m.properties.size() + (expires ? 5 : 0);
        for (auto const id : f.identifiers)
            list += 1 + varint_size(id);
    }
    auto const size = 2 + m.topic.size() + (f.id != 0 ? 2 : 0) +
                      (f.is_v5 ? varint_size(list) + list : 0) + m.payload.size();
    auto& out = s.bytes;
    out.reserve(size + 5);
    put_u8(out,
           0x30u | (f.dup ? 8u : 0u) | static_cast<unsigned>(f.level) << 1 | (f.retain ? 1u : 0u));
    put_varint(out, size);
    put_binary(out, m.topic);
    s.id_at = out.size();
    if (f.id != 0)
        put_u16(out, f.id);
    if (f.is_v5) {
        put_varint(out, list);
        if (expires) {
            auto const left = std::max<std::int64_t>(
                0, std::chrono::ceil<std::chrono::seconds>(m.expires - now).count());
            put_u8(out, message_expiry_property);
            put_u32(out, static_cast<std::uint32_t>(std::min<std::int64_t>(
                             left, std::numeric_limits<std::uint32_t>::max())));
        }
        for (auto const id : f.identifiers) {
            put_u8(out, subscription_identifier_property);
            put_varint(out, id);
        }
        out.append(m.properties);
    }
    out.append(m.payload);
}

} // namespace cogniot::broker
