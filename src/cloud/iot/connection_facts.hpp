// What policies may ask about an MQTT connection beside who its principal is: client ID, thing and
// certificate.
// Used by the broker for real connections and by TestAuthorization for imagined ones.
// @source AWS IoT developer guide, "Basic policy variables", "Thing policy variables",
// "X.509 certificate AWS IoT Core policy variables"; spec iot-broker 4.4
#pragma once

#include "cloud/iot/state.hpp"
#include "policy/decide.hpp"

#include <string_view>

namespace cogniot::cloud::iot {

/// Sets `iot:ClientId`; `iot:Connection.Thing.*` if a thing has that name or is the principal's
/// only one; `iot:Certificate.*` if the principal is a certificate.
/// @param in  the region's registry; null if that region has never been used
/// @param principal  what policies and things are attached to: a certificate's ARN or a Cognito
/// identity ID; empty for other principals
/// @param client_id  empty if there is none (HTTPS): it and the thing are unknown then
void add_connection_facts(registry const* in, std::string_view principal,
                          std::string_view client_id, policy::context&);

} // namespace cogniot::cloud::iot
