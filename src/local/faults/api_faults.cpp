#include "local/faults/api_faults.hpp"

#include "cloud/world.hpp"
#include "local/faults/kinds.hpp"

#include <memory>
#include <span>

namespace cogniot::local {
namespace {

using enum fault_kind;

std::string operation_of(call_facts const& call) {
    return std::string(call.service) + ":" + std::string(call.operation);
}

} // namespace

std::optional<cloud::api_error> strike_call(fault_plan& plan, call_facts const& call,
                                            event_log& log, utc_time now) {
    auto const operation = operation_of(call);
    for (auto const what : {throttle, limit_exceeded, internal_error, unavailable}) {
        // A service without such an error is no occasion: nothing is counted.
        if (!plan.has(what) || !has_error(call.service, what))
            continue;
        auto const* const rule =
            plan.strike(what, {.operation = operation, .identity = call.identity}, now);
        if (rule == nullptr)
            continue;
        auto const answer = error_of(call.service, *rule);
        auto const words = name_rule(*rule) + " answered " + operation + " with " + answer->code;
        log_fault(log, *rule, {.identity = call.identity, .operation = operation}, words, now);
        log.write({.what = event_facts::kind::call,
                   .type = call.operation,
                   .success = false,
                   .identity_id = call.identity,
                   .source_ip = call.source_ip},
                  now, [&](log_fields& line) {
                      line.text("protocol", "HTTP")
                          .text("sourceIp", call.source_ip)
                          .number("sourcePort", call.source_port)
                          .text("reason", answer->code)
                          .text("details", answer->message)
                          .explanation(words);
                  });
        return answer;
    }
    return {};
}

std::chrono::milliseconds slow_call(fault_plan& plan, call_facts const& call, std::size_t bytes,
                                    event_log& log, utc_time now) {
    std::chrono::milliseconds wait{};
    if (!plan.has(latency) && !plan.has(bandwidth))
        return wait;
    auto const operation = operation_of(call);
    fault_occasion const here{.operation = operation, .identity = call.identity};
    fault_place const place{.identity = call.identity, .operation = operation};
    if (auto const* const rule = plan.strike(latency, here, now)) {
        wait += rule->delay;
        log_fault(log, *rule, place,
                  name_rule(*rule) + " held the answer of " + operation + " back for " +
                      print_delay(rule->delay),
                  now);
    }
    if (auto const* const rule = plan.strike(bandwidth, here, now)) {
        auto const takes = transfer_time(*rule, bytes);
        wait += takes;
        log_fault(log, *rule, place,
                  name_rule(*rule) + " let " + std::to_string(bytes) + " bytes of " + operation +
                      " take " + print_delay(takes),
                  now);
    }
    return wait;
}

late_policies::late_policies(fault_plan& plan, cloud::world const& world, std::string_view service)
    : plan_(plan) {
    if (plan.has(late_policy) && (service == "iam" || service == "iot"))
        before_ = cloud::take_policies(world);
}

void late_policies::hold(cloud::world& world, event_log& log, utc_time now) const {
    if (!before_)
        return;
    for (auto const& key : cloud::find_changes(*before_, world)) {
        auto const* const rule = plan_.strike(late_policy, {}, now);
        // What takes effect at once takes with it what was to come.
        if (rule == nullptr) {
            world.lag.release(key);
            continue;
        }
        auto const was = before_->find(key);
        world.lag.hold(key, {.policies = was != before_->end()
                                             ? was->second
                                             : std::make_shared<cloud::kept_policies const>(
                                                   std::span<policy::named_document const>{}),
                             .until = now + rule->delay,
                             .because = name_rule(*rule)});
        log_fault(log, *rule, {},
                  name_rule(*rule) + " lets the policies of " + key + " change " +
                      print_delay(rule->delay) + " later",
                  now);
    }
}

std::string name_rule(fault_rule const& rule) {
    return "fault rule `" + rule.name + "` (" + std::string(print(rule.what)) + ")";
}

void log_fault(event_log& log, fault_rule const& rule, fault_place const& place,
               std::string_view what_happened, utc_time now) {
    log.write({.what = event_facts::kind::own,
               .type = "Fault",
               .client_id = place.client_id,
               .identity_id = place.identity},
              now, [&](log_fields& line) {
                  line.text("fault", print(rule.what))
                      .text("rule", rule.name)
                      .text("operation", place.operation)
                      .text("topicName", place.topic)
                      .text("clientId", place.client_id)
                      .text("details", what_happened);
              });
}

} // namespace cogniot::local
