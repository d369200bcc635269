// What a user pool keeps of a password: SRP-6a's salt and verifier, never the password.
//
// The same pair answers both ways of signing in: a password that arrives in clear is turned into
// its verifier and compared, and one that stays with the client is proved through SRP.
// @source spec cognito-iam-sigv4 3.7; RFC 5054, section 2.5.3
#pragma once

#include "base/random_source.hpp"

#include <string>
#include <string_view>

namespace cogniot::identity {

struct password_verifier {
    /// 16 random bytes.
    std::string salt{};
    /// g^x mod N, big-endian bytes.
    std::string verifier{};
    bool empty() const { return verifier.empty(); }
};

/// Who a password belongs to: both are mixed into x, so a verifier is good for one user only.
struct password_owner {
    /// What follows the `_` of the pool ID.
    std::string_view pool_name;
    /// The stored username.
    std::string_view user_id;
};

password_verifier make_password_verifier(password_owner, std::string_view password, random_source&);

/// Takes as long for a wrong password as for the right one (about a millisecond).
bool is_password(password_owner, password_verifier const&, std::string_view password);

} // namespace cogniot::identity
