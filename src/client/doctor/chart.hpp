// What is known so far, and the steps that learn more. Each step adds its finding; what it learned
// stands here for those after it. Absent = not known.
#pragma once

#include "client/doctor/double_lock.hpp"
#include "client/doctor/examination.hpp"
#include "client/doctor/look.hpp"
#include "client/iam_calls.hpp"

#include <boost/json.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cogniot::client::doctor {

struct chart {
    patient who;
    doctor::report report{};
    /// What must not be shown, even where a server quotes it; grows with the steps.
    std::vector<secret> secrets{};

    /// Services whose endpoint could not be reached; the device gateway has a flag of its own.
    std::set<service> out_of_reach{};
    bool gateway_is_out_of_reach = false;
    std::optional<tokens> signed_in{};
    boost::json::object claims{};
    std::optional<identity_id> identity{};
    /// The role that the pool's settings lead to, and what it is.
    std::string role_arn{};
    std::optional<role_description> role{};
    std::optional<user_credentials> credentials{};
    /// Whose the credentials are, as STS says.
    std::optional<caller_identity> caller{};
    std::optional<seen_role_policies> role_policies{};
    std::optional<std::vector<seen_document>> iot_policies{};
    std::optional<double_lock> locks{};
    /// Why there are no locks, if there are none.
    finding no_locks{};
    /// The broker or its gateway refused something just now: what it logs is worth a look.
    std::optional<utc_time> refused_since{};
    /// It was the gateway: there was no MQTT.
    bool was_refused_at_upgrade = false;
    /// The device gateway's.
    std::string gateway_host{};

    aws_caller& aws() { return who.flow.aws(); }
    job_settings const& job() const { return who.flow.job(); }
    /// The asked one, else the identity ID.
    std::string client_id() const;
    /// The role's name, from whichever source knows it; empty if none does.
    std::string role_name() const;
    void tell(finding);
    /// Tells and returns true if the service could not be reached: asking it again would only wait.
    bool is_out_of_reach(service, step);
    /// Now by AWS's clock, as the log has it.
    utc_time server_time();
};

// steps_sign_in.cpp
net::task<void> examine_endpoints(chart&);
/// Compares this machine's clock with AWS's, if no answer did yet; tells nothing.
net::task<void> measure_clock(chart&);
net::task<void> examine_clock(chart&);
net::task<void> examine_app_client(chart&);
net::task<void> examine_sign_in(chart&);
net::task<void> examine_provider(chart&);
net::task<void> examine_identity(chart&);

// steps_role.cpp
net::task<void> examine_role(chart&);
net::task<void> examine_trust(chart&);
net::task<void> examine_credentials(chart&);
net::task<void> examine_role_policies(chart&);
net::task<void> examine_iot_policies(chart&);

// steps_permission.cpp
/// Makes the locks of what was seen.
net::task<void> examine_locks(chart&);
net::task<void> examine_limits(chart&);
net::task<void> examine_permissions(chart&);
net::task<void> examine_aws_answers(chart&);

// steps_link.cpp
net::task<void> examine_link(chart&);

// steps_url.cpp
net::task<void> examine_url(chart&);

// steps_log.cpp
/// What the application did.
net::task<void> examine_history(chart&);
/// What the log says of the real thing.
net::task<void> examine_log(chart&);

} // namespace cogniot::client::doctor
