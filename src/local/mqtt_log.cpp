#include "local/mqtt_log.hpp"

#include "json/parse.hpp"
#include "local/broker_authoriser.hpp"
#include "shadow/advice.hpp"

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

void fill_event(log_fields& line, broker::log_event const& e, utc_time now) {
    if (e.event_type == "Queued")
        fill_queued(line, e);
    else
        fill(line, e, now);
}

bool is_about(log_subject const& known, broker::log_event const& e) {
    return known.from.id == e.from.id && known.client_id == e.client_id;
}

log_subject subject_of(broker::log_event const& e) {
    log_subject made{.from = e.from, .client_id = std::string(e.client_id)};
    if (auto const* known = dynamic_cast<mqtt_principal const*>(e.from.who.get())) {
        made.region = known->region();
        made.identity_id = known->who().identity_id;
    }
    return made;
}

event_facts facts_of(broker::log_event const& e, log_subject const& subject) {
    return {.type = e.event_type,
            .success = e.success,
            .has_refusal = std::ranges::any_of(
                e.codes, [](mqtt::reason_code one) { return one >= mqtt::first_failure; }),
            .region = subject.region,
            .client_id = subject.client_id,
            .identity_id = subject.identity_id,
            .principal_id = e.from.who ? e.from.who->identifier() : std::string_view(),
            .source_ip = e.from.source_ip,
            .is_consequence = e.event_type == "Disconnect" && e.reason == "AUTHORIZATION_FAILURE"};
}

std::size_t cost_of(log_subject const& one) {
    return sizeof(one) + one.from.source_ip.size() + one.client_id.size() + one.region.size() +
           one.identity_id.size();
}

bool is_message(broker::log_event const& e) {
    return e.event_type == "Publish-In" || e.event_type == "Publish-Out" ||
           e.event_type == "Queued";
}

/// Something that went as it should, a message above all: what is needed to print its line.
class plain_entry final : public cloud::logs::entry {
  public:
    plain_entry(event_log const& log, std::uint64_t number, utc_time at, std::uint64_t request,
                std::string_view group, broker::log_event const& e,
                std::shared_ptr<log_subject const> subject)
        : entry(number, at), log_(log), request_(request), subject_(std::move(subject)),
          event_type_(e.event_type), disconnect_reason_(e.disconnect_reason), topic_(e.topic),
          group_(group), retain_(e.retain), level_(e.level),
          bytes_(sizeof(*this) + 64 + topic_.size() + (is_message(e) ? 0 : cost_of(*subject_))) {}

    std::string line() const override {
        broker::log_event const e{.event_type = event_type_,
                                  .from = subject_->from,
                                  .client_id = subject_->client_id,
                                  .topic = topic_,
                                  .retain = retain_,
                                  .disconnect_reason = disconnect_reason_,
                                  .level = level_};
        log_fields line;
        log_.print_head(line, facts_of(e, *subject_), at(), request_);
        fill_event(line, e, at());
        return std::string(line.finish());
    }
    std::string_view region() const override {
        return subject_->region.empty() ? log_.own_region() : subject_->region;
    }
    std::string_view group() const override { return group_; }
    std::string_view client_id() const override { return subject_->client_id; }
    std::string_view identity_id() const override { return subject_->identity_id; }
    std::size_t bytes() const override { return bytes_; }

  private:
    event_log const& log_;
    std::uint64_t request_;
    std::shared_ptr<log_subject const> subject_;
    /// The broker's own words.
    std::string_view event_type_;
    std::string_view disconnect_reason_;
    std::string topic_;
    std::string group_;
    bool retain_;
    mqtt::qos level_;
    /// The lines of a connection's messages share its subject.
    std::size_t bytes_;
};

bool is_plain(broker::log_event const& e) {
    return e.success && e.protocol == "MQTT" && e.reason.empty() && e.details.empty() &&
           e.because.empty() && e.explanation.empty() && e.filters.empty();
}

} // namespace

void write_broker_event(event_log& to, broker::log_event const& e,
                        std::shared_ptr<log_subject const>& subject, utc_time now) {
    if (e.request == 0)
        to.begin_request();
    else
        to.begin_request(e.request);
    auto const print = [&](log_fields& line) { fill_event(line, e, now); };
    if (!is_plain(e)) {
        auto const about = subject_of(e);
        return to.write(facts_of(e, about), now, print);
    }
    auto about = subject;
    if (!about || !is_about(*about, e))
        about = std::make_shared<log_subject const>(subject_of(e));
    // A connection that has no messages keeps nothing for the log.
    if (is_message(e))
        subject = about;
    to.write(facts_of(e, *about), now, print,
             [&](std::uint64_t number, std::uint64_t request, std::string_view group) {
                 return std::make_shared<plain_entry const>(to, number, now, request, group, e,
                                                            about);
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
                     line.text("reason", "CLIENT_ERROR")
                         .text("details", done.refused->message)
                         .explanation(shadow::advice::explain(done.refused->message));
             });
}

} // namespace cogniot::local
