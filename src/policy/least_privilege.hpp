// From what was really done to the policies that allow just that: least privilege. Pure.
//
// Exact but for one thing: the identity ID becomes `${cognito-identity.amazonaws.com:sub}`, and a
// topic level that is the client ID `${iot:ClientId}` in IoT policies, so that the policies hold
// for every identity and client in the same way. Nothing is ever widened to fit a size limit.
// @source IAM user guide, "IAM and AWS STS quotas"; AWS IoT Core endpoints and quotas; spec
// iot-broker 4.7, cognito-iam-sigv4 5.6
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cogniot::policy {

/// One thing that was done, and which locks it had to open.
struct recorded {
    std::string action{};
    std::string resource{};
    /// Empty for principals without one.
    std::string identity{};
    /// Empty for calls of an API.
    std::string client{};
    bool needs_role_policy = true;
    bool needs_iot_policy = false;
};

/// Documents that together allow what one lock has to let through.
struct least_policies {
    /// As few as AWS's size limit allows; none if nothing needs this lock.
    std::vector<boost::json::object> documents{};
    /// Characters that AWS counts, of each document.
    std::vector<std::size_t> sizes{};
    /// AWS's limit for each.
    std::size_t limit = 0;
    /// What does not fit, or had to be split; for people.
    std::vector<std::string> notes{};
};

struct least_privilege {
    least_policies role{};
    least_policies iot{};
};

/// The same for any order of `all`.
least_privilege find_least_privilege(std::span<recorded const> all);

} // namespace cogniot::policy
