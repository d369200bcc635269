// What the ways to assume a role share: their input, session policies, and the answer.
// @source AWS STS API reference, AssumeRole, AssumeRoleWithWebIdentity; spec cognito-iam-sigv4 6.3
#pragma once

#include "cloud/iam/state.hpp"
#include "cloud/input.hpp"
#include "cloud/service.hpp"
#include "cloud/sts/state.hpp"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud::sts {

inline constexpr std::string_view validation_error = "ValidationError";

api_error access_denied(std::string message); // AccessDenied, 403

/// The members that every way to assume a role has.
struct session_input {
    std::string_view role_arn;
    std::string_view session_name;
    std::chrono::seconds lifetime{3600};
    std::optional<std::string_view> policy{};
    std::vector<std::string> policy_arns{};
};
/// Violations are noted in the reader.
session_input read_session(input_reader&);

/// Inline and managed session policies, compiled; `packed` is how full they are, in percent.
struct session_policies {
    std::vector<policy::document> documents{};
    std::optional<int> packed;
};
outcome<session_policies> read_session_policies(call&, session_input const&);

/// ValidationError when the wish is longer than the role allows.
std::optional<api_error> refuse_lifetime(iam::role const&, std::chrono::seconds wanted);

/// `Credentials` as STS spells them.
boost::json::object print_credentials(issued const&);
/// `AssumedRoleUser`
boost::json::object print_assumed_role_user(principal const&);

} // namespace cogniot::cloud::sts
