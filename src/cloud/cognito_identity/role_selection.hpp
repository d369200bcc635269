// Which role an identity gets: the pool's defaults, the token's roles, or rules over claims.
// @source Amazon Cognito developer guide, "Using role-based access control";
// spec cognito-iam-sigv4 4.4
#pragma once

#include "cloud/cognito_identity/login.hpp"
#include "cloud/cognito_identity/state.hpp"
#include "cloud/service.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::cloud::cognito_identity {

struct role_wish {
    pool const& from;
    /// Null for guests.
    verified_login const* login = nullptr;
    /// `CustomRoleArn`
    std::optional<std::string_view> custom_role{};
    /// For the refusal.
    std::string_view identity_id{};
};

struct selected_role {
    enum class reason {
        /// The pool's default for authenticated identities, or for guests.
        pool_default,
        /// CustomRoleArn, which the token or a rule allows.
        custom,
        /// The token's cognito:preferred_role.
        preferred_role,
        /// The only one of the token's cognito:roles.
        only_role,
        /// A rule over claims: see `rule`.
        rule,
        /// Nothing fitted, and AmbiguousRoleResolution says AuthenticatedRole.
        ambiguous,
    };
    std::string arn{};
    reason why = reason::pool_default;
    /// The rule's number, from 1.
    std::size_t rule = 0;
};

/// Whether the role exists and trusts the pool is another question.
outcome<selected_role> select_role(role_wish const&);

} // namespace cogniot::cloud::cognito_identity
