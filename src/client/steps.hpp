// The steps from a password to credentials with a policy, one function from one value to the next.
// Their order and overlap are in flow.hpp. One thread (the loop's).
#pragma once

#include "client/aws_caller.hpp"
#include "client/user_pool.hpp"
#include "client/values.hpp"

namespace cogniot::client {

/// @errors sign_in_error()'s, and those of aws_caller::call
net::task<result<sign_in_outcome>> sign_in(aws_caller&, app_client, user_password);
net::task<result<sign_in_outcome>> respond_to(aws_caller&, app_client, challenge, challenge_answer);
net::task<result<tokens>> refresh(aws_caller&, app_client, tokens);

/// @errors identity_refused
net::task<result<identity_id>> get_id(aws_caller&, std::string identity_pool_id, tokens);
/// @errors identity_refused, identity_not_found
net::task<result<user_credentials>> get_credentials(aws_caller&, identity_id, tokens);
/// Attaching twice is no error. @errors backend_call_error()'s
net::task<result<void>> attach_policy(aws_caller&, std::string policy_name, identity_id);

/// AdminCreateUser and AdminSetUserPassword (permanent), with the backend's credentials. If the
/// user exists already the password is set all the same.
/// @return whether the user is new
net::task<result<bool>> add_user(aws_caller&, std::string user_pool_id, user_password,
                                 std::map<std::string, std::string> attributes);

} // namespace cogniot::client
