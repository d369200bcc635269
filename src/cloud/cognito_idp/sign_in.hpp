// The steps of a sign-in after the password: what is asked next, and the sessions that wait.
// @source spec cognito-iam-sigv4 3.6
#pragma once

#include "cloud/cognito_idp/state.hpp"
#include "cloud/service.hpp"

#include <boost/json/object.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::cloud::cognito_idp {

/// Who is signing in, and through what.
struct attempt {
    user_pool& pool;
    user_pool_client& client;
    cognito_idp::user& user;
};

/// The password was right: status, then second factor, then tokens.
outcome<boost::json::object> continue_sign_in(call&, attempt);
/// The status is settled too: second factor, then tokens.
outcome<boost::json::object> ask_second_factor(call&, attempt);
/// Challenges with this method, which the user has set up.
outcome<boost::json::object> challenge_with(call&, attempt, mfa_method);
/// All challenges are answered.
boost::json::object finish_sign_in(call&, attempt);

/// A waiting sign-in, or why there is none: NotAuthorizedException.
outcome<challenge_session*> find_session(call&, std::string_view id);
/// Opens a session; the answer is its ID, good for the client's AuthSessionValidity.
std::string open_session(call&, attempt, challenge_session);

/// Whether SECRET_HASH is there and right when the client has a secret.
/// @param usernames  any of these may have been hashed
std::optional<api_error> check_secret_hash(user_pool_client const&,
                                           std::optional<std::string_view> hash,
                                           std::initializer_list<std::string_view> usernames);

/// An entry of AuthParameters or ChallengeResponses; nothing if absent or blank.
std::optional<std::string_view> find_parameter(boost::json::object const* from,
                                               std::string_view name);
/// @return InvalidParameterException "Missing required parameter NAME"
outcome<std::string_view> required_parameter(boost::json::object const* from,
                                             std::string_view name);

/// Methods that the pool offers and the user has turned on or set up.
std::set<mfa_method> usable_methods(user_pool const&, user const&);

} // namespace cogniot::cloud::cognito_idp
