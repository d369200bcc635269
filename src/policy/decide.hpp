// Decides what IAM and AWS IoT policies say about one request, and why. Pure; no I/O, no clock.
//
// Documents are parsed and compiled once (document.hpp); decide() is total: it never fails, and for
// an allow it does not touch the heap. @source IAM user guide, "Policy evaluation logic"; AWS IoT
// developer guide, "AWS IoT Core policies"; docs/policy.md
#pragma once

#include "policy/document.hpp"

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::policy {

/// Condition keys and variables of one request: name (any case) to one or more values.
class context {
  public:
    context() = default;
    /// Facts that are put together when the first one is asked for: many policies ask for none.
    /// @param make  sets them; called at most once, and what it refers to lives as long as this
    explicit context(std::function<void(context&)> make) : make_(std::move(make)) {}

    /// Single-valued: usable as `${key}`.
    void set(std::string key, std::string value);
    /// Multi-valued: for ForAllValues / ForAnyValue; as a variable it counts as missing.
    void set_list(std::string key, std::vector<std::string> values);
    /// Nothing if absent.
    std::vector<std::string> const* find(std::string_view key) const;
    bool is_list(std::string_view key) const;
    /// The value of a key that has just one; nothing if absent or a list.
    std::optional<std::string_view> find_single(std::string_view key) const;

  private:
    struct entry {
        std::string key;
        std::vector<std::string> values;
        bool list;
    };
    entry const* find_entry(std::string_view key) const;
    entry& make_entry(std::string key);
    // Filled by what asks first, which has it as const.
    mutable std::function<void(context&)> make_;
    mutable std::vector<entry> entries_;
};

/// One name of who asks, for documents with Principal: `Federated`,
/// `cognito-identity.amazonaws.com`. `AWS` names are ARNs.
struct principal_name {
    std::string_view type;
    std::string_view value;
};

/// What is asked: may this principal do `action` on `resource`?
struct request {
    /// `iot:Publish`
    std::string_view action;
    /// A full ARN, or `*`, or (iot:AttachPolicy on a Cognito identity) a bare identity ID.
    std::string_view resource;
    context const& facts;
    /// Who asks; only trust policies look at it. A statement with Principal matches if any name
    /// does.
    std::span<principal_name const> principals = {};
};

enum class effect { allow, implicit_deny, explicit_deny };
std::string_view print(effect); // `allow`, `implicit_deny`, `explicit_deny`

/// One document under the name people know it by (`role policy ArticlePolicy`, `IoT policy p1`).
struct named_document {
    std::string_view name;
    document const* compiled;
    /// One of AWS's own managed policies, which nobody can change.
    bool is_fixed = false;
};

/// Statements of every document are read, in the order given.
/// Union of several documents of one kind: any explicit deny wins, then any allow, else implicit.
effect decide(std::span<named_document const> documents, request const&);

/// The clause of a statement that did not hold first, and how near it was.
struct miss {
    enum class clause { none, action, resource, principal, condition } failed = clause::none;
    /// The pattern, condition operator or key that came nearest, as written in the document.
    std::string pattern;
    /// The same with its variables replaced; equal to pattern if there were none.
    std::string resolved;
    /// What the request had instead.
    std::string actual;
    /// Bytes of `resolved` that agreed with `actual` before they parted. For ranking and for marks.
    std::size_t agreed = 0;
    /// Bytes of `actual` that agreed: another number when wildcards stood before the parting.
    std::size_t agreed_in_actual = 0;
    /// Variables that had no value.
    std::vector<std::string> unresolved;
    /// Condition operator and key, when clause is condition.
    std::string condition_operator;
    std::string condition_key;
    /// Conditions of the statement that held, of how many.
    std::size_t conditions_held = 0;
    std::size_t conditions = 0;
    /// Condition: the request has the key, with at least one value.
    bool key_present = false;
    /// All other clauses of the statement hold: this one alone keeps it from matching.
    bool rest_holds = false;
    /// Of an action: the statement's resources name what they are about, none is `*` or `topic/*`.
    bool names_resources = false;
    /// The clause was NotAction, NotResource or NotPrincipal: it failed because `pattern` matches.
    bool negative = false;
};

/// What one statement said.
struct statement_trace {
    std::size_t document = 0;
    /// From 0, in document order; `sid` may be empty; line and column of its `{`, from 1.
    std::size_t index = 0;
    std::string sid;
    std::size_t line = 0;
    std::size_t column = 0;
    bool allows = true;
    bool matched = false;
    miss why_not{};
};

/// A decision with its reasons: the statement that decided, or the nearest that would have allowed.
struct explanation {
    effect decision = effect::implicit_deny;
    std::vector<statement_trace> statements;
    /// Index into `statements`: the deny or allow that decided, or the nearest miss.
    std::optional<std::size_t> telling;
};

/// The same decision as decide(), with every statement's reason. Slower; for refusals and tools.
explanation explain(std::span<named_document const> documents, request const&);

/// What two resources differ in, as a person sees it.
struct difference {
    /// `region`, `account`, `resource type`, `topic level 3`, `client ID`, `resource`
    std::string part;
    /// What stands there; nothing if that side ends before.
    std::optional<std::string> policy_says{};
    std::optional<std::string> request_says{};
};
/// For a miss whose clause is resource; nothing for others and for NotResource.
std::optional<difference> find_difference(miss const&);
std::string_view print(miss::clause); // `action`, `resource`, `principal`, `condition`

/// `because` as data, e.g. for AWSIotLogsV2's extra field and `cogniot policy evaluate`.
boost::json::object print_json(explanation const&, std::span<named_document const>);
/// `because` in one sentence a person can act on.
std::string print_words(explanation const&, std::span<named_document const>, request const&);

} // namespace cogniot::policy
