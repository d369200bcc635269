#include "local/faults/api_faults.hpp"

#include "cloud/world.hpp"

#include <algorithm>
#include <memory>
#include <span>

namespace cogniot::local {
namespace {

struct row {
    std::string_view service;
    fault_kind what;
    std::string_view code;
    int status;
    std::string_view message;
};

using enum fault_kind;

// Where a model gives no status, client errors are 400 and faults 500, as JSON 1.1 has it. The
// messages of throttles and of faults are AWS's usual ones (unconfirmed for each service).
constexpr row rows[] = {
    {"cognito-idp", throttle, "TooManyRequestsException", 400, "Rate exceeded"},
    {"cognito-idp", limit_exceeded, "LimitExceededException", 400,
     "Attempt limit exceeded, please try after some time."},
    {"cognito-idp", internal_error, "InternalErrorException", 500, "Something went wrong"},
    {"cognito-idp", unavailable, "ServiceUnavailableException", 503, "Service is unavailable"},
    {"cognito-identity", throttle, "TooManyRequestsException", 400, "Rate exceeded"},
    {"cognito-identity", limit_exceeded, "LimitExceededException", 400, "Limit exceeded"},
    {"cognito-identity", internal_error, "InternalErrorException", 500, "Something went wrong"},
    {"cognito-identity", unavailable, "ServiceUnavailableException", 503, "Service is unavailable"},
    {"iam", throttle, "Throttling", 400, "Rate exceeded"},
    {"iam", limit_exceeded, "LimitExceeded", 409, "Cannot exceed quota"},
    {"iam", internal_error, "ServiceFailure", 500, "Internal service failure"},
    {"iam", unavailable, "ServiceUnavailable", 503, "Service is unavailable"},
    {"sts", throttle, "Throttling", 400, "Rate exceeded"},
    {"sts", internal_error, "InternalFailure", 500, "Internal service failure"},
    {"sts", unavailable, "ServiceUnavailable", 503, "Service is unavailable"},
    {"iot", throttle, "ThrottlingException", 400, "Rate exceeded"},
    {"iot", limit_exceeded, "LimitExceededException", 410, "Limit exceeded"},
    {"iot", internal_error, "InternalFailureException", 500, "Internal failure"},
    {"iot", unavailable, "ServiceUnavailableException", 503, "Service is unavailable"},
    {"iotdata", throttle, "ThrottlingException", 429, "Rate exceeded"},
    {"iotdata", internal_error, "InternalFailureException", 500, "Internal failure"},
    {"iotdata", unavailable, "ServiceUnavailableException", 503, "Service is unavailable"},
    {"logs", throttle, "ThrottlingException", 400, "Rate exceeded"},
    {"logs", limit_exceeded, "LimitExceededException", 400, "Resource limit exceeded"},
    {"logs", internal_error, "InternalFailure", 500, "Internal failure"},
    {"logs", unavailable, "ServiceUnavailableException", 500, "Service is unavailable"},
};

row const* find_row(std::string_view service, fault_kind what) {
    auto const* const found = std::ranges::find_if(
        rows, [&](row const& r) { return r.service == service && r.what == what; });
    return found == std::end(rows) ? nullptr : found;
}

std::string operation_of(call_facts const& call) {
    return std::string(call.service) + ":" + std::string(call.operation);
}

} // namespace

std::optional<cloud::api_error> error_of(std::string_view service, fault_rule const& rule) {
    auto const* const found = find_row(service, rule.what);
    if (found == nullptr)
        return {};
    return cloud::api_error{rule.code.empty() ? std::string(found->code) : rule.code, found->status,
                            rule.message.empty() ? std::string(found->message) : rule.message};
}

std::optional<cloud::api_error> strike_call(fault_plan& plan, call_facts const& call,
                                            event_log& log, utc_time now) {
    auto const operation = operation_of(call);
    for (auto const what : {throttle, limit_exceeded, internal_error, unavailable}) {
        // A service without such an error is no occasion: nothing is counted.
        if (!plan.has(what) || find_row(call.service, what) == nullptr)
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
