#include "policy/document.hpp"

#include "base/error_category.hpp"
#include "base/text.hpp"
#include "json/located.hpp"
#include "policy/compiled.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

/// The longest text AWS takes before it looks inside: IAM 131,072 characters, AWS IoT 404,600.
constexpr json::limits text_limits(kind what) {
    return {.max_bytes = what == kind::iot   ? 404'600u
                         : what == kind::any ? 1u << 20
                                             : 131'072u,
            .max_depth = 32};
}

/// IAM takes U+0009, U+000A, U+000D and U+0020 to U+00FF only.
std::optional<complaint> check_characters(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const byte = static_cast<unsigned char>(text[i]);
        bool const good =
            byte >= 0x20 ? byte <= 0xC3 : byte == '\t' || byte == '\n' || byte == '\r';
        if (!good)
            return complaint{errc::syntax,
                             false,
                             {},
                             json::find_place(text, i),
                             "IAM takes no characters beyond U+00FF, not even inside quotes"};
    }
    return {};
}

/// The reader's error, whose detail begins with its place, as a complaint.
complaint from_json(error const& e, json::place at) {
    return {e.code == make_error_code(json::errc::too_large) ? errc::too_large : errc::syntax,
            e.code == make_error_code(json::errc::not_json),
            {},
            at,
            e.detail.substr(json::print(at).size() + 2)};
}

} // namespace

std::string_view describe(errc e) {
    switch (e) {
    case errc::syntax:
        return "Syntax errors in policy.";
    case errc::too_large:
        return "Policy document size exceeds the limit.";
    case errc::version_required:
        return "Policy document must be version 2012-10-17 or greater.";
    case errc::legacy_parsing:
        return "The policy failed legacy parsing";
    case errc::sid_not_unique:
        return "Statement IDs (SID) in a single policy must be unique.";
    case errc::sid_not_alphanumeric:
        return "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
               "regular expression [0-9A-Za-z]*";
    case errc::action_missing:
        return "Policy statement must contain actions.";
    case errc::resource_missing:
        return "Policy statement must contain resources.";
    case errc::resource_not_arn:
        return "A resource must be in ARN format or \"*\".";
    case errc::action_without_vendor:
        return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    case errc::action_two_colons:
        return "Actions/Condition can contain only one colon.";
    case errc::vendor_not_valid:
        return "Vendor is not valid";
    case errc::partition_not_valid:
        return "Partition is not valid.";
    case errc::vendor_not_qualified:
        return "Resource vendor must be fully qualified and cannot contain regexes.";
    case errc::principal_present:
        return "Policy document should not specify a principal.";
    case errc::resource_present:
        return "Has prohibited field Resource.";
    case errc::trust_action:
        return "Trust Policy statement actions can only be sts:AssumeRole, "
               "sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity";
    case errc::principal_not_valid:
        return "Invalid principal in policy";
    case errc::principal_missing:
        return "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The "
               "passed in policy has a statement with no principals!";
    }
    return "unknown policy error";
}

error_code make_error_code(errc e) {
    return enum_code("policy", e);
}

std::string print_for_aws(complaint const& c, kind what) {
    if (what == kind::iot) {
        std::string const malformed = "Policy document is Malformed";
        if (c.not_json)
            return malformed;
        if (c.what == errc::too_large)
            return malformed + ": Policy document size exceeds the limit";
        if (c.what == errc::resource_not_arn || c.what == errc::partition_not_valid ||
            c.what == errc::vendor_not_qualified)
            return malformed + ": The following resources are invalid : " +
                   c.quoted.substr(c.quoted.rfind('\n') + 1);
        return malformed + ": Invalid policy syntax.";
    }
    if (c.not_json && what == kind::trust)
        return "This policy contains invalid Json";
    switch (c.what) {
    case errc::resource_not_arn:
        return "Resource " + c.quoted + " must be in ARN format or \"*\".";
    case errc::vendor_not_valid:
        return "Vendor " + c.quoted + " is not valid";
    case errc::partition_not_valid: {
        auto const cut = c.quoted.find('\n');
        return "Partition \"" + c.quoted.substr(0, cut) + "\" is not valid for resource \"" +
               c.quoted.substr(cut + 1) + "\".";
    }
    case errc::principal_not_valid:
        return "Invalid principal in policy: " + c.quoted;
    default:
        return std::string(describe(c.what));
    }
}

result<document> document::parse(std::string_view text, kind what, complaint* why) {
    auto const refuse = [&](complaint c) {
        auto e = fail(c.what, json::print(c.at) + ": " + c.advice);
        if (why != nullptr)
            *why = std::move(c);
        return e;
    };
    json::place where;
    auto root = json::parse_located(text, text_limits(what), &where);
    if (!root)
        return refuse(from_json(root.error(), where));
    if (what != kind::iot && what != kind::any)
        if (auto c = check_characters(text))
            return refuse(std::move(*c));
    if (auto c = validate(*root, text, what))
        return refuse(std::move(*c));
    if (auto const limit = size_limit(what)) {
        auto const size = counted_size(text, what);
        if (size > *limit)
            return refuse({errc::too_large,
                           false,
                           {},
                           {},
                           std::to_string(size) + " characters without white space, at most " +
                               std::to_string(*limit) + " allowed"});
    }
    auto inside = std::make_shared<compiled>();
    inside->text = text;
    inside->what = what;
    if (auto c = compile(*root, *inside))
        return refuse(std::move(*c));
    return document(std::move(inside));
}

std::string const& document::text() const {
    return compiled_->text;
}
std::size_t document::statement_count() const {
    return compiled_->statements.size();
}
kind document::what_for() const {
    return compiled_->what;
}

bool document::has_principals() const {
    return std::any_of(compiled_->statements.begin(), compiled_->statements.end(),
                       [](statement const& s) { return !s.principals.empty(); });
}

} // namespace cogniot::policy
