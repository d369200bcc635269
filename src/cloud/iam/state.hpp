// Roles and managed policies of the account: the first of the two locks.
//
// The list of documents that count for a role is kept beside the role and rebuilt by every change,
// so that a decision finds it ready and is never stale. IAM has no regions.
// @source IAM API reference; IAM user guide, "IAM identifiers", "Managed policies and inline
// policies"
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "policy/decide.hpp"
#include "policy/document.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud::iam {

/// IAM names are unique without regard to case, and kept as they were given.
struct less_ignoring_case {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
};

struct tag {
    std::string key{};
    std::string value{};
};

struct role {
    std::string name{};
    /// `AROA` and 17 upper-case letters or digits.
    std::string id{};
    /// `/` or `/division/team/`
    std::string path{};
    std::string arn{};
    std::string description{};
    std::chrono::seconds max_session{3600};
    utc_time created{};
    /// Who may assume it.
    policy::document trust;
    std::map<std::string, policy::document, less_ignoring_case> inline_policies{};
    /// ARNs of managed policies, in the order of attachment.
    std::vector<std::string> attached{};
    std::vector<tag> tags{};

    // Derived: see state::refresh().
    std::vector<std::string> labels{};
    /// Every document of this role under the name people know it by; views into `labels`.
    std::vector<policy::named_document> documents{};
};

struct policy_version {
    /// `v1`, `v2`, …: never reused.
    std::string id{};
    utc_time created{};
    policy::document document;
};

struct managed_policy {
    std::string name{};
    /// `ANPA` and 17 upper-case letters or digits.
    std::string id{};
    std::string path{};
    std::string arn{};
    std::string description{};
    utc_time created{};
    utc_time updated{};
    std::string default_version{};
    unsigned next_version = 2;
    std::vector<policy_version> versions{};
    std::vector<tag> tags{};

    /// The version in force; never null for a policy in the state.
    policy_version const* in_force() const;
    policy_version const* find(std::string_view version_id) const;
};

struct state {
    std::map<std::string, role, less_ignoring_case> roles{};
    /// The account's own, by ARN.
    std::map<std::string, managed_policy, std::less<>> policies{};

    role const* find_role(std::string_view name) const;
    /// By `arn:aws:iam::ACCOUNT:role/PATH/NAME`; nothing unless the whole ARN is that of a role
    /// here.
    role const* find_role_by_arn(std::string_view arn) const;
    /// The account's own policy, or one of AWS's that is known here.
    managed_policy const* find_policy(std::string_view arn) const;
    unsigned attachment_count(std::string_view policy_arn) const;

    /// Rebuilds what follows from a role's policies. Called after every change to them.
    void refresh(role&) const;
    /// The same for every role that a managed policy is attached to.
    void refresh_attached(std::string_view policy_arn);

    /// Takes back a record of kind `iam_role` or `iam_policy`; false for any other kind.
    /// @errors json::errc or policy::errc: the record is damaged
    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);
};

/// The records that keep a role or a managed policy; handed back to restore() at the next start.
record print_record(role const&);
record print_record(managed_policy const&);

} // namespace cogniot::cloud::iam
