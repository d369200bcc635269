#include "local/faults/mqtt_faults.hpp"

#include "base/text.hpp"
#include "local/broker_authoriser.hpp"
#include "local/faults/api_faults.hpp"
#include "local/faults/kinds.hpp"
#include "local/mqtt_log.hpp"
#include "mqtt/codec.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::local {
namespace {

using enum fault_kind;
constexpr fault_kind here[] = {hang_up,       disconnect,      take_over, lose_puback, duplicate,
                               late_presence, double_presence, latency,   bandwidth};
constexpr fault_kind ending_kinds[] = {hang_up, disconnect, take_over};

std::string_view identity_of(broker::peer const& from) {
    if (!from.who)
        return {};
    auto const* const known = dynamic_cast<mqtt_principal const*>(from.who.get());
    if (known != nullptr && !known->who().identity_id.empty())
        return known->who().identity_id;
    return from.who->identifier();
}

broker::close_cause cause_of(fault_rule const& rule) {
    return rule.what == disconnect  ? find_end_reason(rule.reason)->cause
           : rule.what == take_over ? broker::close_cause::taken_over
                                    : broker::close_cause::lost;
}

std::string print_end(fault_rule const& rule) {
    if (rule.what == disconnect)
        return " disconnected the client " +
               (rule.reason.empty() ? "as for maintenance" : "as " + rule.reason);
    return rule.what == take_over ? " acted as if another connection came with the same client ID"
                                  : " hung up";
}

} // namespace

mqtt_faults::mqtt_faults(fault_plan& plan, event_log& log) : plan_(plan), log_(log) {}

bool mqtt_faults::are_in(fault_plan const& plan) {
    return std::ranges::any_of(here, [&](fault_kind what) { return plan.has(what); });
}

fault_rule const* mqtt_faults::strike(fault_kind what, connection const& c, fault_occasion& at,
                                      utc_time now) {
    at.client = c.client_id;
    at.identity = identity_of(c.from);
    return plan_.strike(what, at, now);
}

void mqtt_faults::log(connection const& c, fault_rule const& rule, std::string_view words,
                      std::string_view topic, utc_time now) {
    log_.begin_request();
    log_fault(log_, rule,
              {.client_id = c.client_id, .identity = identity_of(c.from), .topic = topic}, words,
              now);
}

void mqtt_faults::end(connection const& c, fault_rule const& rule, std::string_view when,
                      utc_time now) {
    auto words = name_rule(rule) + print_end(rule) + std::string(when);
    log(c, rule, words, {}, now);
    endings_.push_back({c.from.id, cause_of(rule), std::move(words)});
}

std::string_view mqtt_faults::topic_of(connection const& c, mqtt::publish const& p) {
    if (!p.props.topic_alias)
        return p.topic;
    auto& aliases = state_of(c).aliases;
    // Numbers and topics that the broker will refuse are not kept: no more than its own maximum.
    if (*p.props.topic_alias > c.from.rules->topic_alias_maximum)
        return p.topic;
    auto& name = aliases[*p.props.topic_alias];
    if (!p.topic.empty())
        name = p.topic;
    return name;
}

bool mqtt_faults::arrives(connection const& c, mqtt::packet const& packet, std::string& out,
                          utc_time now) {
    publish_id_ = 0;
    fault_occasion at;
    if (std::holds_alternative<mqtt::connect>(packet)) {
        at.when = fault_moment::connect;
        age_due_ = utc_time{}; // it has a client ID now
    } else if (auto const* subscribe = std::get_if<mqtt::subscribe>(&packet)) {
        at.when = fault_moment::subscribe;
        for (auto const& one : subscribe->filters)
            at.topics.push_back(one.filter);
    } else if (auto const* unsubscribe = std::get_if<mqtt::unsubscribe>(&packet)) {
        at.when = fault_moment::unsubscribe;
        at.topics = unsubscribe->filters;
    } else if (auto const* publish = std::get_if<mqtt::publish>(&packet)) {
        at.when = fault_moment::publish;
        publish_topic_ = topic_of(c, *publish);
        at.topics.push_back(publish_topic_);
        if (publish->level == mqtt::qos::at_least_once)
            publish_id_ = publish->id;
    } else if (std::holds_alternative<mqtt::pingreq>(packet)) {
        at.when = fault_moment::ping;
    } else if (auto const* ack = std::get_if<mqtt::ack>(&packet)) {
        return ack->type != mqtt::ack_type::puback || ack->code >= 0x80 ||
               !comes_again(c, ack->id, out, now);
    }
    if (!at.when)
        return true;
    auto const words = " on " + std::string(print(*at.when));
    if (auto const* const rule = strike(hang_up, c, at, now)) {
        end(c, *rule, words + ", which was not looked at", now);
        return false;
    }
    for (auto const what : {disconnect, take_over})
        if (auto const* const rule = strike(what, c, at, now)) {
            end(c, *rule, words, now);
            break;
        }
    return true;
}

