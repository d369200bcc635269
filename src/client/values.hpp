// The values of the five steps: user + password -> tokens -> identity -> credentials.
#pragma once

#include "base/secret.hpp"
#include "base/utc_time.hpp"
#include "sigv4/sigv4.hpp"

#include <map>
#include <string>
#include <utility>

namespace cogniot::client {

/// A user of a user pool, about to sign in.
struct user_password {
    std::string user_name{};
    secret password{};
};

/// What a user pool gives to a user who signed in. Instants are by the local clock.
struct tokens {
    secret id_token{};
    secret access_token{};
    /// Kept from the first sign-in: a refresh does not bring a new one.
    secret refresh_token{};
    utc_time id_token_expires{};
    /// `sub` of the ID token: the user's UUID, for ever.
    std::string sub{};
    /// `cognito:username`: what SECRET_HASH is computed over when refreshing.
    std::string user_name{};
    /// `iss` without `https://`: the provider's name at the identity pool.
    std::string provider{};
};

/// A user's place in an identity pool, `REGION:UUID`. For ever the same: cached.
struct identity_id {
    std::string text{};
    friend bool operator==(identity_id const&, identity_id const&) = default;
};

/// Temporary credentials of an identity.
struct user_credentials {
    identity_id identity{};
    std::string access_key_id{};
    secret secret_access_key{};
    secret session_token{};
    utc_time expires{};

    sigv4::credentials for_signing() const {
        return {access_key_id, secret_access_key, session_token.reveal()};
    }
};

} // namespace cogniot::client
