// The double lock: which policies count for whom, and what they decide together.
//
// An authenticated Cognito identity needs its role's policies AND the IoT policies attached to its
// identity ID for the actions that AWS IoT policies govern; a guest needs its role only; a device
// needs the IoT policies on its certificate only; other principals need IAM only. @source AWS IoT
// developer guide, "Authorization with Amazon Cognito identities"; IAM user guide, "Policy
// evaluation logic"
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
    /// The lock that refused, when not allowed: the first with an explicit deny, else the first
    /// that allowed nothing, in the order of the enumeration.
    lock refused_by = lock::none;
    policy::effect effect = policy::effect::implicit_deny;
};

/// Decides. Does not explain and, for an allow, does not allocate.
/// @param facts  request context; the principal's own keys (aws:userid,
///               cognito-identity.amazonaws.com:sub, …) must be in it: see principal_facts().
authorisation authorise(world const&, principal const&, std::string_view action,
                        std::string_view resource, policy::context const& facts);

/// How a request came.
struct circumstances {
    utc_time now;
    /// Of the endpoint that was called, see requested_region().
    std::string_view region;
    /// Empty: not known, `aws:SourceIp` has no value then.
    std::string_view source_ip{};
    transport how = transport::tls;
};

/// Where IAM has its only endpoint: what it is asked is asked of that region, wherever the caller
/// is. @source IAM user guide, "AWS global condition context keys", aws:RequestedRegion
std::string_view requested_region(std::string_view service, std::string_view signed_for);

/// The context keys that follow from who the principal is and how it came. What the principal does
/// not say (an empty `user_id`, `role_arn`) has no value.
/// @source spec cognito-iam-sigv4 4.7; IAM user guide, "AWS global condition context keys"
policy::context principal_facts(principal const&, circumstances const&);

/// Why: each lock with its documents, statements and nearest miss, as JSON and in words.
struct authorisation_explained {
    authorisation decision;
    std::string words;
    std::string json;
};
authorisation_explained explain(world const&, principal const&, std::string_view action,
                                std::string_view resource, policy::context const& facts);

/// The text of AccessDenied and AccessDeniedException, as AWS words it:
/// `User: ARN is not authorized to perform: iot:CreateThing on resource: ARN because no
/// identity-based policy allows the iot:CreateThing action`.
/// @param denied  a decision that refused
/// @source spec cognito-iam-sigv4 5.8
std::string access_denied_message(principal const&, std::string_view action,
                                  std::string_view resource, authorisation const& denied);

} // namespace cogniot::cloud
