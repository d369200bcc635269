// Logins: tokens of user pools that users bring to an identity pool.
// @source Amazon Cognito developer guide, "Identity pools external identity providers";
// spec cognito-iam-sigv4 4.2, 4.6
#pragma once

#include "cloud/cognito_identity/state.hpp"
#include "cloud/service.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud::cognito_identity {

/// A token that was verified.
struct verified_login {
    /// `cognito-idp.REGION.amazonaws.com/POOL`
    std::string provider{};
    /// The app client that it was issued to; registered at the identity pool.
    std::string client_id{};
    /// `sub`: who the user is there, for ever.
    std::string subject{};
    boost::json::object claims{};
};

/// Verifies every pair of `Logins`: the provider and app client are registered at the pool, the
/// token is an ID token of that provider, its signature holds, it has not expired.
/// @param logins  null if the call has none
/// @return in the order of the input; empty if there are none
outcome<std::vector<verified_login>> verify_logins(call&, pool const&,
                                                   boost::json::object const* logins);

} // namespace cogniot::cloud::cognito_identity
