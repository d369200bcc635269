// OpenID tokens of identity pools: what GetOpenIdToken gives and AssumeRoleWithWebIdentity takes.
// @source Amazon Cognito federated identities API reference, GetOpenIdToken; spec
// cognito-iam-sigv4 4.3
#pragma once

#include "base/utc_time.hpp"
#include "cloud/cognito_identity/state.hpp"
#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud::cognito_identity {

inline constexpr std::string_view openid_issuer = "https://cognito-identity.amazonaws.com";

/// What an identity pool says about who holds its token.
struct openid_claims {
    std::string identity_pool_id; // `aud`
    std::string identity_id;      // `sub`
    std::vector<std::string> amr{};
    utc_time expiry{}; // whole seconds
};

/// `["unauthenticated"]`, or `authenticated`, the providers, and who the user is there.
std::vector<std::string> amr_of(identity const&);

/// Signs a token for ten minutes; makes and persists the key when there is none yet.
std::string make_openid_token(call&, identity const&);

enum class openid_fault { not_a_token, not_ours, signature };
/// Reads a token that claims to be one of ours. The expiry is the caller's business: what an
/// expired token answers differs by operation.
boost::system::result<openid_claims, openid_fault> read_openid_token(state const&,
                                                                     std::string_view token);

/// The public half of the signing key (RFC 7517); no keys before the first token.
boost::json::object print_key_set(state const&);

/// What a verifier is told about these tokens (OpenID Connect Discovery 1.0, section 3).
boost::json::object openid_configuration();

[[noreturn]] void throw_exception_from_error(openid_fault, boost::source_location const&);

} // namespace cogniot::cloud::cognito_identity
