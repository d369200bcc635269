// Identity pools: create, describe, update, list, delete.
#include "base/ascii.hpp"
#include "base/text.hpp"
#include "cloud/cognito_identity/errors.hpp"
#include "cloud/cognito_identity/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::cognito_identity {

namespace {

bool is_provider_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter_or_digit(c) || std::string_view("_.:/-").find(c) != std::string_view::npos;
    });
}
bool is_client_id(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char c) { return is_letter_or_digit(c) || c == '_'; });
}

pattern const provider_pattern{R"([\w._:/-]+)", &is_provider_name};
pattern const client_pattern{R"([\w_]+)", &is_client_id};
text_rule const pool_name_rule{.min = 1, .max = 128, .form = &patterns::resource_name};
text_rule const provider_rule{.min = 1, .max = 128, .form = &provider_pattern};
text_rule const client_rule{.min = 1, .max = 128, .form = &client_pattern};
text_rule const arn_rule{.min = 20, .max = 2048};

std::vector<provider> read_providers(input_reader& in) {
    std::vector<provider> out;
    auto const* const list = in.find_array("CognitoIdentityProviders");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        auto const path = "CognitoIdentityProviders." + std::to_string(i + 1) + ".member";
        auto const* const one = (*list)[i].if_object();
        if (!one) {
            in.note(path, std::nullopt, "not be null");
            continue;
        }
        auto inside = in.inside(path, *one);
        out.push_back(
            {.name = std::string(inside.find_text("ProviderName", provider_rule).value_or("")),
             .client_id = std::string(inside.find_text("ClientId", client_rule).value_or("")),
             .server_side_token_check = inside.find_flag("ServerSideTokenCheck").value_or(false)});
    }
    return out;
}

std::map<std::string, std::string> read_pairs(input_reader& in, std::string_view member,
                                              text_rule const& rule) {
    std::map<std::string, std::string> out;
    auto const* const pairs = in.find_object(member);
    if (!pairs)
        return out;
    auto inside = in.inside(member, *pairs);
    for (auto const& [key, value] : *pairs)
        if (auto const text = inside.find_text(key, rule))
            out.emplace(key, *text);
    return out;
}

/// What Create and Update have in common: everything but ID, region and roles.
pool read_pool(input_reader& in) {
    pool p{.name = std::string(in.text("IdentityPoolName", pool_name_rule))};
    auto const unauthenticated = in.find_flag("AllowUnauthenticatedIdentities");
    if (!unauthenticated)
        in.note("AllowUnauthenticatedIdentities", "null", "not be null");
    p.allow_unauthenticated = unauthenticated.value_or(false);
    p.allow_classic_flow = in.find_flag("AllowClassicFlow");
    p.providers = read_providers(in);
    p.login_providers = read_pairs(in, "SupportedLoginProviders", {.min = 1, .max = 128});
    p.developer_provider =
        std::string(in.find_text("DeveloperProviderName", {.min = 1, .max = 128}).value_or(""));
    p.openid_arns =
        in.find_texts("OpenIdConnectProviderARNs", arn_rule).value_or(std::vector<std::string>{});
    p.saml_arns = in.find_texts("SamlProviderARNs", arn_rule).value_or(std::vector<std::string>{});
    p.tags = read_pairs(in, "IdentityPoolTags", {.max = 256});
    return p;
}

json::object print_pool(pool const& p) {
    json::object out{{"IdentityPoolId", p.id},
                     {"IdentityPoolName", p.name},
                     {"AllowUnauthenticatedIdentities", p.allow_unauthenticated},
                     {"IdentityPoolTags", json::object{}}};
    if (p.allow_classic_flow)
        out["AllowClassicFlow"] = *p.allow_classic_flow;
    if (!p.providers.empty()) {
        json::array providers;
        for (auto const& one : p.providers)
            providers.push_back(
                json::object{{"ProviderName", one.name},
                             {"ClientId", one.client_id},
                             {"ServerSideTokenCheck", one.server_side_token_check}});
        out["CognitoIdentityProviders"] = std::move(providers);
    }
    if (!p.login_providers.empty()) {
        json::object providers;
        for (auto const& [name, id] : p.login_providers)
            providers[name] = id;
        out["SupportedLoginProviders"] = std::move(providers);
    }
    if (!p.developer_provider.empty())
        out["DeveloperProviderName"] = p.developer_provider;
    auto const print_list = [&](std::string_view member, std::vector<std::string> const& texts) {
        if (!texts.empty())
            out[member] = json::array(texts.begin(), texts.end());
    };
    print_list("OpenIdConnectProviderARNs", p.openid_arns);
    print_list("SamlProviderARNs", p.saml_arns);
    for (auto const& [key, value] : p.tags)
        out["IdentityPoolTags"].as_object()[key] = value;
    return out;
}

