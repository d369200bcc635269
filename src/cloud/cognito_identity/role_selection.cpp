#include "cloud/cognito_identity/role_selection.hpp"

#include "cloud/cognito_identity/errors.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <vector>

namespace cogniot::cloud::cognito_identity {

namespace {

outcome<selected_role> default_role(pool const& p, bool is_guest) {
    auto const& arn = is_guest ? p.unauthenticated_role : p.authenticated_role;
    if (arn.empty())
        return wrong_pool_roles("identity pool `" + p.id + "` has no " +
                                (is_guest ? "unauthenticated" : "authenticated") +
                                " role; set one with `aws cognito-identity "
                                "set-identity-pool-roles`");
    return selected_role{arn};
}

outcome<selected_role> resolve_ambiguity(role_wish const& wish, role_mapping const& mapping) {
    if (mapping.if_ambiguous == role_mapping::ambiguity::authenticated_role) {
        auto role = default_role(wish.from, false);
        if (role)
            role->why = selected_role::reason::ambiguous;
        return role;
    }
    auto refused = identity_forbidden(wish.identity_id);
    refused.members.emplace_back("reason",
                                 "no role of the mapping fits and AmbiguousRoleResolution is Deny");
    return refused;
}

std::vector<std::string_view> roles_of(json::object const& claims) {
    std::vector<std::string_view> roles;
    if (auto const* const list = json::find_array(claims, "cognito:roles"))
        for (auto const& one : *list)
            if (auto const* const arn = one.if_string())
                roles.emplace_back(*arn);
    return roles;
}

outcome<selected_role> select_by_token(role_wish const& wish, role_mapping const& mapping) {
    auto const roles = roles_of(wish.login->claims);
    if (wish.custom_role) {
        if (std::find(roles.begin(), roles.end(), *wish.custom_role) == roles.end())
            return role_forbidden(*wish.custom_role);
        return selected_role{std::string(*wish.custom_role), selected_role::reason::custom};
    }
    if (auto const preferred = json::find_string(wish.login->claims, "cognito:preferred_role"))
        return selected_role{std::string(*preferred), selected_role::reason::preferred_role};
    if (roles.size() == 1)
        return selected_role{std::string(roles.front()), selected_role::reason::only_role};
    return resolve_ambiguity(wish, mapping);
}

/// A claim as rules compare it: its text, or for a list the texts of its elements.
struct claim_texts {
    bool is_list = false;
    std::vector<std::string> values{};
};

std::string text_of(json::value const& v) {
    auto const* const s = v.if_string();
    return s ? std::string(*s) : json::print(v);
}

claim_texts read_claim(json::value const& claim) {
    claim_texts out;
    if (auto const* const list = claim.if_array()) {
        out.is_list = true;
        for (auto const& one : *list)
            out.values.push_back(text_of(one));
    } else {
        out.values.push_back(text_of(claim));
    }
    return out;
}

bool matches(mapping_rule const& rule, json::object const& claims) {
    auto const* const claim = claims.if_contains(rule.claim);
    if (!claim || claim->is_null())
        return false;
    auto const actual = read_claim(*claim);
    auto const any = [&](auto holds) {
        return std::any_of(actual.values.begin(), actual.values.end(), holds);
    };
    switch (rule.how) {
    case mapping_rule::match::equals:
        return any([&](std::string const& v) { return v == rule.value; });
    case mapping_rule::match::not_equal:
        return !any([&](std::string const& v) { return v == rule.value; });
    case mapping_rule::match::starts_with:
        return any([&](std::string const& v) { return v.starts_with(rule.value); });
    case mapping_rule::match::contains:
        return any([&](std::string const& v) {
            return actual.is_list ? v == rule.value : v.find(rule.value) != std::string::npos;
        });
    }
    return false;
}

outcome<selected_role> select_by_rules(role_wish const& wish, role_mapping const& mapping) {
    for (std::size_t i = 0; i < mapping.rules.size(); ++i) {
        auto const& rule = mapping.rules[i];
        // A custom role has to be the role of some rule that matches, whatever the order.
        if (wish.custom_role && rule.role_arn != *wish.custom_role)
            continue;
        if (matches(rule, wish.login->claims))
            return selected_role{rule.role_arn,
                                 wish.custom_role ? selected_role::reason::custom
                                                  : selected_role::reason::rule,
                                 i + 1};
    }
    if (wish.custom_role)
        return role_forbidden(*wish.custom_role);
    return resolve_ambiguity(wish, mapping);
}

} // namespace

outcome<selected_role> select_role(role_wish const& wish) {
    auto const mapping =
        wish.login ? wish.from.mappings.find(wish.login->provider + ":" + wish.login->client_id)
                   : wish.from.mappings.end();
    if (mapping == wish.from.mappings.end()) {
        auto role = default_role(wish.from, !wish.login);
        if (role && wish.custom_role && role->arn != *wish.custom_role)
            return role_forbidden(*wish.custom_role);
        return role;
    }
    return mapping->second.what == role_mapping::type::token
               ? select_by_token(wish, mapping->second)
               : select_by_rules(wish, mapping->second);
}

} // namespace cogniot::cloud::cognito_identity
