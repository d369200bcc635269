// Policies that AWS keeps for every account, as far as they are known here: the ones that people
// attach to the roles of identity pools and their backends.
// @source AWS managed policy reference guide, a page each
#pragma once

#include "cloud/iam/state.hpp"

#include <span>
#include <string_view>

namespace cogniot::cloud::iam {

/// In the order of their ARNs. Only the version in force is kept.
std::span<managed_policy const> aws_managed_policies();
/// By `arn:aws:iam::aws:policy/NAME`; null if it is not known here.
managed_policy const* find_aws_managed_policy(std::string_view arn);

} // namespace cogniot::cloud::iam
