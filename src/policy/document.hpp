// A policy document: parsed strictly, validated as AWS validates it, compiled once.
//
// @source IAM user guide, "Grammar of the IAM JSON policy language", "IAM and AWS STS quotas"; AWS
// IoT developer guide, "AWS IoT Core policies"; docs/policy.md
#pragma once

#include "base/result.hpp"
#include "json/place.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cogniot::policy {

/// What a document is for decides what it may say and how large it may be.
enum class kind {
    role_inline, // IAM PutRolePolicy: 10,240 characters in total, no Principal
    managed,     // IAM CreatePolicy: 6,144, Version 2012-10-17 required
    trust,       // AssumeRolePolicyDocument: 2,048, Principal required, Resource forbidden
    session,     // AssumeRole… Policy: 2,048
    iot,         // iot:CreatePolicy: 2,048 characters without white space
    any,         // tools: the grammar alone
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
    principal_missing,
    sid_not_alphanumeric,
};
/// AWS's own sentence for IAM's MalformedPolicyDocument, e.g. `Syntax errors in policy.`; where the
/// sentence quotes the document, see print_for_aws().
std::string_view describe(errc);
error_code make_error_code(errc);

/// What is wrong with a document.
struct complaint {
    errc what = errc::syntax;
    /// The text is not JSON at all; AWS IoT answers that differently.
    bool not_json = false;
    /// The part of the document that AWS's sentence quotes: a resource, an action's prefix.
    std::string quoted{};
    json::place at{};
    /// For people: what is wrong and what to write instead.
    std::string advice{};
};
/// The message AWS answers with: of MalformedPolicyDocument for IAM's kinds, of
/// MalformedPolicyException for kind::iot. (too_large is LimitExceeded there, with its own texts.)
/// @source moto's AWS-validated tests of IAM policies; docs/policy.md
std::string print_for_aws(complaint const&, kind);

/// An immutable compiled document. Copies share it. Any thread.
class document {
  public:
    /// @errors errc with a detail that says line, column and what to do:
    ///         `line 12, column 8: a comma before the closing `]``
    /// @param why  if given, receives the same as data
    static result<document> parse(std::string_view text, kind, complaint* why = nullptr);

    /// The text as it was given; AWS returns documents verbatim.
    std::string const& text() const;
    std::size_t statement_count() const;
    kind what_for() const;
    /// Some statement has Principal or NotPrincipal.
    bool has_principals() const;

    struct compiled;
    compiled const& inside() const { return *compiled_; }

  private:
    explicit document(std::shared_ptr<compiled const> c) : compiled_(std::move(c)) {}
    std::shared_ptr<compiled const> compiled_;
};

} // namespace cogniot::policy
