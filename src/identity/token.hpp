// JSON Web Tokens as a user pool signs them: RS256, header exactly {"kid":…,"alg":"RS256"}.
// @source RFC 7515, RFC 7517, RFC 7519; spec cognito-iam-sigv4 3.10
#pragma once

#include "base/result.hpp"
#include "crypto/rsa.hpp"
#include "identity/errors.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace cogniot::identity {

/// Signs the claims. @param key_id  the header's `kid`
std::string make_token(std::string_view key_id, crypto::rsa_key const& key,
                       boost::json::object const& claims);

/// A token taken apart. Nothing in it is to be believed before is_signed_by().
struct decoded_token {
    std::string key_id;
    boost::json::object claims;
    /// The part that is signed, and the signature's bytes.
    std::string signed_text;
    std::string signature;
};

/// Takes a token apart; the signature is not looked at.
/// @errors errc::not_a_token, errc::algorithm_not_supported (`alg` is not RS256)
result<decoded_token> decode_token(std::string_view text);

/// @param modulus, exponent  big-endian bytes
bool is_signed_by(decoded_token const&, std::string_view modulus, std::string_view exponent);

/// One key as JWKS shows it (RFC 7517), for RS256 signatures.
boost::json::object print_public_key(std::string_view key_id, std::string_view modulus,
                                     std::string_view exponent);

} // namespace cogniot::identity
