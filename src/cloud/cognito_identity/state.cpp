#include "cloud/cognito_identity/state.hpp"

#include "cloud/stored.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <utility>

namespace cogniot::cloud::cognito_identity {

namespace {

constexpr std::string_view pool_kind = "identity_pool";
constexpr std::string_view identity_kind = "identity";
constexpr std::string_view key_kind = "identity_pool_key";

json::object stored_mapping(role_mapping const& m) {
    json::array rules;
    for (auto const& r : m.rules)
        rules.push_back(json::object{{"claim", r.claim},
                                     {"how", static_cast<int>(r.how)},
                                     {"value", r.value},
                                     {"role_arn", r.role_arn}});
    return {{"what", static_cast<int>(m.what)},
            {"if_ambiguous", static_cast<int>(m.if_ambiguous)},
            {"rules", std::move(rules)}};
}

role_mapping read_mapping(stored_object& from) {
    role_mapping m{.what = static_cast<role_mapping::type>(from.number("what")),
                   .if_ambiguous =
                       static_cast<role_mapping::ambiguity>(from.number("if_ambiguous"))};
    for (auto& r : from.objects("rules")) {
        m.rules.push_back({.claim = r.text("claim"),
                           .how = static_cast<mapping_rule::match>(r.number("how")),
                           .value = r.text("value"),
                           .role_arn = r.text("role_arn")});
        if (r.fault())
            from.note(*r.fault());
    }
    return m;
}

pool read_pool(stored_object& from) {
    pool p{.id = from.text("id"),
           .region = from.text("region"),
           .name = from.text("name"),
           .allow_unauthenticated = from.flag("allow_unauthenticated"),
           .developer_provider = from.text_if_any("developer_provider"),
           .openid_arns = from.texts("openid_arns"),
           .saml_arns = from.texts("saml_arns"),
           .authenticated_role = from.text_if_any("authenticated_role"),
           .unauthenticated_role = from.text_if_any("unauthenticated_role")};
    if (from.has("allow_classic_flow"))
        p.allow_classic_flow = from.flag("allow_classic_flow");
    for (auto& one : from.objects("providers")) {
        p.providers.push_back({.name = one.text("name"),
                               .client_id = one.text("client_id"),
                               .server_side_token_check = one.flag("server_side_token_check")});
        if (one.fault())
            from.note(*one.fault());
    }
    for (auto const& [key, value] : from.pairs("login_providers"))
        p.login_providers.emplace(key, value);
    for (auto const& [key, value] : from.pairs("tags"))
        p.tags.emplace(key, value);
    for (auto& one : from.objects("mappings")) {
        auto provider = one.text("provider");
        p.mappings.emplace(std::move(provider), read_mapping(one));
        if (one.fault())
            from.note(*one.fault());
    }
    return p;
}

template <typename Map>
auto const* find_in(Map const& map, std::string_view key) {
    auto const at = map.find(key);
    return at == map.end() ? nullptr : &at->second;
}

} // namespace

pool const* state::find_pool(std::string_view id) const {
    return find_in(pools, id);
}
identity const* state::find_identity(std::string_view id) const {
    return find_in(identities, id);
}

identity const* state::find_by_login(std::string_view pool_id, std::string_view provider_name,
                                     std::string_view subject) const {
    auto const at = by_login_.find(login_view(pool_id, provider_name, subject));
    return at == by_login_.end() ? nullptr : find_identity(at->second);
}

void state::put(identity i) {
    erase(i.id);
    for (auto const& [name, subject] : i.logins)
        by_login_.insert_or_assign(login(i.pool_id, name, subject), i.id);
    auto id = i.id;
    identities.insert_or_assign(std::move(id), std::move(i));
}

void state::erase(std::string_view identity_id) {
    auto const at = identities.find(identity_id);
    if (at == identities.end())
        return;
    for (auto const& [name, subject] : at->second.logins)
        by_login_.erase(login(at->second.pool_id, name, subject));
    identities.erase(at);
}

result<bool> state::restore(std::string_view kind, std::string_view key, std::string_view value) {
    if (kind != pool_kind && kind != identity_kind && kind != key_kind)
        return false;
    auto read = stored_object::parse(kind, key, value);
    if (!read)
        return read.error();
    auto& from = *read;
    if (kind == key_kind) {
        auto parsed = crypto::rsa_key::parse_pem(from.text("pem"));
        if (!from.fault() && !parsed)
            from.note(parsed.error());
        if (!from.fault())
            signing_key = *parsed;
    } else if (kind == pool_kind) {
        auto p = read_pool(from);
        if (!from.fault())
            pools.insert_or_assign(std::string(key), std::move(p));
    } else {
        identity i{.id = from.text("id"),
                   .pool_id = from.text("pool_id"),
                   .logins = from.pairs("logins"),
                   .created = from.time("created"),
                   .modified = from.time("modified")};
        if (!from.fault())
            put(std::move(i));
    }
    if (from.fault())
        return *from.fault();
    return true;
}

record print_record(pool const& p) {
    json::array providers;
    for (auto const& one : p.providers)
        providers.push_back(json::object{{"name", one.name},
                                         {"client_id", one.client_id},
                                         {"server_side_token_check", one.server_side_token_check}});
    json::array mappings;
    for (auto const& [name, mapping] : p.mappings) {
        auto one = stored_mapping(mapping);
        one["provider"] = name;
        mappings.push_back(std::move(one));
    }
    json::object out{{"id", p.id},
                     {"region", p.region},
                     {"name", p.name},
                     {"allow_unauthenticated", p.allow_unauthenticated},
                     {"providers", std::move(providers)},
                     {"login_providers", stored_pairs(p.login_providers)},
                     {"developer_provider", p.developer_provider},
                     {"openid_arns", stored_texts(p.openid_arns)},
                     {"saml_arns", stored_texts(p.saml_arns)},
                     {"tags", stored_pairs(p.tags)},
                     {"authenticated_role", p.authenticated_role},
                     {"unauthenticated_role", p.unauthenticated_role},
                     {"mappings", std::move(mappings)}};
    if (p.allow_classic_flow)
        out["allow_classic_flow"] = *p.allow_classic_flow;
    return {std::string(pool_kind), p.id, json::print(out)};
}

record print_record(identity const& i) {
    return {std::string(identity_kind), i.id,
            json::print(json::object{{"id", i.id},
                                     {"pool_id", i.pool_id},
                                     {"logins", stored_pairs(i.logins)},
                                     {"created", stored_time(i.created)},
                                     {"modified", stored_time(i.modified)}})};
}

record print_record(crypto::rsa_key const& signing_key) {
    return {std::string(key_kind), "openid",
            json::print(json::object{{"pem", signing_key.print_pem()}})};
}

} // namespace cogniot::cloud::cognito_identity
