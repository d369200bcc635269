// What policies would say about a request that nobody made: the inside of SimulatePrincipalPolicy
// and SimulateCustomPolicy.
//
// The decision is the policy engine's; here it is combined as IAM combines identity policies, a
// permissions boundary and a resource policy, and told in EvaluationResult's words. @source IAM API
// reference, EvaluationResult; IAM user guide, "Policy evaluation logic"
#pragma once

#include "json/place.hpp"
#include "policy/decide.hpp"
#include "policy/document.hpp"

#include <boost/json/fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud::iam {

/// From where to where AWS says that a statement stands.
struct extent {
    json::place start;
    json::place end;
};
/// One for each statement. A statement starts behind the token before it: the `[` of the list, or
/// the statement before; a statement that is no list's starts behind its own `{`. It ends behind
/// its `}`. Columns count from 1.
/// @source AWS CLI reference, simulate-custom-policy (38 to 167), and answers quoted in public
/// @param text  of a document that policy::document took
std::vector<extent> find_extents(std::string_view text);

/// A policy of the simulation under the name that MatchedStatements gives it.
struct simulated_policy {
    /// `PolicyInputList.1`, a managed policy's name, `role_ROLE_POLICY` for an inline one.
    std::string id;
    policy::document document;
};

struct simulation {
    std::vector<simulated_policy> identity_policies{};
    /// Empty: no boundary, which is not the same as one that allows nothing.
    std::vector<simulated_policy> boundaries{};
    std::optional<simulated_policy> resource_policy{};
    /// Whom the resource policy's Principal is compared with.
    std::string caller_arn{};
    /// Owner of resources whose ARN names no account; empty: the caller's account.
    std::string resource_owner{};
    policy::context facts{};
};

/// One EvaluationResult.
boost::json::object evaluate(simulation const&, std::string_view action, std::string_view resource);

} // namespace cogniot::cloud::iam
