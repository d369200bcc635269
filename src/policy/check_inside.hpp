// What the parts of check() share: statements as they were written, and how a finding is made.
#pragma once

#include "json/located.hpp"
#include "policy/check.hpp"
#include "policy/put_back.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cogniot::policy {

/// One text of an Action, a Resource or a condition.
struct written_text {
    json::located const* node = nullptr;
    std::string pointer{};
    std::string const& text() const { return node->text; }
};

struct written_condition {
    std::string operator_written{};
    std::string key{};
    std::vector<written_text> values{};
};

struct written_statement {
    json::located const* node = nullptr;
    std::string pointer{};
    bool allows = true;
    bool action_negated = false;
    bool resource_negated = false;
    std::vector<written_text> actions{};
    std::vector<written_text> resources{};
    std::vector<written_condition> conditions{};
    /// `Federated` and `AWS` names, `*`.
    std::vector<std::string> principals{};

    /// Whether its actions name this one.
    bool names_action(std::string_view action) const;
};

/// A document that document::parse() took, or that is merely too large.
struct written_document {
    bool has_variables = false;
    std::vector<written_statement> statements{};
};
written_document read_written(json::located const& root);

/// Whether a pattern with `*` and `?` covers a text; `${…}` is text.
bool covers(std::string_view pattern, std::string_view text);
/// Whether a `${` stands before the fifth colon; colons within braces do not count.
bool variable_too_early(std::string_view resource);

class check_report {
  public:
    check_report(std::string_view text, check_setup const& setup) : how(setup), lines_(text) {}

    check_setup const& how;
    std::vector<finding> findings{};

    void add(std::string_view trap, json::located const& node, std::string const& pointer,
             std::string what);
    void add(std::string_view trap, written_text const& at, std::string what) {
        add(trap, *at.node, at.pointer, std::move(what));
    }

  private:
    json::line_index lines_;
};

/// Kinds of resources, regions, wildcards of each statement by itself.
void check_resources(written_statement const&, check_report&);
/// Actions that wildcards stand for, and for which no statement has a resource.
void check_wildcard_actions(written_document const&, check_report&);
/// Variables of resources and conditions.
void check_variables(written_statement const&, bool has_variables, check_report&);
/// Actions by themselves, and what only all statements together tell.
void check_actions(written_document const&, check_report&);
void check_trust_statements(written_document const&, json::located const& root, check_report&);

} // namespace cogniot::policy
