// A role's trust policy, evaluated alone: who may assume the role.
// @source IAM user guide, "Policy evaluation logic" (trust policies are resource policies of the
// role); spec cognito-iam-sigv4 4.7, 5.5
#pragma once

#include "cloud/iam/state.hpp"
#include "policy/decide.hpp"

#include <span>
#include <string>
#include <string_view>

namespace cogniot::cloud {

inline constexpr std::string_view assume_role_action = "sts:AssumeRole";
inline constexpr std::string_view assume_role_with_web_identity_action =
    "sts:AssumeRoleWithWebIdentity";

/// One wish to assume a role.
struct assumption {
    iam::role const& wanted;
    std::string_view action;
    std::span<policy::principal_name const> who;
    policy::context const& facts;
};

bool is_trusted(assumption const&);
/// Why the trust policy refused, for people: the role's name and the nearest miss.
std::string explain_mistrust(assumption const&);

/// The context of a token from an identity pool: `cognito-identity.amazonaws.com:aud`, `sub`,
/// `amr`.
policy::context identity_pool_facts(std::string_view identity_pool_id, std::string_view identity_id,
                                    std::vector<std::string> const& amr);
/// `Federated: cognito-identity.amazonaws.com`
std::span<policy::principal_name const> identity_pool_principal();

} // namespace cogniot::cloud
