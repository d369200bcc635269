// How a link gets its byte stream: MQTT over a presigned WebSocket, or plain MQTT over TCP or TLS.
// One thread (the loop's).
#pragma once

#include "client/flow.hpp"
#include "client/link_values.hpp"
#include "net/connect.hpp"
#include "net/stream.hpp"

#include <functional>
#include <memory>

namespace cogniot::client {

/// A stream that is ready for CONNECT, or why there is none.
struct transport {
    net::stream_ptr stream{};
    /// Set when there is no stream.
    std::optional<happened::transport_failed> failure{};
};
/// @param after  what ended the attempt or the connection before; no code = this is the first
using transport_opener = std::function<net::task<transport>(error after)>;

/// Presigned with the user's credentials, anew for each attempt, over TLS with the subprotocol
/// `mqtt`. After a denied connect, a policy that was only remembered as attached is attached for
/// real. The flow must have been brought up and outlives the opener.
transport_opener open_presigned_websocket(user_flow&);
/// The same, once, with these credentials.
/// @param over  carries the connection
net::task<transport> open_presigned_websocket(aws_caller&, net::http_client& over, net::origin to,
                                              user_credentials who);

/// Plain MQTT, `mqtt://` (1883) or `mqtts://` (8883), for generic brokers.
transport_opener open_plain_mqtt(net::origin, std::shared_ptr<net::client_tls const>);

} // namespace cogniot::client
