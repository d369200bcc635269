// What the client reads from an ID token it has just received from its user pool. Pure.
//
// The signature is not checked here: the token came over TLS from the issuer itself, and whoever
// accepts it (the identity pool) verifies it.
#pragma once

#include "base/result.hpp"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace cogniot::client {

struct id_token_claims {
    std::string sub{};
    /// `cognito:username`.
    std::string user_name{};
    /// `iss` as it stands.
    std::string issuer{};
    /// `exp` minus `iat`: independent of either clock.
    std::chrono::seconds life{};

    /// The Logins key of an identity pool: the issuer without scheme.
    std::string provider() const;
};

/// All claims. @errors answer_not_understood: three parts and a JSON payload must be there
result<boost::json::object> read_claims(std::string_view token);
/// @errors answer_not_understood: as read_claims(); sub, iss, iat and exp must be there.
result<id_token_claims> read_id_token(std::string_view token);

} // namespace cogniot::client
