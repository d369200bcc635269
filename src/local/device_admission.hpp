// The door for devices: a TLS connection's client certificate becomes a principal, for MQTT and for
// HTTPS alike. A refusal is logged as Connection.AuthNError; on the wire there is nothing but the
// end of the connection.
// @source AWS IoT developer guide, "Diagnosing connectivity issues"; spec iot-broker 1.5, 1.7
#pragma once

#include "local/api.hpp"
#include "net/stream.hpp"

#include <memory>
#include <string_view>

namespace cogniot::local {

/// By ALPN on the shared port: MQTT, or AWS IoT's data plane over HTTPS. @source AWS IoT developer
/// guide, "Device communication protocols"; spec iot-broker 1.1, 6.1
inline constexpr char const* mqtt_by_certificate = "x-amzn-mqtt-ca";
inline constexpr char const* http_by_certificate = "x-amzn-http-ca";

/// @param protocol  for the log: `MQTT` or `HTTP`
/// @return null if the certificate is missing, not registered in the broker's region, not active or
/// outside its validity
std::shared_ptr<cloud::principal const> admit_device(api_context&, net::stream const& peer,
                                                     std::string_view protocol, utc_time now);

} // namespace cogniot::local
