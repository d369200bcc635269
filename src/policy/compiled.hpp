// The inside of a policy document: statements as the evaluator walks them.
#pragma once

#include "json/located.hpp"
#include "policy/condition.hpp"
#include "policy/document.hpp"
#include "policy/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cogniot::policy {

/// `"AWS": "arn:…"`; type `*` is everybody.
struct principal_pattern {
    std::string type;
    std::string value;
};

struct statement {
    std::size_t index = 0;
    std::string sid{};
    json::place at{};
    bool allows = true;
    /// NotAction, NotResource, NotPrincipal.
    bool action_negated = false;
    bool resource_negated = false;
    bool principal_negated = false;
    std::vector<pattern> actions{};
    /// Empty in trust policies: every resource.
    std::vector<pattern> resources{};
    /// Empty in identity policies: whoever the policy is attached to.
    std::vector<principal_pattern> principals{};
    std::vector<condition> conditions{};
};

struct document::compiled {
    std::string text{};
    kind what = kind::any;
    /// 2012-10-17: `${…}` are variables.
    bool has_variables = false;
    /// A variable or a condition asks for one of AWS IoT's own keys (`iot:…`).
    bool reads_iot_keys = false;
    std::vector<variable> slots{};
    std::vector<statement> statements{};
    /// Indices into statements.
    std::vector<std::uint32_t> denies{};
    std::vector<std::uint32_t> allows{};

    /// AWS IoT's own rules: wildcards cross colons; a statement with an unresolved variable never
    /// matches, whatever its operator.
    bool follows_iot() const { return what == kind::iot; }
};

/// Checks everything AWS checks, in AWS's order.
std::optional<complaint> validate(json::located const& root, std::string_view text, kind);
/// Compiles what validate() passed.
std::optional<complaint> compile(json::located const& root, document::compiled& into);

/// How a text of `Resource` becomes a pattern of this document.
pattern_rules resource_rules(document::compiled const&);

/// Characters outside white space; white space inside strings counts for IAM, not for IoT.
std::size_t counted_size(std::string_view text, kind);
/// What AWS allows for the kind; nothing if it has no limit.
std::optional<std::size_t> size_limit(kind);

} // namespace cogniot::policy
