#include "local/data_plane_log.hpp"

#include "cloud/input.hpp"
#include "cloud/iot_data/operations.hpp"
#include "json/parse.hpp"
#include "shadow/advice.hpp"
#include "shadow/topic.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>

namespace cogniot::local {
namespace {

/// What beside `protocol` a line has.
enum class fields { none, shadow, retained, client, direct };

struct row {
    std::string_view operation;
    std::string_view event_type;
    fields has;
    shadow::operation what = shadow::operation::get;
};

constexpr row rows[] = {
    {"GetThingShadow", "GetThingShadow", fields::shadow, shadow::operation::get},
    {"UpdateThingShadow", "UpdateThingShadow", fields::shadow, shadow::operation::update},
    {"DeleteThingShadow", "DeleteThingShadow", fields::shadow, shadow::operation::remove},
    {"GetRetainedMessage", "GetRetainedMessage", fields::retained},
    {"ListRetainedMessages", "ListRetainedMessage", fields::none},
    {"DeleteConnection", "DeleteConnection", fields::client},
    {"GetConnection", "GetConnection", fields::client},
    {"ListSubscriptions", "ListSubscriptions", fields::client},
    {"SendDirectMessage", "SendDirectMessage", fields::direct},
};

std::string_view text_of(boost::json::object const& from, std::string_view member) {
    return json::find_string(from, member).value_or("");
}

void write_caller(log_fields& line, cloud::call const& c) {
    line.text("principalId", c.who.user_id)
        .text("sourceIp", c.source_ip)
        .number("sourcePort", c.source_port);
}

void write_retained(log_fields& line, boost::json::object const& input,
                    boost::json::object const* output) {
    line.text("topicName", text_of(input, "topic"));
    if (output == nullptr)
        return;
    line.text("qos", std::to_string(json::find_integer(*output, "qos").value_or(0)));
    if (auto const at = json::find_integer(*output, "lastModifiedTime"))
        line.text("lastModifiedDate", print_log(utc_time(std::chrono::milliseconds(*at))));
}

void write_shadow(log_fields& line, boost::json::object const& input, shadow::operation what) {
    shadow::request_topic const asked{
        {std::string(text_of(input, "thingName")), std::string(text_of(input, "name"))}, what};
    line.text("deviceShadowName", asked.of.thing)
        .text("topicName", shadow::print_request_topic(asked));
}

bool asks_for_confirmation(boost::json::object const& input) {
    return cloud::input_reader(input, cloud::sent_as::text)
        .find_flag("confirmation")
        .value_or(false);
}

/// How long a direct message waits for its PUBACK.
void write_timeout(log_fields& line, boost::json::object const& input) {
    if (!asks_for_confirmation(input))
        return;
    line.number("timeout", cloud::input_reader(input, cloud::sent_as::text)
                               .find_integer("timeout", {})
                               .value_or(cloud::iot_data::default_confirmation_seconds));
}

} // namespace

void write_data_plane_event(event_log& to, cloud::operation const& operation, cloud::call const& c,
                            boost::json::object const& input, boost::json::object const* output,
                            data_plane_failure const& failure) {
    auto const* const found = std::ranges::find(rows, operation.name, &row::operation);
    bool const is_aws_event = found != std::end(rows);
    bool const is_success = output != nullptr;
    if (is_success && !is_aws_event)
        return;
    event_facts const facts{.what = is_aws_event ? event_facts::kind::iot : event_facts::kind::call,
                            .type = is_aws_event ? found->event_type : operation.name,
                            .success = is_success,
                            .region = c.region,
                            .identity_id = c.who.identity_id,
                            .principal_id = c.who.user_id,
                            .source_ip = c.source_ip};
    to.begin_request(c.request_id);
    to.write(facts, c.now, [&](log_fields& line) {
        line.text("protocol", "HTTP");
        switch (is_aws_event ? found->has : fields::client) {
        case fields::none:
            break;
        case fields::shadow:
            write_shadow(line, input, found->what);
            break;
        case fields::retained:
            write_retained(line, input, output);
            break;
        case fields::client:
            line.text("clientId", text_of(input, "clientId"));
            write_caller(line, c);
            if (auto const size = cloud::input_reader(input).find_integer("maxResults", {}))
                line.number("maxResults", *size);
            break;
        case fields::direct:
            line.text("topicName", text_of(input, "topic"))
                .text("clientId", text_of(input, "clientId"))
                .text("principalId", c.who.user_id)
                .flag("confirmation", asks_for_confirmation(input))
                .text("sourceIp", c.source_ip)
                .number("sourcePort", c.source_port);
            break;
        }
        line.text("reason", failure.reason).text("details", failure.details);
        if (is_aws_event && found->has == fields::direct)
            write_timeout(line, input);
        if (failure.soft)
            line.flag("soft", true);
        if (!failure.because.empty())
            line.reasons(failure.because);
        else if (is_aws_event && found->has == fields::shadow)
            line.explanation(shadow::advice::explain(failure.details));
    });
}

} // namespace cogniot::local
