// The refusals of identity pools, in AWS's words. All are HTTP 400.
// @source spec cognito-iam-sigv4 4.6
#pragma once

#include "cloud/input.hpp"
#include "cloud/service.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace cogniot::cloud::cognito_identity {

/// What constraint violations are called here.
inline constexpr std::string_view validation_error = "ValidationException";

extern text_rule const pool_id_rule;     // [\w-]+:[0-9a-f-]+, 1 to 55
extern text_rule const identity_id_rule; // the same

api_error not_authorized(std::string message);
api_error invalid_parameter(std::string message);
api_error no_such_pool(std::string_view id);
api_error no_such_identity(std::string_view id);
api_error identity_forbidden(std::string_view id);
api_error role_forbidden(std::string_view arn);
/// AWS says only that the pool's roles are wrong; `reason`, a member of its own in the body, says
/// which and why.
api_error wrong_pool_roles(std::string reason);

/// The ARN that IAM is asked about for operations on a pool.
std::string pool_resource(call const&, boost::json::object const& input);

} // namespace cogniot::cloud::cognito_identity
