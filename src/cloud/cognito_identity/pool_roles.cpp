// SetIdentityPoolRoles and GetIdentityPoolRoles.
#include "cloud/authorise.hpp"
#include "cloud/cognito_identity/errors.hpp"
#include "cloud/cognito_identity/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <utility>

namespace cogniot::cloud::cognito_identity {

namespace {

/// @source Amazon Cognito federated identities API reference, RulesConfigurationType
constexpr std::size_t max_rules = 400;

constexpr std::string_view mapping_types[]{"Token", "Rules"};
constexpr std::string_view ambiguities[]{"AuthenticatedRole", "Deny"};
/// In the order of mapping_rule::match.
constexpr std::string_view match_types[]{"Equals", "Contains", "StartsWith", "NotEqual"};

text_rule const role_arn_rule{.min = 20, .max = 2048};

/// AWS's names in the order in which mapping_rule::match has them.
mapping_rule::match parse_match(std::string_view text) {
    std::size_t at = 0;
    while (at + 1 < std::size(match_types) && match_types[at] != text)
        ++at;
    return static_cast<mapping_rule::match>(at);
}

std::vector<mapping_rule> read_rules(input_reader& in, json::object const& configuration) {
    auto inside = in.inside("RulesConfiguration", configuration);
    std::vector<mapping_rule> out;
    auto const* const rules = inside.array("Rules");
    for (std::size_t i = 0; rules && i < rules->size(); ++i) {
        auto const path = "Rules." + std::to_string(i + 1) + ".member";
        auto const* const one = (*rules)[i].if_object();
        if (!one) {
            inside.note(path, std::nullopt, "not be null");
            continue;
        }
        auto rule = inside.inside(path, *one);
        auto const how = rule.text("MatchType", {.values = match_types});
        out.push_back({.claim = std::string(rule.text("Claim", {.min = 1, .max = 64})),
                       .how = parse_match(how),
                       .value = std::string(rule.text("Value", {.min = 1, .max = 128})),
                       .role_arn = std::string(rule.text("RoleARN", role_arn_rule))});
    }
    if (out.size() > max_rules || (rules && out.empty()))
        inside.note("Rules", std::nullopt, "have length between 1 and 400");
    return out;
}

role_mapping read_mapping(input_reader& in) {
    role_mapping m;
    if (in.text("Type", {.values = mapping_types}) == "Rules")
        m.what = role_mapping::type::rules;
    auto const ambiguity = in.find_text("AmbiguousRoleResolution", {.values = ambiguities});
    if (ambiguity)
        m.if_ambiguous = *ambiguity == "Deny" ? role_mapping::ambiguity::deny
                                              : role_mapping::ambiguity::authenticated_role;
    if (m.what == role_mapping::type::rules)
        if (auto const* const configuration = in.object("RulesConfiguration"))
            m.rules = read_rules(in, *configuration);
    return m;
}

std::map<std::string, role_mapping, std::less<>> read_mappings(input_reader& in) {
    std::map<std::string, role_mapping, std::less<>> out;
    auto const* const mappings = in.find_object("RoleMappings");
    if (!mappings)
        return out;
    auto inside = in.inside("RoleMappings", *mappings);
    for (auto const& [provider_name, value] : *mappings)
        if (auto const* const one = inside.find_object(provider_name)) {
            auto mapping = inside.inside(provider_name, *one);
            out.emplace(provider_name, read_mapping(mapping));
        }
    return out;
}

/// Every role that the call would hand out.
std::vector<std::string> roles_of(pool const& p) {
    std::vector<std::string> out;
    for (auto const* const arn : {&p.authenticated_role, &p.unauthenticated_role})
        if (!arn->empty())
            out.push_back(*arn);
    for (auto const& [name, m] : p.mappings)
        for (auto const& rule : m.rules)
            out.push_back(rule.role_arn);
    return out;
}

json::object print_mapping(role_mapping const& m) {
    json::object out{{"Type", m.what == role_mapping::type::token ? "Token" : "Rules"}};
    if (m.if_ambiguous != role_mapping::ambiguity::unset)
        out["AmbiguousRoleResolution"] =
            m.if_ambiguous == role_mapping::ambiguity::deny ? ambiguities[1] : ambiguities[0];
    if (m.what == role_mapping::type::rules) {
        json::array rules;
        for (auto const& r : m.rules)
            rules.push_back(
                json::object{{"Claim", r.claim},
                             {"MatchType", match_types[static_cast<std::size_t>(r.how)]},
                             {"Value", r.value},
                             {"RoleARN", r.role_arn}});
        out["RulesConfiguration"] = json::object{{"Rules", std::move(rules)}};
    }
    return out;
}

} // namespace

outcome<json::object> set_identity_pool_roles(call& c, json::object const& input) {
    input_reader in(input);
    auto const id = in.text("IdentityPoolId", pool_id_rule);
    std::string authenticated;
    std::string unauthenticated;
    if (auto const* const roles = in.object("Roles")) {
        auto inside = in.inside("Roles", *roles);
        authenticated = std::string(inside.find_text("authenticated", role_arn_rule).value_or(""));
        unauthenticated =
            std::string(inside.find_text("unauthenticated", role_arn_rule).value_or(""));
        for (auto const& [name, value] : *roles)
            if (name != "authenticated" && name != "unauthenticated")
                in.note("Roles", name, "satisfy regular expression pattern: (un)?authenticated");
    }
    auto mappings = read_mappings(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    for (auto const& [name, m] : mappings)
        if (m.if_ambiguous == role_mapping::ambiguity::unset)
            return invalid_parameter(
                "AmbiguousRoleResolution is required for the role mapping of " + name);
    auto const found = c.world.cognito_identity.pools.find(id);
    if (found == c.world.cognito_identity.pools.end())
        return no_such_pool(id);
    pool changed = found->second;
    changed.authenticated_role = std::move(authenticated);
    changed.unauthenticated_role = std::move(unauthenticated);
    changed.mappings = std::move(mappings);
    auto const facts = principal_facts(c.who, {c.now, c.region, c.source_ip, c.how});
    for (auto const& arn : roles_of(changed))
        if (!authorise(c.world, c.who, "iam:PassRole", arn, facts).allowed)
            return role_forbidden(arn);
    found->second = std::move(changed);
    c.persist.push_back(print_record(found->second));
    return json::object{};
}

outcome<json::object> get_identity_pool_roles(call& c, json::object const& input) {
    input_reader in(input);
    auto const id = in.text("IdentityPoolId", pool_id_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const p = c.world.cognito_identity.find_pool(id);
    if (!p)
        return no_such_pool(id);
    json::object roles;
    if (!p->authenticated_role.empty())
        roles["authenticated"] = p->authenticated_role;
    if (!p->unauthenticated_role.empty())
        roles["unauthenticated"] = p->unauthenticated_role;
    json::object answer{{"IdentityPoolId", p->id}, {"Roles", std::move(roles)}};
    if (!p->mappings.empty()) {
        json::object mappings;
        for (auto const& [name, m] : p->mappings)
            mappings[name] = print_mapping(m);
        answer["RoleMappings"] = std::move(mappings);
    }
    return answer;
}

} // namespace cogniot::cloud::cognito_identity
