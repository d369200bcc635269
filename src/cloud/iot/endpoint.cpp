// DescribeEndpoint: where devices connect. The answer is really local: host and port, no scheme.
#include "cloud/iot/entity.hpp"
#include "cloud/iot/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::iot {

outcome<json::object> describe_endpoint(call& c, json::object const& input) {
    // One port serves all of them (docs/design.md, "The black-box contract").
    static constexpr std::string_view types[]{"iot:Data", "iot:Data-ATS", "iot:CredentialProvider",
                                              "iot:Jobs"};
    input_reader in(input);
    auto const type = in.find_text("endpointType", {.max = 128}).value_or("iot:Data");
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (std::find(std::begin(types), std::end(types), type) == std::end(types))
        return invalid_request("Endpoint type " + std::string(type) + " is not recognized.");
    return json::object{{"endpointAddress", c.world.settings.iot_endpoint}};
}

} // namespace cogniot::cloud::iot
