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

/// Values that a request must have, under any of several operators.
struct demand {
    bool made = false;
    /// The first condition on the key that demands nothing, for want of the key it holds.
    std::string empty_operator{};
    std::vector<written_text> values{};
};

demand demand_on(written_statement const& s, std::string_view key) {
    demand out;
    for (auto const& c : s.conditions) {
        if (!equals_ignoring_case(c.key, std::string(pools) + ":" + std::string(key)))
            continue;
        auto const op = find_operation(c.operator_written);
        bool const holds_without = !op || op->negated || op->if_exists ||
                                   op->over == operation::quantifier::all ||
                                   op->compares == operation::family::null;
        if (holds_without) {
            out.empty_operator = c.operator_written;
            continue;
        }
        out.made = true;
        out.values.insert(out.values.end(), c.values.begin(), c.values.end());
    }
    return out;
}

bool any_covers(std::vector<written_text> const& values, std::string_view wanted) {
    return std::any_of(values.begin(), values.end(),
                       [&](auto const& v) { return covers(v.text(), wanted); });
}

std::string missing(demand const& d, std::string_view key) {
    return d.empty_operator.empty()
               ? "no condition on `" + std::string(pools) + ":" + std::string(key) + "`"
               : d.empty_operator + " on `" + std::string(pools) + ":" + std::string(key) +
                     "` holds without it";
}

void check_conditions(written_statement const& s, check_report& report) {
    auto const aud = demand_on(s, "aud");
    if (!aud.made)
        report.add("trust-without-aud", *s.node, s.pointer, missing(aud, "aud"));
    else if (report.how.identity_pool && !any_covers(aud.values, *report.how.identity_pool))
        report.add("trust-another-pool", aud.values.front(),
                   "trusts " + quoted(aud.values.front().text()) + ", not " +
                       quoted(*report.how.identity_pool));
    auto const amr = demand_on(s, "amr");
    if (!amr.made)
        report.add("trust-without-amr", *s.node, s.pointer, missing(amr, "amr"));
    else if (report.how.amr && !any_covers(amr.values, *report.how.amr))
        report.add("trust-amr-differs", amr.values.front(),
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
