#include "client/refusal_causes.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"

namespace cogniot::client {
namespace {

constexpr std::string_view log_tells =
    "; the log says which: `aws logs tail AWSIotLogsV2 --since 5m` (`cogniot local` prints it)";

/// AWS IoT's bound on a payload.
constexpr std::size_t max_payload_bytes = 128 * 1024;

std::string quoted(std::string_view foreign) {
    return "`" + printable(foreign, 256) + "`";
}

/// Why AWS IoT closes a connection over a publish, most likely first.
std::string publish_causes(message const& m) {
    std::string out;
    if (m.payload.size() > max_payload_bytes)
        out += "the payload has " + std::to_string(m.payload.size()) +
               " bytes and AWS IoT takes 131072; or ";
    out += "the role's policy or the IoT policy on the identity does not allow ";
    if (m.retain)
        out += "iot:RetainPublish and ";
    out += "iot:Publish on " + quoted("topic/" + m.topic);
    if (m.topic.starts_with('$'))
        out += "; or the topic is reserved and clients may not publish to it";
    return out + "; or another client connects with the same client ID";
}

} // namespace

std::string publish_denied_causes(message const& m) {
    return "the broker hung up twice on the message to " + quoted(m.topic) + ": " +
           publish_causes(m) + std::string(log_tells);
}

std::string qos0_hang_up_causes(message const& m) {
    return "the broker hung up after the message to " + quoted(m.topic) +
           ", which at QoS 0 is not sent again: " + publish_causes(m) + std::string(log_tells);
}

std::string subscribe_denied_causes(std::string_view filter) {
    std::string out = "the broker hung up twice on subscribing to " + quoted(filter) +
                      ": the role's policy or the IoT policy on the identity does not allow "
                      "iot:Subscribe on " +
                      quoted("topicfilter/" + std::string(filter)) +
                      " (iot:Subscribe wants topicfilter/, not topic/)";
    if (filter.starts_with('$'))
        out += "; or the filter is reserved and clients may not subscribe to it";
    return out + std::string(log_tells);
}

std::string suback_refusal_causes(std::string_view filter) {
    return "the broker refused the filter " + quoted(filter) +
           " (SUBACK 128): not allowed, or more than 50 subscriptions on this connection";
}

std::string connect_denied_causes(std::string_view client_id) {
    return "the broker closed the connection after CONNECT: no IoT policy is attached to the "
           "identity (an authenticated Cognito identity needs one besides its role), or neither it "
           "nor the role's policy allows iot:Connect on " +
           quoted("client/" + std::string(client_id)) +
           "; `aws iot list-attached-policies --target IDENTITY_ID` shows the first" +
           std::string(log_tells);
}

std::string takeover_causes(std::string_view client_id) {
    return "client ID " + quoted(client_id) +
           " is taken over again and again: another program, device or browser tab connects with "
           "it, and the broker lets the newest win; give each its own (-i)";
}

std::string connack_refusal_causes(unsigned code, std::string_view client_id) {
    switch (code) {
    case 1:
        return "the broker does not speak MQTT 3.1.1 (CONNACK 1)";
    case 2:
        return "the broker does not take the client ID " + quoted(client_id) + " (CONNACK 2)";
    case 3:
        return "the broker is not available (CONNACK 3)";
    case 4:
        return "wrong user name or password (CONNACK 4)";
    case 5:
        return "not authorised to connect as " + quoted(client_id) + " (CONNACK 5)";
    default:
        return "the broker refused to connect (CONNACK " + std::to_string(code) + ")";
    }
}

error upgrade_error(aws_error const& answer, std::string const& skew) {
    std::string const said =
        "the WebSocket upgrade was answered with " + std::to_string(answer.status) + ", " +
        (answer.message.empty() ? printable(answer.code) : printable(answer.message, 400));
    auto const says = [&](std::string_view words) {
        return answer.message.find(words) != std::string::npos;
    };
    if (says("Signature expired") || says("Signature not yet current"))
        return fail(errc::clock_skewed,
                    said + (skew.empty() ? "; this machine's clock is more than 5 minutes off"
                                         : "; " + skew));
    if (answer.status == 403 && !skew.empty())
        return fail(errc::clock_skewed, said + "; " + skew);
    if (answer.status == 403 && says("expired"))
        return fail(errc::signature_refused, said + "; the credentials have expired");
    if (answer.status == 403)
        return fail(errc::signature_refused,
                    said + ": wrong region, an endpoint that is not this account's, or credentials "
                           "of somewhere else; policies are not the cause, they are asked later; "
                           "`aws iot describe-endpoint --endpoint-type iot:Data-ATS` shows the "
                           "endpoint");
    if (answer.status == 404)
        return fail(errc::setting_unusable,
                    said + "; is the IoT endpoint right? "
                           "`aws iot describe-endpoint --endpoint-type iot:Data-ATS` shows it");
    if (answer.status >= 500 || answer.status == 429)
        return fail(errc::service_unavailable, said);
    return fail(errc::call_refused, said);
}

} // namespace cogniot::client
