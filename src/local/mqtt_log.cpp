#include "local/mqtt_log.hpp"

#include "json/parse.hpp"
#include "local/broker_authoriser.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <string>

namespace cogniot::local {
namespace {

/// Beyond this many filters of one SUBSCRIBE their codes are not told: AWS allows eight.
constexpr std::size_t max_subscriptions = 64;

std::string print_subscriptions(broker::log_event const& e) {
    json::array list;
    auto const count = std::min({e.filters.size(), e.codes.size(), max_subscriptions});
    for (std::size_t i = 0; i < count; ++i)
        list.push_back(
            json::object{{"topicName", e.filters[i].filter}, {"reasonCode", e.codes[i]}});
    return json::print(list);
}

/// AWS's Queued entries have an order of their own and nobody's address.
void fill_queued(log_fields& line, broker::log_event const& e) {
    line.text("topicName", e.topic)
        .text("clientId", e.client_id)
        .text("qos", std::to_string(static_cast<int>(e.level)))
        .text("protocol", "MQTT")
        .text("eventType", e.event_type)
        .text("status", e.success ? "Success" : "Failure")
        .text("details", e.details);
}

void fill(log_fields& line, broker::log_event const& e, utc_time now) {
    line.text("protocol", e.protocol);
    if (e.event_type == "Ping") {
        // PINGRESP leaves in the turn of the loop in which PINGREQ was read.
        auto const instant = print_log(now);
        line.number("latency", 0)
            .text("requestTimestamp", instant)
            .text("responseTimestamp", instant);
    }
    line.text("topicName", e.topic);
    if (!e.filters.empty())
        line.json("subscriptions", print_subscriptions(e));
    line.text("clientId", e.client_id);
    if (e.from.who)
        line.text("principalId", e.from.who->identifier());
    if (!e.from.source_ip.empty())
        line.text("sourceIp", e.from.source_ip).number("sourcePort", e.from.source_port);
    if (e.retain)
        line.text("retain", "True");
    line.text("reason", e.reason)
        .text("details", e.details)
        .text("disconnectReason", e.disconnect_reason);
    if (e.because.empty())
        line.explanation(e.explanation);
    else
        line.reasons(e.because);
}

} // namespace

void write_broker_event(event_log& to, broker::log_event const& e, utc_time now) {
    event_facts facts{.type = e.event_type,
                      .success = e.success,
                      .client_id = e.client_id,
                      .source_ip = e.from.source_ip,
                      .is_consequence =
                          e.event_type == "Disconnect" && e.reason == "AUTHORIZATION_FAILURE"};
    if (e.from.who) {
        facts.principal_id = e.from.who->identifier();
        if (auto const* known = dynamic_cast<mqtt_principal const*>(e.from.who.get())) {
            facts.region = known->region();
            facts.identity_id = known->who().identity_id;
        }
    }
    if (e.request == 0)
        to.begin_request();
    else
        to.begin_request(e.request);
    to.write(facts, now, [&](log_fields& line) {
        if (e.event_type == "Queued")
            fill_queued(line, e);
        else
            fill(line, e, now);
    });
}

void write_shadow_event(event_log& to, shadow_outcome const& done, std::string_view topic,
                        std::string_view region, std::uint64_t request, utc_time now) {
    std::string_view const type = done.asked.what == shadow::operation::get ? "GetThingShadow"
                                  : done.asked.what == shadow::operation::update
                                      ? "UpdateThingShadow"
                                      : "DeleteThingShadow";
    to.begin_request(request);
    to.write({.type = type, .success = !done.refused, .region = region}, now,
             [&](log_fields& line) {
                 line.text("protocol", "MQTT")
                     .text("deviceShadowName", done.asked.of.thing)
                     .text("topicName", topic);
                 // How AWS words a failure is not known.
                 if (done.refused)
                     line.text("reason", "CLIENT_ERROR").text("details", done.refused->message);
             });
}

} // namespace cogniot::local
