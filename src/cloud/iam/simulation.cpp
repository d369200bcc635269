#include "cloud/iam/simulation.hpp"

#include "json/located.hpp"
#include "policy/arn.hpp"
#include "policy/compiled.hpp"
#include "policy/missing_keys.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <span>

namespace cogniot::cloud::iam {

namespace {

using policy::effect;

/// AWS's answers say so, though the model's enumeration knows no such value (AWS-validated).
constexpr std::string_view identity_type = "IAM Policy";
constexpr std::string_view resource_type = "resource";

std::string_view decision_of(effect e) {
    return e == effect::allow           ? "allowed"
           : e == effect::explicit_deny ? "explicitDeny"
                                        : "implicitDeny";
}

json::object position_of(json::place at) {
    return {{"Line", at.line}, {"Column", at.column}};
}

/// What policies of one kind said together.
struct opinion {
    effect says = effect::implicit_deny;
    /// The statements that decided, as MatchedStatements prints them.
    json::array because{};
    std::vector<std::string> missing{};
    /// Resource policies: some allowing statement names this very caller, or everybody.
    bool names_caller = false;
};

opinion ask(std::span<simulated_policy const> policies, std::string_view type,
            policy::request const& asked) {
    std::vector<policy::named_document> documents;
    for (auto const& p : policies)
        documents.push_back({p.id, &p.document});
    auto const why = policy::explain(documents, asked);
    opinion out{.says = why.decision, .missing = policy::find_missing_keys(documents, asked)};
    std::vector<std::vector<extent>> extents(policies.size());
    for (auto const& t : why.statements) {
        bool const decided = t.matched && t.allows == (why.decision == effect::allow);
        if (!decided || why.decision == effect::implicit_deny)
            continue;
        auto const& from = policies[t.document];
        auto& known = extents[t.document];
        if (known.empty())
            known = find_extents(from.document.text());
        auto const& at = known[t.index];
        out.because.push_back(json::object{{"SourcePolicyId", from.id},
                                           {"SourcePolicyType", type},
                                           {"StartPosition", position_of(at.start)},
                                           {"EndPosition", position_of(at.end)}});
        auto const& named = from.document.inside().statements[t.index].principals;
        out.names_caller |= std::any_of(named.begin(), named.end(), [&](auto const& who) {
            return who.value == "*" ||
                   (!asked.principals.empty() && who.value == asked.principals.front().value);
        });
    }
    return out;
}

void append(json::array& to, json::array const& more) {
    to.insert(to.end(), more.begin(), more.end());
}

/// The three opinions on one request, and what follows from them.
struct judgement {
    opinion identity;
    opinion boundary{.says = effect::allow};
    opinion resource{};
    bool crosses_accounts = false;

    effect decision() const {
        for (auto const* one : {&identity, &boundary, &resource})
            if (one->says == effect::explicit_deny)
                return effect::explicit_deny;
        bool const by_identity = identity.says == effect::allow && boundary.says == effect::allow;
        bool const by_resource = resource.says == effect::allow;
        // In its own account a resource policy grants to whom it names; naming the account only
        // hands the question back to that account's own policies.
        bool const allowed = crosses_accounts
                                 ? by_identity && by_resource
                                 : by_identity || (by_resource && resource.names_caller);
        return allowed ? effect::allow : effect::implicit_deny;
    }
    json::array because(effect decided) const {
        json::array out;
        if (decided == effect::implicit_deny)
            return out;
        for (auto const* one : {&identity, &boundary, &resource})
            if (one->says == decided)
                append(out, one->because);
        return out;
    }
    json::array missing() const {
        json::array out;
        for (auto const* one : {&identity, &boundary, &resource})
            for (auto const& key : one->missing)
                if (std::find(out.begin(), out.end(), json::value(key)) == out.end())
                    out.emplace_back(key);
        return out;
    }
};

judgement judge(simulation const& s, std::string_view action, std::string_view resource) {
    policy::principal_name const caller{"AWS", s.caller_arn};
    policy::request const asked{action, resource, s.facts, {&caller, 1}};
    judgement j{.identity = ask(s.identity_policies, identity_type, asked)};
    if (!s.boundaries.empty())
        j.boundary = ask(s.boundaries, identity_type, asked);
    if (!s.resource_policy)
        return j;
    j.resource = ask({&*s.resource_policy, 1}, resource_type, asked);
    auto owner = policy::account_of(resource);
    if (owner.empty())
        owner = s.resource_owner;
    j.crosses_accounts = !owner.empty() && owner != policy::account_of(s.caller_arn);
    return j;
}

} // namespace

std::vector<extent> find_extents(std::string_view text) {
    std::vector<extent> out;
    auto const root = json::parse_located(text, {.max_bytes = text.size(), .max_depth = 32});
    auto const* const statements = root ? root->find("Statement") : nullptr;
    if (!statements)
        return out;
    json::line_index const lines(text);
    // The byte behind a token is the place of the byte itself, in columns from 1.
    auto behind = statements->begin + 1;
    if (!statements->is_array())
        return {{lines.find(behind), lines.find(statements->end)}};
    for (auto const& s : statements->items) {
        out.push_back({lines.find(behind), lines.find(s.end)});
        behind = s.end;
    }
    return out;
}

json::object evaluate(simulation const& s, std::string_view action, std::string_view resource) {
    auto const j = judge(s, action, resource);
    auto const decided = j.decision();
    auto const matched = j.because(decided);
    auto const missing = j.missing();
    json::object boundary;
    if (!s.boundaries.empty())
        boundary["AllowedByPermissionsBoundary"] = j.boundary.says == effect::allow;

    json::object out{{"EvalActionName", action},
                     {"EvalResourceName", resource},
                     {"EvalDecision", decision_of(decided)},
                     {"MatchedStatements", matched}};
    // Missing keys stand with the resource when resources were named, with the action otherwise.
    bool const has_resource = resource != "*";
    out["MissingContextValues"] = has_resource ? json::array{} : missing;
    if (!boundary.empty())
        out["PermissionsBoundaryDecisionDetail"] = boundary;
    if (!has_resource)
        return out;
    json::object specific{{"EvalResourceName", resource},
                          {"EvalResourceDecision", decision_of(decided)},
                          {"MatchedStatements", matched},
                          {"MissingContextValues", missing}};
    if (!boundary.empty())
        specific["PermissionsBoundaryDecisionDetail"] = boundary;
    out["ResourceSpecificResults"] = json::array{std::move(specific)};
    return out;
}

} // namespace cogniot::cloud::iam