bool mqtt_faults::comes_again(connection const& c, mqtt::packet_id id, std::string& out,
                              utc_time now) {
    auto const known = states_.find(static_cast<std::uint64_t>(c.from.id));
    if (known == states_.end())
        return false;
    auto const node = known->second.copies.extract(id);
    if (node.empty())
        return false;
    // The broker does not learn that it was acknowledged: its message stays in flight under this
    // identifier, as when a PUBACK is lost on the way.
    auto const& copy = node.mapped();
    out += copy.packet;
    std::shared_ptr<log_subject const> subject;
    write_broker_event(log_,
                       {.event_type = "Publish-Out",
                        .from = c.from,
                        .client_id = c.client_id,
                        .topic = copy.topic,
                        .explanation = copy.explanation},
                       subject, now);
    return true;
}

void mqtt_faults::leaves(connection const& c, std::string_view packets, std::string& out,
                         utc_time now) {
    mqtt::decoder reader(mqtt::decoder::role::reads_from_server);
    reader.set_version(c.level);
    reader.append(packets);
    for (;;) {
        auto const next = reader.next();
        // The broker sends whole packets of its own making.
        if (!next || !*next)
            return;
        if (auto const* ack = std::get_if<mqtt::ack>(&**next);
            ack != nullptr && ack->type == mqtt::ack_type::puback)
            pass_puback(c, *ack, out, now);
        else if (auto const* publish = std::get_if<mqtt::publish>(&**next))
            pass_publish(c, *publish, out, now);
        else
            mqtt::encode(**next, c.level, out);
    }
}

void mqtt_faults::pass_puback(connection const& c, mqtt::ack const& ack, std::string& out,
                              utc_time now) {
    bool const is_known = ack.id == publish_id_ && ack.code < 0x80;
    fault_occasion at{.topics = {publish_topic_}, .when = fault_moment::puback};
    if (is_known) {
        if (auto const* const rule = strike(hang_up, c, at, now))
            return end(c, *rule, " instead of sending PUBACK; the message is accepted", now);
        if (auto const* const rule = strike(lose_puback, c, at, now))
            return log(c, *rule,
                       name_rule(*rule) + " lost PUBACK " + std::to_string(ack.id) +
                           "; the message is accepted",
                       publish_topic_, now);
    }
    mqtt::encode(ack, c.level, out);
}

void mqtt_faults::pass_publish(connection const& c, mqtt::publish const& p, std::string& out,
                               utc_time now) {
    mqtt::encode(p, c.level, out);
    fault_occasion at{.topics = {p.topic}};
    // Exactly once is exactly once.
    auto const* const rule =
        p.level == mqtt::qos::exactly_once ? nullptr : strike(duplicate, c, at, now);
    if (rule == nullptr)
        return;
    auto words = name_rule(*rule) + " delivers the message a second time";
    log(c, *rule, words, p.topic, now);
    auto again = p;
    // AWS does not support DUP: it is 0 also when a message is sent again (developer guide).
    again.dup = !c.from.rules->aws && p.level == mqtt::qos::at_least_once;
    auto& copies = state_of(c).copies;
    copies[p.id] = {mqtt::encode(again, c.level), std::string(p.topic), std::move(words)};
    // There is nothing to wait for at QoS 0.
    if (p.level == mqtt::qos::at_most_once)
        comes_again(c, p.id, out, now);
}

void mqtt_faults::begin_ages() {
    age_due_ = utc_time::max();
}

