// TestAuthorization and GetEffectivePolicies: what the IoT policies of a principal say, asked
// without connecting.
//
// IoT policies only: for a Cognito identity the role's policies are the other lock, and
// iam:SimulatePrincipalPolicy tells about that one (unconfirmed: AWS's documents name no other).
// @source AWS IoT API reference, TestAuthorization, GetEffectivePolicies, AuthResult; AWS CLI
// reference, test-authorization
#include "cloud/cognito_identity/openid_token.hpp"
#include "cloud/iot/connection_facts.hpp"
#include "cloud/iot/entity.hpp"
#include "cloud/iot/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"
#include "policy/missing_keys.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace cogniot::cloud::iot {

namespace {

struct action_type {
    std::string_view name;
    std::string_view action;
};
constexpr std::array<action_type, 4> action_types{{{"PUBLISH", "iot:Publish"},
                                                   {"SUBSCRIBE", "iot:Subscribe"},
                                                   {"RECEIVE", "iot:Receive"},
                                                   {"CONNECT", "iot:Connect"}}};
constexpr std::array<std::string_view, 4> action_names{"PUBLISH", "SUBSCRIBE", "RECEIVE",
                                                       "CONNECT"};

text_rule const principal_rule{.min = 1, .max = 2048};
text_rule const pool_id_rule{.min = 1, .max = 2048};
text_rule const resource_rule{.max = 2048};
text_rule const action_rule{.values = action_names};

/// Whose policies are asked for.
struct subject {
    std::string_view principal{};
    cognito_identity::pool const* pool = nullptr;
};

outcome<subject> read_subject(call const& c, input_reader& in) {
    auto const principal = in.find_text("principal", principal_rule);
    auto const pool_id = in.find_text("cognitoIdentityPoolId", pool_id_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    subject s{.principal = principal.value_or("")};
    if (principal)
        if (auto refused = refuse_target(c, *principal))
            return *refused;
    auto const& cognito = c.world.cognito_identity;
    auto const* const identity = cognito.find_identity(s.principal);
    if (pool_id) {
        s.pool = cognito.find_pool(*pool_id);
        if (!s.pool)
            return not_found("IdentityPool '" + std::string(*pool_id) + "' not found.");
        if (identity && identity->pool_id != s.pool->id)
            return not_found("Identity '" + identity->id + "' not found in identity pool '" +
                             s.pool->id + "'.");
    } else if (identity) {
        s.pool = cognito.find_pool(identity->pool_id);
    }
    return s;
}

/// What a decision at the broker would know of this principal, as far as it is known here.
policy::context facts_of(call const& c, subject const& s, std::string_view client_id) {
    policy::context facts;
    facts.set("aws:CurrentTime", print_extended(c.now));
    facts.set("aws:EpochTime", std::to_string(epoch_seconds(c.now)));
    if (!s.principal.empty())
        facts.set("cognito-identity.amazonaws.com:sub", std::string(s.principal));
    if (s.pool)
        facts.set("cognito-identity.amazonaws.com:aud", s.pool->id);
    if (auto const* const identity = c.world.cognito_identity.find_identity(s.principal))
        facts.set_list("cognito-identity.amazonaws.com:amr", cognito_identity::amr_of(*identity));
    add_connection_facts(c.world.iot.find(c.region), s.principal, client_id, facts);
    return facts;
}

/// One `authInfos`.
struct question {
    std::string_view name;
    std::string_view action;
    std::vector<std::string> resources;
};

outcome<std::vector<question>> read_questions(input_reader& in) {
    std::vector<question> out;
    auto const* const infos = in.array("authInfos");
    auto const count = infos ? infos->size() : 0;
    if (infos && (count < 1 || count > 10))
        in.note("authInfos", std::nullopt,
                count < 1 ? "have length greater than or equal to 1"
                          : "have length less than or equal to 10");
    for (std::size_t i = 0; i < count; ++i) {
        auto const path = "authInfos." + std::to_string(i + 1) + ".member";
        auto const* const info = (*infos)[i].if_object();
        if (!info) {
            in.note(path, std::nullopt, "not be null");
            continue;
        }
        auto inside = in.inside(path, *info);
        auto const name = inside.text("actionType", action_rule);
        auto const* const known =
            std::find_if(action_types.begin(), action_types.end(),
                         [&](action_type const& t) { return t.name == name; });
        question q{.name = name,
                   .action = known == action_types.end() ? "" : known->action,
                   .resources = inside.texts("resources", resource_rule)};
        out.push_back(std::move(q));
    }
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    for (auto const& q : out) {
        if (q.resources.empty())
            return invalid_request("authInfos: " + std::string(q.name) + " names no resource.");
        for (auto const& resource : q.resources)
            if (!resource.starts_with("arn:"))
                return invalid_request("Invalid resource `" + resource + "`: an ARN is due, like " +
                                       "arn:aws:iot:REGION:ACCOUNT:topic/TOPIC");
    }
    return out;
}

/// The names attached to the principal, without those to skip, with those to add.
outcome<std::vector<versioned_policy const*>> collect(call& c, std::string_view principal,
                                                      std::vector<std::string> const& add,
                                                      std::vector<std::string> const& skip) {
    std::vector<std::string> names;
    auto const& region = c.world.iot.at(c.region);
    if (auto const* const t = region.find_target(principal))
        names = t->policies;
    for (auto const& name : skip) {
        if (!region.find_policy(name))
            return policy_not_found();
        std::erase(names, name);
    }
    for (auto const& name : add)
        if (std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    std::vector<versioned_policy const*> out;
    for (auto const& name : names) {
        auto const* const p = region.find_policy(name);
        if (!p)
            return policy_not_found();
        out.push_back(p);
    }
    return out;
}

/// A policy stands in each list whose effect it has on some of the resources.
json::array list_with(std::span<versioned_policy const* const> policies, question const& q,
                      policy::context const& facts, policy::effect wanted) {
    json::array out;
    for (auto const* const p : policies) {
        policy::named_document const one{p->name, &p->in_force()->document};
        bool const has =
            std::any_of(q.resources.begin(), q.resources.end(), [&](std::string const& resource) {
                return policy::decide({&one, 1}, {q.action, resource, facts}) == wanted;
            });
        if (has)
            out.push_back(json::object{{"policyName", p->name}, {"policyArn", p->arn}});
    }
    return out;
}

json::object answer(std::span<versioned_policy const* const> policies, question const& q,
                    policy::context const& facts) {
    std::vector<policy::named_document> documents;
    for (auto const* const p : policies)
        documents.push_back({p->name, &p->in_force()->document});
    bool is_denied = false;
    bool is_forbidden = false;
    json::array missing;
    for (auto const& resource : q.resources) {
        policy::request const asked{q.action, resource, facts};
        auto const says = policy::decide(documents, asked);
        is_denied |= says != policy::effect::allow;
        is_forbidden |= says == policy::effect::explicit_deny;
        for (auto const& key : policy::find_missing_keys(documents, asked))
            if (std::find(missing.begin(), missing.end(), json::value(key)) == missing.end())
                missing.emplace_back(key);
    }
    auto const in_list = [&](policy::effect wanted) {
        return json::object{{"policies", list_with(policies, q, facts, wanted)}};
    };
    return {{"authInfo",
             json::object{{"actionType", q.name},
                          {"resources", json::array(q.resources.begin(), q.resources.end())}}},
            {"allowed", in_list(policy::effect::allow)},
            {"denied", json::object{{"implicitDeny", in_list(policy::effect::implicit_deny)},
                                    {"explicitDeny", in_list(policy::effect::explicit_deny)}}},
            {"authDecision", is_forbidden ? "EXPLICIT_DENY"
                             : is_denied  ? "IMPLICIT_DENY"
                                          : "ALLOWED"},
            {"missingContextValues", std::move(missing)}};
}

} // namespace

outcome<json::object> test_authorization(call& c, json::object const& input) {
    input_reader in(input);
    auto const client_id = in.find_text("clientId", {});
    auto const add = in.find_texts("policyNamesToAdd", policy_name_rule);
    auto const skip = in.find_texts("policyNamesToSkip", policy_name_rule);
    auto const questions = read_questions(in);
    if (!questions)
        return questions.error();
    auto const who = read_subject(c, in);
    if (!who)
        return who.error();
    auto const policies = collect(c, who->principal, add.value_or(std::vector<std::string>{}),
                                  skip.value_or(std::vector<std::string>{}));
    if (!policies)
        return policies.error();
    auto const facts = facts_of(c, *who, client_id.value_or(""));
    json::array results;
    for (auto const& q : *questions)
        results.push_back(answer(*policies, q, facts));
    return json::object{{"authResults", std::move(results)}};
}

outcome<json::object> get_effective_policies(call& c, json::object const& input) {
    input_reader in(input);
    auto const thing_name = in.find_text("thingName", thing_name_rule);
    auto const who = read_subject(c, in);
    if (!who)
        return who.error();
    if (who->principal.empty() && !thing_name)
        return invalid_request("Either principal or thingName is due: whose policies?");
    // A thing adds the policies of its groups; there are no groups yet.
    if (thing_name && !c.world.iot.at(c.region).find_thing(*thing_name))
        return not_found("Thing " + std::string(*thing_name) + " cannot be found in " +
                         c.world.settings.account);
    auto const policies = collect(c, who->principal, {}, {});
    if (!policies)
        return policies.error();
    json::array out;
    for (auto const* const p : *policies)
        out.push_back(json::object{{"policyName", p->name},
                                   {"policyArn", p->arn},
                                   {"policyDocument", p->in_force()->document.text()}});
    return json::object{{"effectivePolicies", std::move(out)}};
}

} // namespace cogniot::cloud::iot
