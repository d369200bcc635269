// What a user pool publishes for verifiers of its tokens: JWKS and OpenID configuration.
//
// @source Amazon Cognito developer guide, "Verifying a JSON web token"; spec cognito-iam-sigv4 3.10
#pragma once

#include "local/api.hpp"

#include <optional>

namespace cogniot::local {

/// Answers GET /POOL/.well-known/jwks.json and /POOL/.well-known/openid-configuration; nothing for
/// other paths. A pool that does not exist is 404. The first look at a pool's keys makes them.
std::optional<api_answer> answer_user_pool_page(api_context&, net::http_request const&,
                                                utc_time now);

} // namespace cogniot::local
