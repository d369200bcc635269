// Password rules of a user pool, in AWS's words.
// @source Cognito API reference, PasswordPolicyType; developer guide, "Adding user pool password
// requirements"
#pragma once

#include "base/random_source.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cogniot::identity {

/// What a pool asks of a password. The defaults are those of a pool made without a policy.
struct password_policy {
    /// Characters, 6 to 99.
    int minimum_length = 8;
    bool require_uppercase = true;
    bool require_lowercase = true;
    bool require_numbers = true;
    bool require_symbols = true;
    /// How many former passwords may not come back, 0 to 24.
    int history_size = 0;
    /// How long a temporary password can be used, 1 to 365.
    int temporary_password_validity_days = 7;
};

/// The first rule that the password breaks, as AWS ends its sentence after "Password did not
/// conform with policy: ", or nothing if it conforms.
std::optional<std::string_view> find_broken_rule(password_policy const&, std::string_view password);

/// A random password that conforms, for users whom an administrator creates without one.
std::string make_temporary_password(password_policy const&, random_source&);

} // namespace cogniot::identity
