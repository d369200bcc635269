// Trust policies of roles that identity pools hand out.
// @source Amazon Cognito developer guide, "Role trust and permissions"; spec cognito-iam-sigv4 4.7
#include "base/text.hpp"
#include "policy/check_inside.hpp"
#include "policy/condition.hpp"
#include "policy/words.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

constexpr std::string_view pools = "cognito-identity.amazonaws.com";

/// A value that a request may have.
struct demanded {
    written_text at{};
    operation op{};

    std::string const& text() const { return at.text(); }
    /// Elsewhere than in a …Like `*` and `?` are characters like any other.
    bool is_pattern() const {
        return op.how == operation::relation::like &&
               text().find_first_of("*?") != std::string::npos;
    }
    bool takes(std::string_view value) const {
        return is_pattern()      ? covers(text(), value)
               : op.ignores_case ? equals_ignoring_case(text(), value)
                                 : text() == value;
    }
};

/// What a request must have, under any of several operators.
struct demand {
    bool made = false;
    /// Why the first condition on the key demands nothing.
    std::string empty{};
    std::vector<demanded> values{};

    bool takes(std::string_view value) const {
        return std::any_of(values.begin(), values.end(),
                           [&](demanded const& v) { return v.takes(value); });
    }
};

/// One identity pool, and no pattern that other people's pools match as well.
bool is_one_pool(demanded const& v) {
    return !v.is_pattern();
}

constexpr std::string_view signed_in = "authenticated", guest = "unauthenticated";

bool is_one_kind(demanded const& v) {
    return !(v.takes(signed_in) && v.takes(guest));
}

/// Whether identities of this kind may have such an amr: users who signed in have their identity
/// provider's name in it, too.
bool takes_kind(demand const& amr, std::string_view kind) {
    return amr.takes(kind) ||
           (kind == signed_in &&
            std::any_of(amr.values.begin(), amr.values.end(),
                        [](demanded const& v) { return v.text().find('.') != std::string::npos; }));
}

demand demand_on(written_statement const& s, std::string_view key, bool (*tells)(demanded const&)) {
    demand out;
    auto const name = std::string(pools) + ":" + std::string(key);
    for (auto const& c : s.conditions) {
        if (!equals_ignoring_case(c.key, name))
            continue;
        auto const op = find_operation(c.operator_written);
        bool const holds_without = !op || op->negated || op->if_exists ||
                                   op->over == operation::quantifier::all ||
                                   op->compares == operation::family::null;
        if (holds_without) {
            out.empty = c.operator_written + " on `" + name + "` holds without it";
            continue;
        }
        std::vector<demanded> values;
        for (auto const& v : c.values)
            values.push_back({v, *op});
        auto const open = std::find_if_not(values.begin(), values.end(), tells);
        if (open != values.end()) {
            out.empty = c.operator_written + " " + quoted(open->text()) + " on `" + name +
                        "` takes any of them";
            continue;
        }
        out.made = true;
        out.values.insert(out.values.end(), values.begin(), values.end());
    }
    if (out.empty.empty())
        out.empty = "no condition on `" + name + "`";
    return out;
}

void check_conditions(written_statement const& s, check_report& report) {
    auto const aud = demand_on(s, "aud", is_one_pool);
    if (!aud.made)
        report.add("trust-without-aud", *s.node, s.pointer, aud.empty);
    else if (report.how.identity_pool && !aud.takes(*report.how.identity_pool))
        report.add("trust-another-pool", aud.values.front().at,
                   "trusts " + quoted(aud.values.front().text()) + ", not " +
                       quoted(*report.how.identity_pool));
    auto const amr = demand_on(s, "amr", is_one_kind);
    if (!amr.made)
        report.add("trust-without-amr", *s.node, s.pointer, amr.empty);
    else if (report.how.amr && !takes_kind(amr, *report.how.amr))
        report.add("trust-amr-differs", amr.values.front().at,
                   "trusts " + quoted(amr.values.front().text()) +
                       " identities, and is handed to " + quoted(*report.how.amr) + " ones");
}

} // namespace

void check_trust_statements(written_document const& in, json::located const& root,
                            check_report& report) {
    bool trusts_pools = false;
    for (auto const& s : in.statements) {
        bool const is_for_pools = std::any_of(s.principals.begin(), s.principals.end(),
                                              [](auto const& p) { return p == pools || p == "*"; });
        if (!s.allows || !is_for_pools)
            continue;
        trusts_pools = true;
        check_conditions(s, report);
        if (!s.names_action("sts:AssumeRoleWithWebIdentity"))
            report.add("trust-action", s.actions.empty() ? *s.node : *s.actions.front().node,
                       s.actions.empty() ? s.pointer : s.actions.front().pointer,
                       (s.actions.empty() ? std::string("NotAction") : s.actions.front().text()) +
                           " for identity pools");
    }
    if (!trusts_pools && report.how.identity_pool)
        report.add("trust-another-pool", root, "",
                   "no statement trusts `" + std::string(pools) + "`");
}

} // namespace cogniot::policy
