// SendDirectMessage: a message to one client by its client ID.
// @source AWS IoT data API reference, SendDirectMessage; developer guide, "Direct messaging"; spec
// iot-broker 2.8, 5.3
#include "cloud/iot_data/message_input.hpp"
#include "cloud/iot_data/messaging.hpp"
#include "cloud/iot_data/operations.hpp"

#include <boost/json/object.hpp>

namespace cogniot::cloud::iot_data {

namespace {

constexpr integer_rule timeout_rule{.min = 1, .max = 15};

} // namespace

output send_direct_message(call& c, input const& asked) {
    input_reader in(asked, sent_as::text);
    std::string_view reason;
    // The log names the first member that is wrong.
    auto const blame = [&](std::string_view for_what) {
        if (reason.empty() && in.refusal(validation_error))
            reason = for_what;
    };
    direct_message m;
    m.client_id = in.text("clientId", client_id_rule);
    blame("MALFORMED_CLIENTID");
    m.what.topic = in.text("topic", topic_rule);
    blame("INVALID_TOPIC");
    m.what.qos = in.find_flag("confirmation").value_or(false) ? 1 : 0;
    blame("INVALID_CONFIRMATION_PARAMETER");
    m.timeout = std::chrono::seconds(
        in.find_integer("timeout", timeout_rule).value_or(default_confirmation_seconds));
    blame("INVALID_TIMEOUT_PARAMETER");
    read_message(in, asked, m.what);
    if (auto refusal = in.refusal(validation_error)) {
        refusal->reason = reason;
        return *refusal;
    }
    auto sent = c.messages->send_directly(c, m);
    if (!sent)
        return sent.error();
    c.waits_for = *sent;
    return boost::json::object{{"message", "OK"}, {"traceId", c.request_id}};
}

} // namespace cogniot::cloud::iot_data
