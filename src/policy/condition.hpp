// Conditions of a statement: IAM's operators, compiled once and tested without the heap.
// @source IAM user guide, "Condition operators", "Multivalued context keys"
#pragma once

#include "json/place.hpp"
#include "policy/decide.hpp"
#include "policy/pattern.hpp"
#include "policy/values.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cogniot::policy {

/// `ForAnyValue:StringNotLikeIfExists`, taken apart.
struct operation {
    enum class family { text, number, date, boolean, binary, address, arn, null } compares;
    enum class relation { equal, like, less, less_or_equal, greater, greater_or_equal } how;
    enum class quantifier { none, all, any } over = quantifier::none;
    bool negated = false;
    bool ignores_case = false;
    bool if_exists = false;
};
/// Nothing if IAM has no such operator.
std::optional<operation> find_operation(std::string_view written);

struct condition_value {
    std::string written{};
    /// Text and ARN operators; also Bool, whose values may be variables.
    pattern text{};
    /// Read once; numbers are read when compared, being views of text.
    std::variant<std::monostate, instant, address_range, bool> typed{};
};

/// One key under one operator.
struct condition {
    operation op{};
    std::string operator_written{};
    std::string key_written{};
    /// Lower case.
    std::string key{};
    std::vector<condition_value> values{};
    /// Of the key.
    json::place at{};
};

/// Fills `into` from what the document says.
/// @param variables  the document's version has variables
std::optional<pattern_fault> compile_value(operation const&, std::string_view written,
                                           bool variables, std::vector<variable>& slots,
                                           condition_value& into);

/// What a condition said and how near it was.
struct condition_outcome {
    bool holds = false;
    bool key_present = false;
    /// A variable in a value had none: the value matched nothing.
    bool unresolved = false;
};
condition_outcome test(condition const&, context const&, variable_values&);

/// Whether one value of the request equals (or is like, less, …) one value of the document,
/// negation aside.
bool compare(operation const&, condition_value const&, std::string_view actual, variable_values&,
             reach* furthest = nullptr);

} // namespace cogniot::policy
