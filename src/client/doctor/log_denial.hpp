// A denial in AWSIotLogsV2: which policy denied it, and whether that is this user's affair. Pure.
//
// @source spec iot-broker 4.6, 5.3; AWS IoT developer guide, "CloudWatch log entries": an entry
// names the principal, which for a Cognito user is the role's session and not the identity
#pragma once

#include "client/doctor/log_causes.hpp"

namespace cogniot::client::doctor {

/// Proven only where it is this user's: another principal's denial says nothing of this user's
/// policies, nor they of it.
/// @param e  a denial: Connect, Publish-In, Publish-Out or Subscribe
log_cause explain_denial(log_entry const& e, log_facts const&);

} // namespace cogniot::client::doctor
