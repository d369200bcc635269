// What policies may ask about an MQTT connection beside who its principal is: client ID and thing.
// Used by the broker for real connections and by TestAuthorization for imagined ones.
// @source AWS IoT developer guide, "Basic policy variables", "Thing policy variables"; spec
// iot-broker 4.4
#pragma once

#include "cloud/iot/state.hpp"
#include "policy/decide.hpp"

#include <string_view>

namespace cogniot::cloud::iot {

/// Sets `iot:ClientId` and, if a thing has that name, `iot:Connection.Thing.*`.
/// @param in  the region's registry; null if that region has never been used
/// @param client_id  may be empty: nothing is set then
void add_connection_facts(registry const* in, std::string_view client_id, policy::context&);

} // namespace cogniot::cloud::iot
