// The door of MQTT over WebSocket: GET /mqtt with a SigV4 signature, then 101 or AWS's refusal.
//
// Only identity is checked here; what it may do is the broker's to ask after CONNECT.
// @source AWS IoT developer guide, "MQTT over the WebSocket protocol"; spec iot-broker 1.3 to 1.7
#pragma once

#include "local/api.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace cogniot::local {

struct mqtt_admission {
    std::shared_ptr<cloud::principal const> who;
    /// The broker's: resources the connection names are in this region.
    std::string region;
    /// To echo; empty for none.
    std::string subprotocol;
};

/// Our own end of the connection, for the log.
struct connection_target {
    std::string ip;
    std::uint16_t port = 0;
    /// What the client asked for in its TLS handshake; empty if nothing.
    std::string server_name{};
};

/// Checks the upgrade; a refusal is logged as Connection.AuthNError and comes back as the answer.
std::variant<mqtt_admission, net::http_response> admit_mqtt(api_context&, net::http_request const&,
                                                            request_source const&,
                                                            connection_target const&, utc_time now);

/// `mqtt` if offered, else `mqttv3.1`, else none.
std::string choose_subprotocol(net::http_request const&);

} // namespace cogniot::local
