#include "local/services.hpp"

#include <array>

namespace cogniot::local {
namespace {

using cloud::route;

// @source botocore 1.43 data/iot-data/2015-05-28/service-2.json
constexpr std::array data_routes{
    route{"Publish", "POST", "/topics/{topic+}"},
    route{"GetThingShadow", "GET", "/things/{thingName}/shadow"},
    route{"UpdateThingShadow", "POST", "/things/{thingName}/shadow"},
    route{"DeleteThingShadow", "DELETE", "/things/{thingName}/shadow"},
    route{"ListNamedShadowsForThing", "GET",
          "/api/things/shadow/ListNamedShadowsForThing/{thingName}"},
    route{"GetRetainedMessage", "GET", "/retainedMessage/{topic+}"},
    route{"ListRetainedMessages", "GET", "/retainedMessage"},
    route{"DeleteConnection", "DELETE", "/connections/{clientId}"},
    route{"GetConnection", "GET", "/connections/{clientId}"},
    route{"ListSubscriptions", "GET", "/connections/{clientId}/subscriptions"},
    route{"SendDirectMessage", "POST", "/connections/{clientId}/messages"},
};

} // namespace

std::span<cloud::service const* const> shell_services() {
    static cloud::service const data{.name = "iotdata",
                                     .form = cloud::wire::rest_json,
                                     .operations = {},
                                     .not_built = {},
                                     .validation_error = "InvalidRequestException",
                                     .not_built_routes = data_routes};
    static std::array<cloud::service const*, 1> const all{&data};
    return all;
}

} // namespace cogniot::local
