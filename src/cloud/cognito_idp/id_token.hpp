// What others may ask of user pools: is this ID token one of ours, and what does it say?
//
// Identity pools and AssumeRoleWithWebIdentity trade ID tokens for credentials.
// @source spec cognito-iam-sigv4 3.10 and 4.6
#pragma once

#include "cloud/service.hpp"
#include "cloud/world.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud::cognito_idp {

/// The claims of a verified ID token.
struct id_token {
    std::string pool_id;
    std::string sub;
    /// The app client it was issued to: `aud`.
    std::string client_id;
    std::string username;
    /// `cognito:groups`, `cognito:roles`
    std::vector<std::string> groups{};
    std::vector<std::string> roles{};
    /// `cognito:preferred_role`; empty if absent.
    std::string preferred_role{};
    utc_time issued{};
    utc_time expires{};
    /// Everything, for rules that match on any claim.
    boost::json::object claims{};
};

/// Reads an ID token that a user pool of this world signed.
/// @param provider_name  the Logins key it was sent under, `cognito-idp.REGION.amazonaws.com/POOL`
/// @errors NotAuthorizedException with the identity pools' own messages ("Invalid login token. …")
outcome<id_token> read_id_token(world const&, std::string_view provider_name,
                                std::string_view token, utc_time now);

/// Whether the user is still there, enabled, and has not signed out everywhere since: what an
/// identity pool asks with ServerSideTokenCheck.
bool is_still_signed_in(world const&, id_token const&);

/// `{"keys":[…]}` of a pool, for ISSUER/.well-known/jwks.json. Makes the keys if there are none.
/// @errors ResourceNotFoundException: no such pool
outcome<boost::json::object> jwks(call&, std::string_view pool_id);

/// ISSUER/.well-known/openid-configuration. @errors as jwks()
outcome<boost::json::object> openid_configuration(world const&, std::string_view pool_id);

} // namespace cogniot::cloud::cognito_idp
