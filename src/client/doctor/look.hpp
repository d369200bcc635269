// A look with the backend's credentials: what came back, or why nobody could see. Looking changes
// nothing.
#pragma once

#include "client/aws_caller.hpp"
#include "client/doctor/report.hpp"
#include "client/iam_calls.hpp"

#include <boost/json.hpp>

#include <string>
#include <vector>

namespace cogniot::client::doctor {

/// Why something was not seen.
struct unseen {
    enum class reason {
        /// The permission is missing, or there are no backend credentials.
        not_permitted,
        /// There is no such role, pool, policy or client: a cause in itself.
        absent,
        /// Nobody could tell.
        not_available,
    } why = reason::not_available;
    /// `iam:GetRole`
    std::string permission{};
    std::string says{};
    /// The backend's credentials are no good, whatever they may do: no permission is missing.
    bool has_bad_credentials = false;
};
[[noreturn]] void throw_exception_from_error(unseen const&, boost::source_location const&);

template <typename T>
using looked = boost::system::result<T, unseen>;

/// What a refusal, or a call that did not get through, means for a look. Pure.
unseen explain_refusal(aws_call const&, aws_error const&);
unseen explain_failure(aws_call const&, error const&);
/// The finding of a step that could not look. `absent` is a failure with this code and remedy.
finding not_seen(step, unseen const&, error_code if_absent, std::string remedy);

net::task<looked<boost::json::object>> look(aws_caller&, aws_call);

/// A policy document under the name people know it by.
struct seen_document {
    std::string name{};
    std::string text{};
};
/// The role's inline policies, and its managed policies under their ARNs.
struct seen_role_policies {
    std::vector<seen_document> inline_policies{};
    std::vector<seen_document> managed{};
};
net::task<looked<seen_role_policies>> look_at_role_policies(aws_caller&, std::string role_name);

/// Names of the IoT policies attached to an identity, then their documents.
net::task<looked<std::vector<std::string>>> look_at_attached(aws_caller&, std::string identity_id);
net::task<looked<seen_document>> look_at_iot_policy(aws_caller&, std::string name);

} // namespace cogniot::client::doctor
