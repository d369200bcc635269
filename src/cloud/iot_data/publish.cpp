// Publish: a message with MQTT 5's properties in the query string and in headers.
// @source AWS IoT data API reference, Publish; developer guide, "HTTPS"; spec iot-broker 6
#include "cloud/iot_data/message_input.hpp"
#include "cloud/iot_data/messaging.hpp"
#include "cloud/iot_data/operations.hpp"

#include <boost/json/object.hpp>

#include <limits>

namespace cogniot::cloud::iot_data {

output publish(call& c, input const& asked) {
    input_reader in(asked, sent_as::text);
    publication p;
    p.topic = in.text("topic", topic_rule);
    p.qos = static_cast<int>(in.find_integer("qos", {.min = 0, .max = 1}).value_or(0));
    p.retain = in.find_flag("retain").value_or(false);
    // More than AWS's week is held to it, as from MQTT (spec iot-broker 2.7).
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    if (auto const seconds = in.find_integer("messageExpiry", {.min = 0, .max = most}))
        p.expiry_seconds = static_cast<std::uint32_t>(*seconds);
    read_message(in, asked, p);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (auto done = c.messages->publish(c, p); !done)
        return done.error();
    return boost::json::object{{"message", "OK"}, {"traceId", c.request_id}};
}

} // namespace cogniot::cloud::iot_data
