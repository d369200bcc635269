// A user pool's tokens: issued, refreshed, read back, revoked.
//
// ID and access tokens are RS256, each with its own key. A refresh token is opaque: it carries its
// sign-in sealed with the pool's key, so none is kept; only what was revoked is.
// @source spec cognito-iam-sigv4 3.8, 3.10
#pragma once

#include "cloud/cognito_idp/state.hpp"
#include "cloud/service.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cogniot::cloud::cognito_idp {

/// The pool's keys, made and kept now if there are none yet (about 0.2 s of CPU, once a pool).
signing_keys& keys_of(call&, user_pool&);

/// What all tokens of one sign-in share.
struct sign_in {
    std::string origin_jti;
    utc_time at;
};

/// AuthenticationResult of a new sign-in, with a refresh token.
boost::json::object issue_tokens(call&, user_pool&, user_pool_client const&, user&);
/// AuthenticationResult of a sign-in that goes on: no refresh token.
boost::json::object renew_tokens(call&, user_pool&, user_pool_client const&, user&, sign_in const&);

struct refresh_token {
    std::string sub;
    std::string client_id;
    sign_in from;
    utc_time issued;
    utc_time expires;
};
/// Nothing if it is not a refresh token of this pool.
std::optional<refresh_token> open_refresh_token(user_pool const&, std::string_view token);

/// Whose access token a call carries.
struct caller {
    user_pool* pool;
    cognito_idp::user* user;
    std::string client_id;
    /// Empty when the client cannot revoke tokens.
    std::string origin_jti;
};
/// @errors NotAuthorizedException: not an access token of ours, expired, revoked, user disabled
outcome<caller> read_access_token(call&, std::string_view token);

/// @param issued  whole seconds are enough
bool is_revoked(user_pool const&, user const&, std::string_view origin_jti, utc_time issued);
/// Ends one sign-in: its refresh token and what was minted from it.
void revoke_sign_in(call&, user_pool&, std::string_view origin_jti, utc_time until);
/// Ends all sign-ins of a user up to now, and keeps the user.
void sign_out_everywhere(call&, user_pool&, user&);

} // namespace cogniot::cloud::cognito_idp
