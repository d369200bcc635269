// Setting and checking passwords of a pool's users, and the wait after too many wrong ones.
// @source spec cognito-iam-sigv4 3.3, 3.9 "Lockout"
#pragma once

#include "cloud/cognito_idp/state.hpp"
#include "cloud/service.hpp"

#include <optional>
#include <string_view>

namespace cogniot::cloud::cognito_idp {

/// Why the pool does not take this password for the user, or nothing.
/// @return InvalidPasswordException, PasswordHistoryPolicyViolationException
std::optional<api_error> check_new_password(user_pool const&, user const&,
                                            std::string_view password);

/// Takes the password, remembers the one before as the policy asks, and ends any lockout.
void set_password(call&, user_pool&, user&, std::string_view password, user_status then);

/// NotAuthorizedException while the user must wait after wrong passwords, else nothing.
std::optional<api_error> find_lockout(user_pool const&, user const&, utc_time now);
/// Counts one wrong password. From the fifth in a row the user waits 1 s, 2 s, 4 s … 15 min.
void note_wrong_password(user_pool&, user const&, utc_time now);
void forget_wrong_passwords(user_pool&, user const&);

/// Looks at a password that came in clear: lockout first, then the verifier.
/// @return NotAuthorizedException, or nothing if it is right
std::optional<api_error> check_password(call&, user_pool&, user const&, std::string_view password);
/// Takes as long as check_password() does for a user who exists.
void pretend_to_check_password(user_pool const&, std::string_view username,
                               std::string_view password);

} // namespace cogniot::cloud::cognito_idp
