// USER_SRP_AUTH: the password is proved, not sent.
// @source spec cognito-iam-sigv4 3.6, 3.7
#pragma once

#include "cloud/cognito_idp/state.hpp"
#include "cloud/service.hpp"

#include <boost/json/object.hpp>

namespace cogniot::cloud::cognito_idp {

/// InitiateAuth: answers the PASSWORD_VERIFIER challenge. Nothing is kept here: SECRET_BLOCK
/// carries the handshake, sealed.
outcome<boost::json::object> start_srp(call&, user_pool&, user_pool_client&,
                                       boost::json::object const* parameters);

/// RespondToAuthChallenge PASSWORD_VERIFIER.
outcome<boost::json::object> finish_srp(call&, user_pool&, user_pool_client&,
                                        boost::json::object const* responses);

} // namespace cogniot::cloud::cognito_idp
