#include "broker/durable.hpp"

#include "base/forget_below.hpp"
#include "json/parse.hpp"
#include "mqtt/wire.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <utility>

namespace cogniot::broker::durable {
namespace {

/// Every binary value starts with it.
constexpr unsigned format = 1;

constexpr unsigned retain_bit = 4, released_bit = 8, shared_bit = 16, identifiers_bit = 32;

/// `n` in `digits` hexadecimal digits, so that keys sort as numbers do.
void put_hex(std::string& out, std::uint64_t n, int digits) {
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        out += "0123456789abcdef"[n >> shift & 15];
}

std::optional<std::uint64_t> read_hex(std::string_view text) {
    std::uint64_t n = 0;
    auto const end = text.data() + text.size();
    auto const got = std::from_chars(text.data(), end, n, 16);
    if (text.empty() || got.ec != std::errc{} || got.ptr != end)
        return {};
    return n;
}

std::string session_key(std::uint32_t session) {
    std::string key;
    put_hex(key, session, 8);
    key += '/';
    return key;
}

/// Takes the session number and the slash off a key.
std::optional<std::uint32_t> take_session(std::string_view& key) {
    if (key.size() < 9 || key[8] != '/')
        return {};
    auto const n = read_hex(key.substr(0, 8));
    key.remove_prefix(9);
    if (!n)
        return {};
    return static_cast<std::uint32_t>(*n);
}

std::string received_key(std::uint32_t session, std::uint16_t id) {
    auto key = session_key(session);
    put_hex(key, id, 4);
    return key;
}

std::string shared_key(std::uint64_t number) {
    std::string key;
    put_hex(key, number, 12);
    return key;
}

void put_time(std::string& out, utc_time at) {
    auto const ms = static_cast<std::uint64_t>(at.time_since_epoch().count());
    mqtt::put_u32(out, static_cast<std::uint32_t>(ms >> 32));
    mqtt::put_u32(out, static_cast<std::uint32_t>(ms));
}

utc_time read_time(mqtt::reader& in) {
    auto const high = static_cast<std::uint64_t>(in.u32());
    return utc_time(std::chrono::milliseconds(static_cast<std::int64_t>(high << 32 | in.u32())));
}

void put_message(std::string& out, message_view const& m) {
    mqtt::put_u8(out, static_cast<unsigned>(m.level) | (m.retain ? retain_bit : 0));
    put_time(out, m.expires);
    mqtt::put_binary(out, m.topic);
    mqtt::put_u32(out, static_cast<std::uint32_t>(m.properties.size()));
    out.append(m.properties);
    out.append(m.payload);
}

message_view read_message(mqtt::reader& in) {
    message_view m;
    auto const flags = in.u8();
    m.level = static_cast<mqtt::qos>(flags & 3);
    m.retain = (flags & retain_bit) != 0;
    m.expires = read_time(in);
    m.topic = in.binary();
    m.properties = in.take(in.u32());
    m.payload = in.rest();
    return m;
}

std::string message_value(message_view const& m) {
    std::string value;
    value.reserve(32 + m.topic.size() + m.properties.size() + m.payload.size());
    mqtt::put_u8(value, format);
    return value;
}

mqtt::reader open_value(std::string_view value) {
    mqtt::reader in(value, mqtt::version::v5);
    if (in.u8() != format)
        in.fail(mqtt::errc::malformed_packet, "a record of another format");
    return in;
}

record forget(char const* kind, std::string key) {
    return {.kind = kind, .key = std::move(key), .value = {}};
}

} // namespace

record print_session(std::string_view client_id, session_record const& s) {
    boost::json::object o{{"number", s.number},
                          {"version", s.version},
                          {"profile", s.aws ? "aws" : "standard"},
                          {"expiry", s.expiry_seconds}};
    if (s.offline_since)
        o["offlineSince"] = s.offline_since->time_since_epoch().count();
    if (s.sent != 0)
        o["sent"] = s.sent;
    if (s.presence_version)
        o["presenceVersion"] = *s.presence_version;
    if (!s.session_identifier.empty()) {
        o["sessionIdentifier"] = s.session_identifier;
        o["principalIdentifier"] = s.principal_identifier;
    }
    return {.kind = "session", .key = std::string(client_id), .value = json::print(o)};
}

std::optional<session_record> parse_session(std::string_view value) {
    auto const o = json::parse_object(value);
    if (!o)
        return {};
    auto const number = json::find_integer(*o, "number");
    auto const version = json::find_integer(*o, "version");
    auto const expiry = json::find_integer(*o, "expiry");
    auto const profile = json::find_string(*o, "profile");
    bool const is_number = number && *number > 0 && *number < 0xFFFF'FFFF;
    bool const is_version = version && *version >= 3 && *version <= 5;
    bool const is_expiry = expiry && *expiry >= 0 && *expiry <= 0xFFFF'FFFF;
    if (!is_number || !is_version || !is_expiry || (profile != "aws" && profile != "standard"))
        return {};
    session_record s{.number = static_cast<std::uint32_t>(*number),
                     .version = static_cast<std::uint8_t>(*version),
                     .aws = *profile == "aws",
                     .expiry_seconds = static_cast<std::uint32_t>(*expiry)};
    if (auto const since = json::find_integer(*o, "offlineSince"))
        s.offline_since = utc_time(std::chrono::milliseconds(*since));
    if (auto const sent = json::find_integer(*o, "sent"); sent && *sent > 0)
        s.sent = static_cast<std::uint64_t>(*sent);
    if (auto const seen = json::find_integer(*o, "presenceVersion"); seen && *seen >= 0)
        s.presence_version = static_cast<std::uint64_t>(*seen);
    s.session_identifier = json::find_string(*o, "sessionIdentifier").value_or("");
    s.principal_identifier = json::find_string(*o, "principalIdentifier").value_or("");
    return s;
}

record print_subscription(std::uint32_t session, std::string_view filter,
                          subscription_options const& options) {
    boost::json::object o{{"qos", static_cast<int>(options.maximum)}};
    if (options.no_local)
        o["noLocal"] = true;
    if (options.retain_as_published)
        o["retainAsPublished"] = true;
    if (options.identifier != 0)
        o["identifier"] = options.identifier;
    auto key = session_key(session);
    key += filter;
    return {.kind = "subscription", .key = std::move(key), .value = json::print(o)};
}

std::optional<subscription_record> parse_subscription(std::string_view key,
                                                      std::string_view value) {
    auto const session = take_session(key);
    auto const o = json::parse_object(value);
    if (!session || !o)
        return {};
    auto const level = json::find_integer(*o, "qos");
    if (!level || *level < 0 || *level > 2)
        return {};
    subscription_record s{.session = *session, .filter = std::string(key)};
    s.options.maximum = static_cast<mqtt::qos>(*level);
    s.options.no_local = json::find_bool(*o, "noLocal").value_or(false);
    s.options.retain_as_published = json::find_bool(*o, "retainAsPublished").value_or(false);
    s.options.identifier =
        static_cast<std::uint32_t>(json::find_integer(*o, "identifier").value_or(0));
    return s;
}

std::string queued_key(std::uint32_t session, std::uint64_t number) {
    auto key = session_key(session);
    put_hex(key, number, 12);
    return key;
}

record print_queued(queued_record const& q) {
    auto value = message_value(q.what);
    mqtt::put_u8(value, static_cast<unsigned>(q.level) | (q.retain ? retain_bit : 0) |
                            (q.released ? released_bit : 0) | (q.shared != 0 ? shared_bit : 0) |
                            (q.identifiers.empty() ? 0 : identifiers_bit));
    if (!q.identifiers.empty()) {
        mqtt::put_varint(value, q.identifiers.size());
        for (auto const id : q.identifiers)
            mqtt::put_varint(value, id);
    }
    if (q.shared != 0) {
        mqtt::put_u32(value, static_cast<std::uint32_t>(q.shared >> 32));
        mqtt::put_u32(value, static_cast<std::uint32_t>(q.shared));
    } else if (!q.released) {
        put_message(value, q.what);
    }
    return {.kind = "queued", .key = queued_key(q.session, q.number), .value = std::move(value)};
}

std::optional<queued_record> parse_queued(std::string_view key, std::string_view value) {
    auto const session = take_session(key);
    auto const number = read_hex(key);
    if (!session || !number)
        return {};
    queued_record q{.session = *session, .number = *number};
    auto in = open_value(value);
    auto const flags = in.u8();
    q.level = static_cast<mqtt::qos>(flags & 3);
    q.retain = (flags & retain_bit) != 0;
    q.released = (flags & released_bit) != 0;
    if ((flags & identifiers_bit) != 0)
        for (auto n = in.varint(); n > 0 && in.ok(); --n)
            q.identifiers.push_back(in.varint());
    if ((flags & shared_bit) != 0) {
        auto const high = static_cast<std::uint64_t>(in.u32());
        q.shared = high << 32 | in.u32();
    } else if (!q.released) {
        q.what = read_message(in);
    }
    if (!in.ok())
        return {};
    return q;
}

record print_shared(std::uint64_t number, message_view const& m) {
    auto value = message_value(m);
    put_message(value, m);
    return {.kind = "message", .key = shared_key(number), .value = std::move(value)};
}

std::optional<std::uint64_t> parse_shared_key(std::string_view key) {
    return read_hex(key);
}

std::optional<message_view> parse_message(std::string_view value) {
    auto in = open_value(value);
    auto const m = read_message(in);
    if (!in.ok())
        return {};
    return m;
}

record print_retained(message_view const& m, utc_time stored_at) {
    auto value = message_value(m);
    put_time(value, stored_at);
    put_message(value, m);
    return {.kind = "retained", .key = std::string(m.topic), .value = std::move(value)};
}

std::optional<retained_record> parse_retained(std::string_view value) {
    auto in = open_value(value);
    retained_record r;
    r.stored_at = read_time(in);
    r.what = read_message(in);
    if (!in.ok())
        return {};
    return r;
}

record print_received(std::uint32_t session, std::uint16_t id) {
    return {.kind = "received", .key = received_key(session, id), .value = std::string{}};
}

std::optional<std::pair<std::uint32_t, std::uint16_t>> parse_received(std::string_view key) {
    auto const session = take_session(key);
    auto const id = read_hex(key);
    if (!session || !id || *id == 0 || *id > 65535)
        return {};
    return std::pair{*session, static_cast<std::uint16_t>(*id)};
}

record print_will(std::uint32_t session, will_record const& w) {
    auto value = message_value(w.what);
    mqtt::put_u32(value, w.delay_seconds);
    mqtt::put_u8(value, w.expiry_seconds ? 1 : 0);
    mqtt::put_u32(value, w.expiry_seconds.value_or(0));
    put_message(value, w.what);
    return {.kind = "will", .key = session_key(session), .value = std::move(value)};
}

std::optional<std::pair<std::uint32_t, will_record>> parse_will(std::string_view key,
                                                                std::string_view value) {
    auto const session = take_session(key);
    auto in = open_value(value);
    will_record w{.delay_seconds = in.u32()};
    bool const has_expiry = in.u8() != 0;
    auto const expiry = in.u32();
    if (has_expiry)
        w.expiry_seconds = expiry;
    w.what = read_message(in);
    if (!session || !key.empty() || !in.ok())
        return {};
    return std::pair{*session, w};
}

record forget_will(std::uint32_t session) {
    return forget("will", session_key(session));
}
record forget_session(std::string_view client_id) {
    return forget("session", std::string(client_id));
}
record forget_subscription(std::uint32_t session, std::string_view filter) {
    auto key = session_key(session);
    key += filter;
    return forget("subscription", std::move(key));
}
std::vector<record> forget_all_of(std::uint32_t session) {
    auto const prefix = session_key(session);
    return {forget_below("subscription", prefix), forget_below("queued", prefix),
            forget_below("received", prefix), forget_below("will", prefix)};
}
record forget_queued(std::uint32_t session, std::uint64_t number) {
    return forget("queued", queued_key(session, number));
}
record forget_shared(std::uint64_t number) {
    return forget("message", shared_key(number));
}
record forget_retained(std::string_view topic) {
    return forget("retained", std::string(topic));
}
record forget_received(std::uint32_t session, std::uint16_t id) {
    return forget("received", received_key(session, id));
}

} // namespace cogniot::broker::durable
