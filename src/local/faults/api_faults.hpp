// Faults of API calls and of the upgrade to MQTT, each with the exception that AWS's service has
// for it, and the log lines that name the rule.
#pragma once

#include "cloud/policy_lag.hpp"
#include "cloud/service.hpp"
#include "local/event_log.hpp"
#include "local/faults/plan.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::local {

/// A call that is about to be done, and by whom.
struct call_facts {
    std::string_view service;
    std::string_view operation;
    /// Cognito identity ID, else the principal's user ID; empty for unsigned calls.
    std::string_view identity{};
    std::string_view source_ip{};
    std::uint16_t source_port = 0;
};

/// The error to answer instead of doing the call, logged; nothing if no rule strikes.
std::optional<cloud::api_error> strike_call(fault_plan&, call_facts const&, event_log&,
                                            utc_time now);
/// How long to hold the answer back: latency, and the time its bytes take at a rule's bandwidth.
std::chrono::milliseconds slow_call(fault_plan&, call_facts const&, std::size_t bytes, event_log&,
                                    utc_time now);

/// Taken before a call that may change policies: what the change replaces stays in force for a
/// while if a rule says so. Nothing is taken without such a rule.
class late_policies {
  public:
    late_policies(fault_plan&, cloud::world const&, std::string_view service);
    /// After the call.
    void hold(cloud::world&, event_log&, utc_time now) const;

  private:
    fault_plan& plan_;
    std::optional<cloud::policy_snapshot> before_;
};

/// `fault rule `x` (throttle)`: the beginning of every explanation.
std::string name_rule(fault_rule const&);

/// Where a fault happened, for its own line.
struct fault_place {
    std::string_view client_id{};
    std::string_view identity{};
    std::string_view topic{};
    std::string_view operation{};
};
/// One line of eventType `Fault` in the local cloud's own events.
void log_fault(event_log&, fault_rule const&, fault_place const&, std::string_view what_happened,
               utc_time now);

} // namespace cogniot::local
