// The double lock: which policies count for whom, and what they decide together.
//
// An authenticated Cognito identity needs its role's policies AND the IoT policies attached to its
// identity ID for the actions that AWS IoT policies govern; a guest needs its role only; other
// principals need IAM only. @source AWS IoT developer guide, "Authorization with Amazon Cognito
// identities"; IAM user guide, "Policy evaluation logic"
#pragma once

#include "cloud/principal.hpp"
#include "policy/decide.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>

namespace cogniot::cloud {

struct world;

/// Which lock stayed shut.
enum class lock { none, role_policy, session_policy, iot_policy };
std::string_view print(lock);

struct authorisation {
    bool allowed = false;
    /// The first lock that refused, when not allowed.
    lock refused_by = lock::none;
    policy::effect effect = policy::effect::implicit_deny;
};

/// Decides. Does not explain and, for an allow, does not allocate beyond the context.
/// @param facts  request context; the principal's own keys (aws:userid,
///               cognito-identity.amazonaws.com:sub, …) must be in it: see principal_facts().
authorisation authorise(world const&, principal const&, std::string_view action,
                        std::string_view resource, policy::context const& facts);

/// The context keys that follow from who the principal is.
policy::context principal_facts(principal const&, utc_time now, std::string_view source_ip);

/// Why: each lock with its documents, statements and nearest miss, as JSON and in words.
struct authorisation_explained {
    authorisation decision;
    std::string words;
    std::string json;
};
authorisation_explained explain(world const&, principal const&, std::string_view action,
                                std::string_view resource, policy::context const& facts);

/// Whether IoT policies have a say in this action (spec iot-broker 4.1).
bool is_governed_by_iot_policy(std::string_view action);

} // namespace cogniot::cloud
