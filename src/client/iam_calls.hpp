// What is asked of IAM and STS: a role, its policies, and AWS's own opinion of them. Pure.
//
// @source IAM API reference (2010-05-08), STS API reference (2011-06-15); spec cognito-iam-sigv4 6
#pragma once

#include "base/result.hpp"
#include "client/aws_call.hpp"

#include <boost/json/fwd.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::client {

/// All are signed with the backend's credentials. An empty marker asks for the first page.
aws_call make_get_role(std::string const& role_name);
aws_call make_list_role_policies(std::string const& role_name, std::string const& marker = {});
aws_call make_get_role_policy(std::string const& role_name, std::string const& policy_name);
aws_call make_list_attached_role_policies(std::string const& role_name,
                                          std::string const& marker = {});
aws_call make_get_managed_policy(std::string const& policy_arn);
aws_call make_get_managed_policy_version(std::string const& policy_arn,
                                         std::string const& version_id);

struct role_description {
    std::string name{};
    /// `AROA…`
    std::string id{};
    std::string arn{};
    /// AssumeRolePolicyDocument, decoded.
    std::string trust{};
    /// Empty if the role has none.
    std::string permissions_boundary{};
};
/// @errors answer_not_understood
result<role_description> read_role(boost::json::object const& answer);

/// One page of names or ARNs.
struct name_page {
    std::vector<std::string> names{};
    /// Empty on the last page.
    std::string marker{};
};
/// Names of inline policies.
name_page read_role_policies(boost::json::object const& answer);
/// ARNs of managed policies.
name_page read_attached_role_policies(boost::json::object const& answer);

/// A policy document as IAM returns it, percent-encoded, decoded. @errors answer_not_understood
result<std::string> read_role_policy(boost::json::object const& answer);
result<std::string> read_default_version(boost::json::object const& answer);
result<std::string> read_policy_version(boost::json::object const& answer);

/// What IAM's simulator says of one action on one resource.
struct simulated {
    /// `allowed`, `implicitDeny`, `explicitDeny`
    std::string decision{};
    std::vector<std::string> missing_context{};
};
/// @param facts  context keys of one text value each
aws_call make_simulate_principal_policy(std::string const& role_arn, std::string const& action,
                                        std::string const& resource,
                                        std::map<std::string, std::string> const& facts);
result<simulated> read_simulation(boost::json::object const& answer);

/// Needs no permission: whose credentials these are.
aws_call make_get_caller_identity(sigv4::credentials const& who);
struct caller_identity {
    std::string account{};
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`
    std::string arn{};
    /// `AROA…:SESSION`
    std::string user_id{};

    /// `ROLE`; empty if this is no role session.
    std::string role_name() const;
    /// `aws`, `aws-cn`
    std::string partition() const;
};
result<caller_identity> read_caller_identity(boost::json::object const& answer);

} // namespace cogniot::client
