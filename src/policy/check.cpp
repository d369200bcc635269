#include "policy/check.hpp"

#include "base/text.hpp"
#include "json/patch.hpp"
#include "policy/arn.hpp"
#include "policy/check_inside.hpp"
#include "policy/pattern.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

using json::located;

std::vector<written_text> texts_of(located const& node, std::string const& pointer) {
    std::vector<written_text> out;
    if (node.is_string())
        out.push_back({&node, pointer});
    for (std::size_t i = 0; i < node.items.size(); ++i)
        if (node.items[i].is_string())
            out.push_back({&node.items[i], pointer + "/" + std::to_string(i)});
    return out;
}

/// `Action`, or `NotAction` if that is what stands there.
std::vector<written_text> texts_of(written_statement const& s, std::string_view name,
                                   bool& negated) {
    for (bool const negative : {false, true}) {
        auto const key = (negative ? "Not" : "") + std::string(name);
        if (auto const* found = s.node->find(key)) {
            negated = negative;
            return texts_of(*found, s.pointer + "/" + key);
        }
    }
    return {};
}

written_statement read_statement(located const& node, std::string pointer) {
    written_statement s{&node, std::move(pointer)};
    auto const* effect = node.find("Effect");
    s.allows = effect == nullptr || effect->text != "Deny";
    s.actions = texts_of(s, "Action", s.action_negated);
    s.resources = texts_of(s, "Resource", s.resource_negated);
    if (auto const* operators = node.find("Condition"))
        for (auto const& op : operators->members)
            for (auto const& key : op.value.members)
                s.conditions.push_back(
                    {op.name, key.name,
                     texts_of(key.value, s.pointer + "/Condition/" + json::pointer_token(op.name) +
                                             "/" + json::pointer_token(key.name))});
    if (auto const* who = node.find("Principal")) {
        if (who->is_string())
            s.principals.push_back(who->text);
        for (auto const& m : who->members)
            for (auto const& name : texts_of(m.value, ""))
                s.principals.push_back(name.text());
    }
    return s;
}

class no_values final : public variable_values {
  public:
    std::optional<std::string_view> value(std::uint32_t) override { return {}; }
};

bool mentions(std::string_view text, std::string_view what) {
    return text.find(what) != std::string_view::npos;
}

bool is_blank(std::string_view part) {
    return part.empty() || part.find_first_of("*?$") != std::string_view::npos;
}

} // namespace

bool written_statement::names_action(std::string_view action) const {
    auto const lower = to_lower(action);
    bool const named = std::any_of(actions.begin(), actions.end(), [&](auto const& a) {
        return covers(to_lower(a.text()), lower);
    });
    return named != action_negated;
}

written_document read_written(located const& root) {
    written_document out;
    auto const* version = root.find("Version");
    out.has_variables = version != nullptr && version->text == "2012-10-17";
    auto const* list = root.find("Statement");
    if (list == nullptr)
        return out;
    if (list->is_object())
        out.statements.push_back(read_statement(*list, "/Statement"));
    for (std::size_t i = 0; i < list->items.size(); ++i)
        out.statements.push_back(read_statement(list->items[i], "/Statement/" + std::to_string(i)));
    return out;
}

bool covers(std::string_view written, std::string_view text) {
    std::vector<variable> slots;
    pattern p;
    no_values none;
    return !make_pattern(written, {.variables = false}, slots, p) && matches(p, text, none);
}

void check_report::add(std::string_view trap, located const& node, std::string const& pointer,
                       std::string what) {
    findings.push_back({&trap_named(trap), std::move(what), lines_.find(node.begin), pointer});
}

std::vector<finding> check(std::string_view text, check_setup const& how) {
    check_report report(text, how);
    complaint why;
    bool const parsed = document::parse(text, how.what, &why).has_value();
    if (!parsed) {
        bool const comma = why.not_json && mentions(why.advice, "comma before the closing");
        bool const large = why.what == errc::too_large;
        auto const* trap = comma ? "trailing-comma" : large ? "too-large" : "malformed";
        report.findings.push_back({&trap_named(trap),
                                   why.advice + "; AWS says: " + print_for_aws(why, how.what),
                                   why.at,
                                   {}});
        if (!large)
            return report.findings;
    }
    auto const root = json::parse_located(text, {.max_bytes = 16u << 20, .max_depth = 64});
    if (!root)
        return report.findings;
    auto const written = read_written(*root);
    if (how.what == kind::trust) {
        check_trust_statements(written, *root, report);
    } else {
        for (auto const& s : written.statements) {
            check_resources(s, report);
            check_variables(s, written.has_variables, report);
        }
        check_wildcard_actions(written, report);
        check_actions(written, report);
    }
    std::stable_sort(
        report.findings.begin(), report.findings.end(), [](finding const& a, finding const& b) {
            return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
        });
    return report.findings;
}

kind guess_kind(std::string_view text, std::string_view name) {
    auto const root = json::parse_located(text, {.max_bytes = 16u << 20, .max_depth = 64});
    if (root)
        for (auto const& s : read_written(*root).statements)
            if (s.node->find("Principal") != nullptr || s.node->find("NotPrincipal") != nullptr)
                return kind::trust;
    auto const lower = to_lower(name.substr(name.find_last_of('/') + 1));
    bool const says_iot = mentions(lower, "iot");
    bool const says_role = mentions(lower, "role");
    if (mentions(lower, "trust"))
        return kind::trust;
    if (says_iot != says_role)
        return says_iot ? kind::iot : kind::role_inline;
    return mentions(text, "${iot:") ? kind::iot : kind::role_inline;
}

principal_kind guess_principal(std::string_view text) {
    return mentions(text, "${iot:Certificate.") && !mentions(text, "cognito-identity")
               ? principal_kind::certificate
               : principal_kind::cognito;
}

named_places places_of(std::string_view text) {
    named_places out;
    auto const root = json::parse_located(text, {.max_bytes = 16u << 20, .max_depth = 64});
    if (!root)
        return out;
    for (auto const& s : read_written(*root).statements)
        for (auto const& resource : s.resources) {
            auto const arn = split_arn(resource.text());
            if (!arn || (*arn)[2] != "iot")
                continue;
            if (!is_blank((*arn)[arn_region]))
                out.regions.emplace_back((*arn)[arn_region]);
            if (is_account((*arn)[arn_account]))
                out.accounts.emplace_back((*arn)[arn_account]);
        }
    return out;
}

} // namespace cogniot::policy
