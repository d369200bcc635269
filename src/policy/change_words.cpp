#include "policy/change_words.hpp"

#include "base/text.hpp"
#include "policy/arn.hpp"
#include "policy/evaluate.hpp"
#include "policy/put_back.hpp"
#include "policy/words.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

bool names(std::string_view text, std::string_view variable) {
    return text.find("${" + std::string(variable)) != std::string_view::npos;
}

std::string join(std::vector<std::string> const& all) {
    std::string out;
    for (auto const& each : all)
        out += (out.empty() ? "" : ", ") + each;
    return out;
}

} // namespace

resource_standing find_standing(std::string_view written, request const& asked, kind what) {
    document::compiled shell;
    shell.what = what;
    shell.has_variables = true;
    pattern p;
    if (make_pattern(written, resource_rules(shell), shell.slots, p))
        return {};
    document_variables values(shell, asked.facts);
    bool const matched = matches(p, asked.resource, values);
    bool const fixed = std::all_of(p.pieces.begin(), p.pieces.end(), [](piece const& each) {
        return each.what == piece::type::literal || each.what == piece::type::variable;
    });
    return {matched, matched && fixed};
}

std::vector<std::string> words_beyond(std::span<grant const> grants, request const& asked,
                                      std::span<named_document const> before) {
    std::vector<std::string> out;
    bool identities = false;
    bool clients = false;
    bool any_client = false;
    auto const kind_of_all = before.empty() ? kind::any : before.front().compiled->what_for();
    for (auto const& g : grants)
        for (auto const& resource : g.resources) {
            auto const what = find_standing(resource, asked, kind_of_all);
            identities = identities || names(resource, identity_variable);
            if (auto const parts = split_arn(resource); names(resource, client_variable))
                (parts && resource_type((*parts)[arn_resource]) == "client" ? any_client
                                                                            : clients) = true;
            std::vector<std::string> actions;
            for (auto const& action : g.actions) {
                bool const is_asked = equals_ignoring_case(action, asked.action);
                bool const known =
                    what.exact &&
                    (is_asked || (action.find_first_of("*?") == std::string::npos &&
                                  decide(before, {action, asked.resource, asked.facts,
                                                  asked.principals}) == effect::allow));
                if (!known)
                    actions.push_back(action);
            }
            if (actions.empty())
                continue;
            auto clause = join(actions) + " on ";
            if (what.exact)
                clause += quoted(resource);
            else
                clause += (what.matches ? "everything else that " : "what ") + quoted(resource) +
                          " matches";
            out.push_back(std::move(clause));
        }
    if (identities)
        out.emplace_back("the same for every other identity, each with its own identity ID");
    if (any_client)
        out.emplace_back("every client ID, also one that another client has: that is thrown out");
    if (clients)
        out.emplace_back("the same for every other client, each with its own client ID");
    return out;
}

std::string words_of_deny(statement_trace const& t, std::span<named_document const> documents,
                          request const& asked) {
    auto const* const hit = find_matched_resource(t, documents, asked);
    auto const narrowing = hit == nullptr ? std::string("naming this one there")
                           : hit->is_literal
                               ? "taking " + quoted(hit->written) +
                                     " out of it, for everybody and every action it names"
                               : std::string("naming there only what it is meant to stop");
    auto out = name_statement(t, documents) + " says Deny" + words_of_not_action(t, documents) +
               words_of_reach(t, documents, asked);
    if (auto const held = words_of_held(t, documents, asked); !held.empty())
        out += " " + held;
    out += "; narrowing it means " + narrowing;
    if (auto const identity = asked.facts.find_single(identity_variable);
        identity && documents[t.document].compiled->inside().has_variables)
        out += ", or exempting this identity with the condition `\"StringNotEquals\": {\"" +
               std::string(identity_variable) + "\": \"" + std::string(*identity) + "\"}`";
    return out + ". No Allow outranks a Deny, and no change here takes one away";
}

std::string words_of_condition(explanation const& why, std::span<named_document const> documents) {
    for (auto const& t : why.statements)
        if (t.allows && !t.matched && t.why_not.failed == miss::clause::condition)
            return name_statement(t, documents) +
                   " names this action and resource under the condition " +
                   t.why_not.condition_operator + " on " + quoted(t.why_not.condition_key) +
                   (t.why_not.pattern.empty() ? "" : ": " + quoted(t.why_not.pattern)) +
                   ", which the change does not ask for; if that condition is meant, meet it "
                   "instead of changing the policy";
    return {};
}

} // namespace cogniot::policy
