// What AWS IoT tells about clients: lifecycle and subscription events, and why a connection ended.
//
// @source AWS IoT developer guide, "Lifecycle events".
#pragma once

#include "base/utc_time.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cogniot::broker {

/// Why a connection ended, in AWS's words (disconnectReason).
enum class disconnect_reason {
    auth_error,
    forbidden_access,
    client_initiated,
    client_error,
    connection_lost,
    duplicate_client_id,
    keep_alive_timeout,
    server_error,
    server_initiated,
    throttled,
    websocket_ttl_expiration,
    custom_auth_ttl_expiration,
    api_initiated,
};
/// `CLIENT_INITIATED_DISCONNECT`, `DUPLICATE_CLIENTID`, …
std::string_view print(disconnect_reason);

/// What all events of one connection have in common.
struct presence_facts {
    std::string_view client_id;
    /// Empty if the principal is attached to no thing exclusively.
    std::string_view thing_name{};
    /// UUID of the connection.
    std::string_view session_identifier;
    std::string_view principal_identifier;
    utc_time at;
};

/// A topic and its JSON document.
struct presence_event {
    std::string topic;
    std::string payload;
};

presence_event make_connected(presence_facts const&, std::string_view ip, std::uint64_t version);
presence_event make_disconnected(presence_facts const&, disconnect_reason, bool client_initiated,
                                 std::uint64_t version);
presence_event make_connect_failed(presence_facts const&, std::string_view ip);
enum class subscription_change { subscribed, unsubscribed };
presence_event make_subscription_event(presence_facts const&, subscription_change,
                                       std::span<std::string_view const> filters);

/// Client IDs with `#` or `+` produce no events.
bool has_presence(std::string_view client_id);

} // namespace cogniot::broker