std::optional<api_error> find_fault(pool const& p) {
    for (auto const& one : p.providers) {
        if (one.name.empty() || one.client_id.empty())
            return invalid_parameter("Invalid Cognito Identity Provider");
        if (one.name.starts_with("https:"))
            return invalid_parameter("Invalid Cognito Identity Provider: `" + one.name +
                                     "` has a scheme; write it without `https://`");
    }
    return {};
}

} // namespace

outcome<json::object> create_identity_pool(call& c, json::object const& input) {
    input_reader in(input);
    auto p = read_pool(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (auto fault = find_fault(p))
        return *fault;
    p.region = c.region;
    p.id = c.region + ":" + random_uuid(c.random);
    c.persist.push_back(print_record(p));
    auto answer = print_pool(p);
    auto id = p.id;
    c.world.cognito_identity.pools.insert_or_assign(std::move(id), std::move(p));
    return answer;
}

outcome<json::object> describe_identity_pool(call& c, json::object const& input) {
    input_reader in(input);
    auto const id = in.text("IdentityPoolId", pool_id_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const p = c.world.cognito_identity.find_pool(id);
    if (!p)
        return no_such_pool(id);
    return print_pool(*p);
}

outcome<json::object> update_identity_pool(call& c, json::object const& input) {
    input_reader in(input);
    auto const id = in.text("IdentityPoolId", pool_id_rule);
    auto changed = read_pool(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const found = c.world.cognito_identity.pools.find(id);
    if (found == c.world.cognito_identity.pools.end())
        return no_such_pool(id);
    if (auto fault = find_fault(changed))
        return *fault;
    auto& p = found->second;
    changed.id = p.id;
    changed.region = p.region;
    changed.authenticated_role = std::move(p.authenticated_role);
    changed.unauthenticated_role = std::move(p.unauthenticated_role);
    changed.mappings = std::move(p.mappings);
    p = std::move(changed);
    c.persist.push_back(print_record(p));
    return print_pool(p);
}

outcome<json::object> list_identity_pools(call& c, json::object const& input) {
    input_reader in(input);
    auto const max = in.integer("MaxResults", {.min = 1, .max = 60});
    auto const token = in.find_text("NextToken", {.min = 1});
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const after = token ? decode_base64url(*token) : std::string{};
    if (!after)
        return invalid_parameter("Invalid NextToken");
    json::array pools;
    json::object answer;
    auto const& all = c.world.cognito_identity.pools;
    std::string_view last;
    for (auto at = all.upper_bound(*after); at != all.end(); ++at) {
        if (at->second.region != c.region)
            continue;
        if (static_cast<std::int64_t>(pools.size()) == max) {
            answer["NextToken"] = encode_base64url(last);
            break;
        }
        last = at->first;
        pools.push_back(
            json::object{{"IdentityPoolId", at->second.id}, {"IdentityPoolName", at->second.name}});
    }
    answer["IdentityPools"] = std::move(pools);
    return answer;
}

outcome<json::object> delete_identity_pool(call& c, json::object const& input) {
    input_reader in(input);
    auto const id = in.text("IdentityPoolId", pool_id_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto& state = c.world.cognito_identity;
    auto const found = state.pools.find(id);
    if (found == state.pools.end())
        return no_such_pool(id);
    std::vector<std::string> gone;
    for (auto const& [identity_id, i] : state.identities)
        if (i.pool_id == id)
            gone.push_back(identity_id);
    for (auto const& identity_id : gone) {
        auto forgotten = print_record(*state.find_identity(identity_id));
        forgotten.value.reset();
        c.persist.push_back(std::move(forgotten));
        state.erase(identity_id);
    }
    auto forgotten = print_record(found->second);
    forgotten.value.reset();
    c.persist.push_back(std::move(forgotten));
    state.pools.erase(found);
    return json::object{};
}

} // namespace cogniot::cloud::cognito_identity
