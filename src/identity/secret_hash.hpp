// SECRET_HASH: what proves that a sign-in comes from an app client that knows its secret.
// @source Cognito developer guide, "Computing secret hash values"
#pragma once

#include <string>
#include <string_view>

namespace cogniot::identity {

/// Base64(HMAC-SHA256(client secret, username || client ID)).
/// @param username  the very text that is sent as USERNAME in the same call
std::string make_secret_hash(std::string_view client_secret, std::string_view username,
                             std::string_view client_id);

/// Whether the hash is right; takes as long whether or not it is.
bool is_secret_hash(std::string_view hash, std::string_view client_secret,
                    std::string_view username, std::string_view client_id);

} // namespace cogniot::identity
