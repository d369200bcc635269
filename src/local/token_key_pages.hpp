// What the issuers of tokens publish for those who verify them: JWKS and OpenID configuration.
//
// @source Amazon Cognito developer guide, "Verifying a JSON web token"; OpenID Connect
// Discovery 1.0; spec cognito-iam-sigv4 3.10 and 4.3
#pragma once

#include "local/api.hpp"

#include <optional>

namespace cogniot::local {

/// Answers GET /POOL/.well-known/jwks.json and /POOL/.well-known/openid-configuration for user
/// pools, /.well-known/jwks_uri and /.well-known/openid-configuration for identity pools (AWS has
/// these at cognito-identity.amazonaws.com); nothing for other paths. A user pool that does not
/// exist is 404. The first look at a user pool's keys makes them.
std::optional<api_answer> answer_token_key_page(api_context&, net::http_request const&,
                                                utc_time now);

} // namespace cogniot::local
