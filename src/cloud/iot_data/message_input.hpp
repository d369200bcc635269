// What Publish and SendDirectMessage share: a message in the body, and MQTT 5's properties in the
// query string and in headers.
#pragma once

#include "cloud/iot_data/messaging.hpp"
#include "cloud/iot_data/operations.hpp"

namespace cogniot::cloud::iot_data {

/// Reads payload, content type, response topic, payload format, user properties and correlation
/// data; what is wrong with them is noted. The views are into `asked`.
void read_message(input_reader&, input const& asked, publication& into);

} // namespace cogniot::cloud::iot_data
