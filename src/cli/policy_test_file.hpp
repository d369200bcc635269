// The file of `cogniot policy test`: policies and a table of expectations, in YAML.
// docs/policy.md describes the format.
#pragma once

#include "cli/policy_asker.hpp"
#include "json/place.hpp"
#include "local/template/source.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cli {

/// One row.
struct expectation {
    /// As given, or made of what is asked.
    std::string name{};
    json::place at{};
    asker who{};
    /// Either a verb, or an action on a resource.
    try_out what{};
    std::string action{};
    std::string resource{};
    /// `allow`, `deny`, `implicit_deny` or `explicit_deny`.
    std::string expected{};
    /// `role_policy` or `iot_policy`: the lock that is to refuse; nothing if either may.
    std::optional<std::string> refused_by{};
};

struct policy_test_file {
    std::string path{};
    policy_files roles{};
    policy_files iots{};
    std::vector<expectation> rows{};
};

/// Paths of policies are relative to the file's folder.
/// @errors a detail `policies.test.yaml:12:5: …`; those of the policies it names
result<policy_test_file> read_policy_test_file(std::string const& path);

} // namespace cogniot::cli
