// Steps 2 and 3 as calls and answers: identity, credentials, and the policy on the identity. Pure.
//
// @source botocore cognito-identity and iot models
#pragma once

#include "base/result.hpp"
#include "client/aws_call.hpp"
#include "client/values.hpp"

#include <boost/json/fwd.hpp>

#include <string>

namespace cogniot::client {

aws_call make_get_id(std::string const& identity_pool_id, tokens const&);
result<identity_id> read_get_id(boost::json::object const& answer);

aws_call make_get_credentials(identity_id const&, tokens const&);
/// The answer's IdentityId is kept: Cognito may merge identities, and the returned one counts.
/// @errors answer_not_understood
result<user_credentials> read_credentials(boost::json::object const& answer,
                                          identity_id const& asked_for);

/// Names a refusal of GetId or GetCredentialsForIdentity.
error identity_error(aws_error const&);
/// What GetCredentialsForIdentity's refusal means: it may also be that the identity is gone.
error credentials_error(aws_error const&);

/// PUT /target-policies/NAME {"target": IDENTITY}. Attaching twice is no error.
aws_call make_attach_policy(std::string const& policy_name, identity_id const& to);
/// Names a refusal of a call signed with the backend's credentials.
/// @param skew  clock_skew::report(), empty if the clock is right
error backend_call_error(aws_error const&, aws_call const&, std::string const& skew);

} // namespace cogniot::client
