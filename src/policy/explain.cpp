#include "policy/evaluate.hpp"
#include "policy/grants.hpp"

#include <algorithm>
#include <tuple>

namespace cogniot::policy {
namespace {

using clause = miss::clause;

/// One pattern of a clause beside the request.
struct candidate {
    pattern const* which = nullptr;
    reach furthest{};
};

class explainer {
  public:
    explainer(document::compiled const& of, request const& asked)
        : of_(of), asked_(asked), lowered_(asked.action), values_(of, asked.facts) {}

    miss why_not(statement const& s) {
        bool const iot = of_.follows_iot();
        bool const action = action_holds(s, asked_, lowered_, values_);
        bool const resource = resource_holds(s, asked_, values_, iot);
        bool const principal = principal_holds(s, asked_);
        std::size_t held = 0;
        condition const* failed = nullptr;
        for (auto const& c : s.conditions) {
            if (condition_holds(c, asked_, values_, iot))
                ++held;
            else if (failed == nullptr)
                failed = &c;
        }
        bool const conditions = failed == nullptr;
        miss m;
        if (!action) {
            m = nearest(s.actions, asked_.action, letter_case::folded, s.action_negated);
            m.failed = clause::action;
            m.rest_holds = resource && principal && conditions;
            m.names_resources =
                !s.resource_negated &&
                std::none_of(s.resources.begin(), s.resources.end(),
                             [](pattern const& one) { return is_bare(one.written); });
        } else if (!resource) {
            m = nearest(s.resources, asked_.resource, letter_case::exact, s.resource_negated);
            m.failed = clause::resource;
            m.rest_holds = principal && conditions;
        } else if (!principal) {
            m = principal_miss(s);
            m.rest_holds = conditions;
        } else if (!conditions) {
            m = condition_miss(*failed);
            m.rest_holds = held + 1 == s.conditions.size();
        }
        m.conditions_held = held;
        m.conditions = s.conditions.size();
        return m;
    }

  private:
    void fill(miss& m, pattern const& p, reach const& furthest) {
        m.pattern = p.written;
        m.resolved = p.has_variables ? resolve(p, of_.slots, values_) : p.written;
        m.agreed = resolved_bytes(p, values_, furthest);
        m.agreed_in_actual = furthest.in_text;
        m.unresolved = unresolved(p, of_.slots, values_);
    }

    miss nearest(std::vector<pattern> const& patterns, std::string_view actual, letter_case how,
                 bool negated) {
        miss m;
        m.actual = actual;
        m.negative = negated;
        candidate best;
        for (auto const& p : patterns) {
            reach furthest;
            bool const matched =
                matches(p, actual, values_, how, static_cast<std::size_t>(-1), &furthest);
            // Of a Not-clause the pattern that matches is the reason.
            if (negated && matched)
                furthest.in_text = actual.size() + 1;
            if (best.which == nullptr || furthest.in_text > best.furthest.in_text)
                best = {&p, furthest};
        }
        if (best.which == nullptr)
            return m;
        best.furthest.in_text = std::min(best.furthest.in_text, actual.size());
        fill(m, *best.which, best.furthest);
        return m;
    }

    miss principal_miss(statement const& s) const {
        miss m;
        m.failed = clause::principal;
        m.negative = s.principal_negated;
        m.pattern = m.resolved = s.principals.front().type + ":" + s.principals.front().value;
        for (auto const& who : asked_.principals)
            m.actual += (m.actual.empty() ? "" : ", ") + std::string(who.type) + ":" +
                        std::string(who.value);
        return m;
    }

    miss condition_miss(condition const& c) {
        miss m;
        m.failed = clause::condition;
        m.condition_operator = c.operator_written;
        m.condition_key = c.key_written;
        m.negative = c.op.negated;
        auto const* actual = asked_.facts.find(c.key);
        m.key_present = actual != nullptr && !actual->empty();
        if (m.key_present)
            for (auto const& value : *actual)
                m.actual += (&value == &actual->front() ? "" : ", ") + value;
        condition_value const* best = nullptr;
        reach furthest;
        for (auto const& wanted : c.values) {
            reach this_one;
            bool matched = false;
            if (m.key_present)
                for (auto const& value : *actual)
                    matched = matched || compare(c.op, wanted, value, values_, &this_one);
            if (best == nullptr || (c.op.negated && matched) ||
                this_one.in_text > furthest.in_text) {
                best = &wanted;
                furthest = this_one;
                if (c.op.negated && matched)
                    break;
            }
        }
        if (best == nullptr)
            return m;
        if (best->text.pieces.empty()) {
            m.pattern = m.resolved = best->written;
            return m;
        }
        fill(m, best->text, furthest);
        m.agreed_in_actual = std::min(m.agreed_in_actual, m.actual.size());
        return m;
    }

    document::compiled const& of_;
    request const& asked_;
    lowered_action lowered_;
    document_variables values_;
};

/// The nearer a statement came to allowing, the greater.
auto nearness(statement_trace const& t) {
    auto const& m = t.why_not;
    // An action that differs is best explained by the statement that lacks only it, and of these by
    // one that is about this resource rather than about all.
    bool const only_this_first = m.failed == clause::action && m.rest_holds;
    bool const is_about_it = only_this_first && m.names_resources;
    return std::tuple(m.failed, only_this_first, is_about_it, m.conditions_held, m.agreed_in_actual,
                      m.rest_holds);
}

} // namespace

explanation explain(std::span<named_document const> documents, request const& asked) {
    explanation out;
    bool allowed = false;
    bool denied = false;
    for (std::size_t d = 0; d < documents.size(); ++d) {
        auto const& inside = documents[d].compiled->inside();
        explainer of(inside, asked);
        for (auto const& s : inside.statements) {
            statement_trace t{d, s.index, s.sid, s.at.line, s.at.column, s.allows, false, {}};
            t.why_not = of.why_not(s);
            t.matched = t.why_not.failed == clause::none;
            denied = denied || (t.matched && !t.allows);
            allowed = allowed || (t.matched && t.allows);
            out.statements.push_back(std::move(t));
        }
    }
    out.decision = denied ? effect::explicit_deny : allowed ? effect::allow : effect::implicit_deny;
    for (std::size_t i = 0; i < out.statements.size(); ++i) {
        auto const& t = out.statements[i];
        if (denied || allowed) {
            if (t.matched && t.allows != denied && !out.telling)
                out.telling = i;
        } else if (t.allows &&
                   (!out.telling || nearness(t) > nearness(out.statements[*out.telling]))) {
            out.telling = i;
        }
    }
    return out;
}

} // namespace cogniot::policy
