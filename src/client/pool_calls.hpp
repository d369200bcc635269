// How the user pool's app client and the identity pool are set up. Signed with the backend's
// credentials; only to look, no step needs them. Pure.
//
// @source botocore cognito-idp and cognito-identity models
#pragma once

#include "client/aws_call.hpp"

#include <string>

namespace cogniot::client {

/// Answers `UserPoolClient`: the secret too.
aws_call make_describe_app_client(std::string const& user_pool_id, std::string const& client_id);
/// Answers the pool, its providers among it.
aws_call make_describe_identity_pool(std::string const& identity_pool_id);
/// Answers `Roles` and `RoleMappings`.
aws_call make_get_identity_pool_roles(std::string const& identity_pool_id);

} // namespace cogniot::client