void mqtt_faults::ages(connection const& c, utc_time now) {
    if (c.client_id.empty())
        return; // no CONNECT yet
    fault_occasion const at{.client = c.client_id,
                            .identity = identity_of(c.from),
                            .when = fault_moment::age,
                            .age = now - c.opened};
    for (auto& standing : plan_.standings()) {
        auto const& rule = standing.rule;
        if (rule.when != fault_moment::age || standing.is_over(now) ||
            std::ranges::find(ending_kinds, rule.what) == std::end(ending_kinds))
            continue;
        if (now < c.opened + rule.delay) {
            age_due_ = std::min(age_due_, c.opened + rule.delay);
            continue;
        }
        // Once it has come, an age has come: each rule asks once about each connection.
        if (!state_of(c).asked.insert(rule.name).second)
            continue;
        if (plan_.strikes(standing, at, now))
            return end(c, rule, " after " + print_delay(rule.delay), now);
    }
}

std::vector<mqtt_faults::ending> mqtt_faults::take_endings() {
    return std::exchange(endings_, {});
}

void mqtt_faults::forget(broker::connection_id which) {
    states_.erase(static_cast<std::uint64_t>(which));
}

bool mqtt_faults::holds_back(broker::presence_event const& event, utc_time now) {
    // $aws/events/presence/connected/CLIENT-ID
    auto const levels = split(event.topic, '/');
    if (levels.size() < 5)
        return false;
    auto const client = std::string_view(event.topic).substr(levels[4].data() - event.topic.data());
    fault_occasion const at{.client = client, .event = levels[3]};
    auto const tell = [&](fault_rule const& rule, std::string const& what) {
        log_.begin_request();
        log_fault(log_, rule, {.client_id = at.client, .topic = event.topic},
                  name_rule(rule) + what, now);
    };
    auto due = now;
    int copies = 1;
    bool is_touched = false;
    if (auto const* const rule = plan_.strike(late_presence, at, now)) {
        tell(*rule, " holds the event back for " + print_delay(rule->delay));
        due = now + rule->delay;
        is_touched = true;
    }
    if (auto const* const rule = plan_.strike(double_presence, at, now)) {
        tell(*rule, " publishes the event twice");
        copies = 2;
        is_touched = true;
    }
    for (int i = 0; is_touched && i < copies; ++i)
        events_.emplace(due, event);
    return is_touched;
}

std::vector<broker::presence_event> mqtt_faults::take_events(utc_time now) {
    std::vector<broker::presence_event> due;
    auto const end = events_.upper_bound(now);
    for (auto at = events_.begin(); at != end; ++at)
        due.push_back(std::move(at->second));
    events_.erase(events_.begin(), end);
    return due;
}

std::chrono::milliseconds mqtt_faults::latency(connection const& c, utc_time now) {
    fault_occasion at;
    auto const* const rule = strike(fault_kind::latency, c, at, now);
    if (rule == nullptr)
        return {};
    if (state_of(c).asked.insert(rule->name).second)
        log(c, *rule,
            name_rule(*rule) + " lets what is sent leave " + print_delay(rule->delay) + " later",
            {}, now);
    return rule->delay;
}

std::chrono::milliseconds mqtt_faults::transfer_time(connection const& c, std::size_t bytes,
                                                     utc_time now) {
    fault_occasion at;
    auto const* const rule = strike(bandwidth, c, at, now);
    if (rule == nullptr)
        return {};
    if (state_of(c).asked.insert(rule->name).second)
        log(c, *rule,
            name_rule(*rule) + " lets " + std::to_string(rule->bytes_per_second) +
                " bytes a second through",
            {}, now);
    return local::transfer_time(*rule, bytes);
}

utc_time mqtt_faults::next_deadline() const {
    return events_.empty() ? age_due_ : std::min(age_due_, events_.begin()->first);
}

void mqtt_faults::plan_changed() {
    age_due_ = utc_time{};
    // A rule of the same name may be another one now.
    for (auto& [id, one] : states_)
        one.asked.clear();
    if (are_in(plan_))
        return;
    states_.clear();
    // Whoever removed the rules wants to see what they held back.
    std::multimap<utc_time, broker::presence_event> at_once;
    for (auto& [due, event] : events_)
        at_once.emplace(utc_time{}, std::move(event));
    events_ = std::move(at_once);
}

} // namespace cogniot::local
