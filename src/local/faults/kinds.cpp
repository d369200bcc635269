#include "local/faults/kinds.hpp"

#include <algorithm>

namespace cogniot::local {
namespace {

using names = std::string_view const[];

constexpr names common{"name", "probability", "skip", "count", "for"};
constexpr names of_operations{"identity", "message", "code"};
constexpr names of_upgrades{"identity", "message", "body"};
constexpr names of_packets{"client", "identity", "topic"};
constexpr names of_endings{"client", "identity", "topic", "reason"};
constexpr names of_events{"client", "event"};
constexpr names of_transfers{"operation", "client", "identity"};

// In the order of fault_kind.
constexpr kind_row kinds[] = {
    {fault_kind::throttle, "throttle", "operation", of_operations,
     "throttle cognito-idp:InitiateAuth 50%"},
    {fault_kind::limit_exceeded, "limit-exceeded", "operation", of_operations,
     "limit-exceeded iot:AttachPolicy count=1"},
    {fault_kind::internal_error, "internal-error", "operation", of_operations,
     "internal-error cognito-identity:* 10%"},
    {fault_kind::unavailable, "unavailable", "operation", of_operations,
     "unavailable iot:* for=30s"},
    {fault_kind::refuse_upgrade, "refuse-upgrade", "", of_upgrades,
     "refuse-upgrade count=2 message=Forbidden"},
    {fault_kind::hang_up, "hang-up", "when", of_packets, "hang-up publish topic=home/# 10%"},
    {fault_kind::disconnect, "disconnect", "when", of_endings,
     "disconnect 10m client=sensor-* reason=THROTTLED"},
    {fault_kind::take_over, "take-over", "when", of_packets, "take-over subscribe client=tab-1"},
    {fault_kind::lose_puback, "lose-puback", "", of_packets, "lose-puback topic=home/lamp count=1"},
    {fault_kind::duplicate, "duplicate", "", of_packets, "duplicate client=reader-* 5%"},
    {fault_kind::late_presence, "late-presence", "delay", of_events,
     "late-presence 2s event=connected"},
    {fault_kind::double_presence, "double-presence", "", of_events, "double-presence 20%"},
    {fault_kind::late_policy, "late-policy", "delay", {}, "late-policy 5m"},
    {fault_kind::latency, "latency", "delay", of_transfers, "latency 200ms client=sensor-*"},
    {fault_kind::bandwidth, "bandwidth", "bytes_per_second", of_transfers, "bandwidth 4096"},
};

// Why the server ends a connection; the first is the usual one.
// @source AWS IoT developer guide, "Lifecycle events": disconnectReason
constexpr end_reason end_reasons[] = {
    {"SERVER_INITIATED_DISCONNECT", broker::close_cause::server_shutdown},
    {"THROTTLED", broker::close_cause::throttled},
    {"FORBIDDEN_ACCESS", broker::close_cause::forbidden},
    {"AUTH_ERROR", broker::close_cause::not_authenticated},
    {"SERVER_ERROR", broker::close_cause::server_error},
    {"MQTT_KEEP_ALIVE_TIMEOUT", broker::close_cause::keep_alive},
    {"WEBSOCKET_TTL_EXPIRATION", broker::close_cause::websocket_expired},
    {"CUSTOMAUTH_TTL_EXPIRATION", broker::close_cause::authorizer_expired},
};

bool holds(std::span<std::string_view const> all, std::string_view one) {
    return std::ranges::find(all, one) != all.end();
}

} // namespace

std::span<kind_row const> all_kinds() {
    return kinds;
}

kind_row const* find_kind(std::string_view name) {
    auto const* const found = std::ranges::find(kinds, name, &kind_row::name);
    return found == std::end(kinds) ? nullptr : found;
}

kind_row const& row_of(fault_kind what) {
    return kinds[static_cast<std::size_t>(what)];
}

std::string_view print(fault_kind what) {
    return row_of(what).name;
}

std::string_view print(fault_moment when) {
    switch (when) {
    case fault_moment::connect:
        return "connect";
    case fault_moment::subscribe:
        return "subscribe";
    case fault_moment::unsubscribe:
        return "unsubscribe";
    case fault_moment::publish:
        return "publish";
    case fault_moment::puback:
        return "puback";
    case fault_moment::ping:
        return "ping";
    case fault_moment::age:
        return "age";
    }
    return "";
}

std::string kind_names() {
    std::string out;
    for (auto const& row : kinds)
        out.append(out.empty() ? "" : ", ").append(row.name);
    return out;
}

end_reason const* find_end_reason(std::string_view name) {
    if (name.empty())
        return &end_reasons[0];
    auto const* const found = std::ranges::find(end_reasons, name, &end_reason::name);
    return found == std::end(end_reasons) ? nullptr : found;
}

std::string end_reason_names() {
    std::string out;
    for (auto const& one : end_reasons)
        out.append(out.empty() ? "" : ", ").append(one.name);
    return out;
}

bool takes(kind_row const& row, std::string_view member) {
    return member == row.main || holds(row.members, member) || holds(common, member);
}

std::string members_of(kind_row const& row) {
    std::string out(row.main);
    for (auto const& some : {row.members, std::span<std::string_view const>(common)})
        for (auto const member : some)
            out.append(out.empty() ? "" : ", ").append(member);
    return out;
}

} // namespace cogniot::local
