#include "client/refusal_causes.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"

#include <algorithm>
#include <vector>

namespace cogniot::client {
namespace {

/// AWS IoT's bounds. @source AWS IoT Core endpoints and quotas
constexpr std::size_t max_payload_bytes = 128 * 1024;
constexpr std::size_t max_subscriptions = 50;
constexpr std::chrono::hours max_websocket_life{24};

std::string in_backticks(std::string_view foreign) {
    return "`" + printable(foreign, 256) + "`";
}

/// For a shell: what is quoted there cannot end its quotes.
std::string argument(std::string_view foreign, std::string_view instead) {
    // The command itself stands in backticks.
    bool const is_plain =
        is_utf8(foreign) && std::all_of(foreign.begin(), foreign.end(), [](char c) {
            auto const byte = static_cast<unsigned char>(c);
            return byte >= 0x20 && byte != 0x7f && c != '\'' && c != '`' && c != '\\';
        });
    return is_plain ? "'" + std::string(foreign) + "'" : std::string(instead);
}

/// `SEEN: ONE; or TWO`
std::string assemble(std::string seen, std::vector<std::string> const& causes) {
    for (std::size_t i = 0; i < causes.size(); ++i)
        seen += (i == 0 ? ": " : "; or ") + causes[i];
    return seen;
}

/// `SEEN: ONE; or TWO; COMMAND tells which`
std::string assemble(std::string seen, std::vector<std::string> const& causes,
                     std::string const& command) {
    return assemble(std::move(seen), causes) + "; `" + command + "` tells" +
           (causes.size() > 1 ? " which" : " for sure");
}

/// The doctor is asked, unless it is who tells.
/// @param question  its further arguments
std::string assemble(std::string seen, std::vector<std::string> const& causes, told_by const& by,
                     std::string const& question) {
    if (by.is_doctor)
        return assemble(std::move(seen), causes);
    return assemble(std::move(seen), causes,
                    "cogniot doctor -i " + argument(by.client_id, "CLIENT_ID") + question);
}

std::string hung_up(told_by const& by) {
    return by.is_doctor ? "the broker hung up" : "the broker hung up twice";
}

/// The policies come first, unless they were seen to allow it.
void add_policies(std::vector<std::string>& causes, std::string what_they_lack, told_by const& by) {
    if (!by.policies_allow)
        causes.push_back(std::move(what_they_lack));
}
void add_late_policies(std::vector<std::string>& causes, told_by const& by) {
    if (by.policies_allow)
        causes.emplace_back("the policies, which allow it as they stand, were changed just now: "
                            "that takes minutes on AWS");
}

/// Why AWS IoT closes a connection over a publish, most likely first.
std::vector<std::string> publish_causes(message const& m, told_by const& by) {
    std::vector<std::string> out;
    bool const is_aws_topic = m.topic.starts_with("$aws/");
    if (m.topic.starts_with('$') && !is_aws_topic)
        out.emplace_back("topics that start with $ are reserved, whatever policies say");
    if (m.payload.size() > max_payload_bytes)
        out.push_back("the payload has " + std::to_string(m.payload.size()) +
                      " bytes and AWS IoT takes 131072");
    auto const resource = in_backticks("topic/" + m.topic);
    if (m.retain)
        add_policies(out,
                     "the role's policy does not allow iot:RetainPublish on " + resource +
                         ", which a retained message needs besides iot:Publish",
                     by);
    add_policies(out,
                 "the role's policy or the IoT policy on the identity does not allow iot:Publish "
                 "on " +
                     resource,
                 by);
    if (is_aws_topic)
        out.emplace_back("the topic is reserved and clients may not publish to it");
    out.emplace_back("another client connected with the same client ID at that moment");
    add_late_policies(out, by);
    return out;
}

std::string ask_to_publish(message const& m) {
    return " -t " + argument(m.topic, "TOPIC") + " --for publish" + (m.retain ? " -r" : "") +
           " --publish";
}

std::string ask_to_subscribe(std::string_view filter) {
    return " -t " + argument(filter, "TOPIC") + " --for subscribe";
}

} // namespace

std::string publish_denied_causes(message const& m, told_by const& by) {
    return assemble(hung_up(by) + " on the message to " + in_backticks(m.topic),
                    publish_causes(m, by), by, ask_to_publish(m));
}

std::string qos0_hang_up_causes(message const& m, told_by const& by) {
    return assemble("the broker hung up after the message to " + in_backticks(m.topic) +
                        ", which at QoS 0 is not sent again",
                    publish_causes(m, by), by, ask_to_publish(m));
}

std::string unacknowledged_causes(message const& m) {
    return assemble("the message to " + in_backticks(m.topic) + " was sent and not acknowledged",
                    {"the broker or the network was slow",
                     "more than 100 publishes a second came over this connection: AWS IoT does not "
                     "answer those beyond"},
                    "aws cloudwatch get-metric-statistics --namespace AWS/IoT --metric-name "
                    "PublishIn.Throttle --dimensions Name=Protocol,Value=MQTT --statistics Sum "
                    "--period 60 --start-time $(date -u -d '10 min ago' +%FT%TZ) --end-time "
                    "$(date -u +%FT%TZ)");
}

std::string subscribe_denied_causes(std::string_view filter, told_by const& by) {
    std::vector<std::string> causes;
    if (filter.starts_with('$') && !filter.starts_with("$aws/") && !filter.starts_with("$share/"))
        causes.emplace_back("filters that start with $ are reserved; AWS IoT has no $SYS");
    add_policies(causes,
                 "the role's policy or the IoT policy on the identity does not allow "
                 "iot:Subscribe on " +
                     in_backticks("topicfilter/" + std::string(filter)) +
                     " (iot:Subscribe wants topicfilter/, not topic/, and the very text of the "
                     "filter)",
                 by);
    if (filter.starts_with("$aws/"))
        causes.emplace_back("the filter is reserved and clients may not subscribe to it");
    causes.emplace_back("another client connected with the same client ID at that moment");
    add_late_policies(causes, by);
    return assemble(hung_up(by) + " on subscribing to " + in_backticks(filter), causes, by,
                    ask_to_subscribe(filter));
}

std::string suback_refusal_causes(std::string_view filter, told_by const& by, std::size_t granted) {
    std::string const denied = "the policies do not allow iot:Subscribe on " +
                               in_backticks("topicfilter/" + std::string(filter));
    std::string const many =
        "AWS IoT takes 50 subscriptions a connection, and this one has " + std::to_string(granted);
    std::vector<std::string> causes;
    if (granted >= max_subscriptions)
        causes = {many, denied};
    else
        causes = {denied};
    return assemble("the broker refused the filter " + in_backticks(filter) + " (SUBACK 128)",
                    causes, by, ask_to_subscribe(filter));
}

std::string connect_denied_causes(told_by const& by) {
    std::vector<std::string> causes;
    if (!by.has_iot_policy)
        causes.emplace_back("no IoT policy is attached to the identity (signed in, it needs one "
                            "besides its role; a guest does not, so what works for guests can fail "
                            "here)");
    add_policies(causes,
                 "the role's policy or the IoT policy does not allow iot:Connect on " +
                     in_backticks("client/" + std::string(by.client_id)) +
                     " (topic/ does not help, and the client ID must be the one that the policies "
                     "name)",
                 by);
    causes.emplace_back(
        "another client connects with this client ID, more often than once a second");
    add_late_policies(causes, by);
    return assemble("the broker closed the connection after CONNECT", causes, by, "");
}

std::string takeover_causes(std::string_view client_id) {
    return "client ID " + in_backticks(client_id) +
           " is taken over again and again: another program, device or browser tab connects with "
           "it, and the broker lets the newest win; give each its own (-i); `aws logs tail "
           "AWSIotLogsV2 --filter-pattern DUPLICATE_CLIENTID` shows from where";
}

std::string old_age_hint(std::chrono::seconds age) {
    // A little less than the limit: our clock and the broker's started at different instants.
    return age >= max_websocket_life - std::chrono::minutes(1)
               ? "AWS IoT ends every WebSocket after 24 hours"
               : "";
}

std::string connack_refusal_causes(unsigned code, std::string_view client_id) {
    switch (code) {
    case 1:
        return "the broker does not speak MQTT 3.1.1 (CONNACK 1)";
    case 2:
        return "the broker does not take the client ID " + in_backticks(client_id) + " (CONNACK 2)";
    case 3:
        return "the broker is not available (CONNACK 3)";
    case 4:
        return "wrong user name or password (CONNACK 4)";
    case 5:
        return "not authorised to connect as " + in_backticks(client_id) + " (CONNACK 5)";
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
        return fail(
            errc::clock_skewed,
            said +
                (skew.empty() ? "; this machine's clock is more than 5 minutes off" : "; " + skew) +
                "; `cogniot doctor` measures it");
    if (answer.status == 403 && !skew.empty())
        return fail(errc::clock_skewed, said + "; " + skew);
    if (answer.status == 403 && says("expired"))
        return fail(errc::signature_refused,
                    said + "; the credentials have expired, or a presigned URL was used again");
    if (answer.status == 403)
        return fail(errc::signature_refused,
                    assemble(said,
                             {"wrong region", "an endpoint that is not this account's",
                              "credentials of somewhere else, or that have expired",
                              "a clock that is more than 5 minutes off"},
                             "cogniot doctor") +
                        "; policies are not the cause, they are asked later");
    if (answer.status == 404)
        return fail(errc::setting_unusable,
                    said + "; is the IoT endpoint right? "
                           "`aws iot describe-endpoint --endpoint-type iot:Data-ATS` shows it");
    if (answer.status >= 500 || answer.status == 429)
        return fail(errc::service_unavailable, said);
    return fail(errc::call_refused, said);
}

} // namespace cogniot::client
