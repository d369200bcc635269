// The known traps of IAM and AWS IoT policies: for each a stable name, how bad it is, why, and what
// to do. docs/policy.md lists them.
// @source AWS IoT developer guide, "AWS IoT policy actions", "AWS IoT Core policy variables",
// "Authorization with Amazon Cognito identities"; IAM user guide, "Policy variables"; Amazon
// Cognito developer guide, "Role trust and permissions"; spec iot-broker 4 and 8.2,
// cognito-iam-sigv4 4.7, 5
#pragma once

#include <span>
#include <string_view>

namespace cogniot::policy {

enum class severity {
    note,    // works; something to know
    warning, // does what it says, but hardly what is meant
    error,   // does not do what it says: refused by AWS, never matches, or trusts anybody
};
std::string_view print(severity);

struct trap {
    /// Stable: scripts and reviews name it.
    std::string_view name;
    severity how_bad;
    std::string_view why;
    std::string_view advice;
};

std::span<trap const> all_traps();
/// INVARIANT: the name is one of all_traps().
trap const& trap_named(std::string_view name);

} // namespace cogniot::policy
