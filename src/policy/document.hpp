// A policy document: parsed strictly, validated as AWS validates it, compiled once.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cogniot::policy {

/// What a document is for decides what it may say and how large it may be.
enum class kind {
    role_inline,  // IAM PutRolePolicy: 10,240 characters in total, no Principal
    managed,      // IAM CreatePolicy: 6,144, Version 2012-10-17 required
    trust,        // AssumeRolePolicyDocument: 2,048, Principal required, Resource forbidden
    session,      // AssumeRole… Policy: 2,048
    iot,          // iot:CreatePolicy: 2,048 characters without white space
    any,          // tools: the grammar alone
};

enum class errc {
    syntax = 1, // not JSON, or an element that is unknown, mistyped or missing
    too_large,
    version_required,
    legacy_parsing,
    sid_not_unique,
    action_missing,
    resource_missing,
    resource_not_arn,
    action_without_vendor,
    action_two_colons,
    vendor_not_valid,
    partition_not_valid,
    vendor_not_qualified,
    principal_present,
    resource_present,
    trust_action,
    principal_not_valid,
};
/// AWS's own sentence for IAM (spec: MalformedPolicyDocument), e.g. `Syntax errors in policy.`
std::string_view describe(errc);
error_code make_error_code(errc);

/// An immutable compiled document. Copies share it. Any thread.
class document {
  public:
    /// @errors errc with a detail that says line, column and what to do:
    ///         `line 12, column 8: a comma before the closing `]``
    static result<document> parse(std::string_view text, kind);

    /// The text as it was given; AWS returns documents verbatim.
    std::string const& text() const;
    std::size_t statement_count() const;

    struct compiled;
    compiled const& inside() const { return *compiled_; }

  private:
    explicit document(std::shared_ptr<compiled const> c) : compiled_(std::move(c)) {}
    std::shared_ptr<compiled const> compiled_;
};

} // namespace cogniot::policy
