#include "cloud/cognito_idp/id_token.hpp"

#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/tokens.hpp"
#include "identity/token.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::array;
using boost::json::object;

api_error wrong_token(std::string_view why) {
    return not_authorised("Invalid login token. " + std::string(why));
}

std::vector<std::string> texts(object const& claims, std::string_view name) {
    std::vector<std::string> out;
    if (auto const* list = json::find_array(claims, name))
        for (auto const& element : *list)
            if (auto const* text = element.if_string())
                out.emplace_back(*text);
    return out;
}

} // namespace

outcome<id_token> read_id_token(world const& w, std::string_view provider_name,
                                std::string_view text, utc_time now) {
    auto token = identity::decode_token(text);
    if (!token)
        return wrong_token("Not a valid OpenId Connect identity token.");
    auto const& claims = token->claims;
    auto const claim = [&](std::string_view name) {
        return std::string(json::find_string(claims, name).value_or(""));
    };
    auto const issuer = claim("iss");
    if (issuer != "https://" + std::string(provider_name))
        return wrong_token("Issuer doesn't match providerName");
    if (!claims.contains("aud"))
        return wrong_token("Missing a required claim: aud");
    auto const* pool = w.cognito_idp.find_pool_by_issuer(issuer);
    auto const expires = json::find_integer(claims, "exp");
    if (pool == nullptr || !pool->keys || token->key_id != pool->keys->id_token.key_id ||
        !identity::is_signed_by(*token, pool->keys->id_token.modulus,
                                pool->keys->id_token.exponent) ||
        claim("token_use") != "id" || !expires)
        return wrong_token("Couldn't verify signed token.");
    if (*expires <= epoch_seconds(now))
        return wrong_token("Token expired: " + std::to_string(epoch_seconds(now)) +
                           " >= " + std::to_string(*expires));
    return id_token{
        .pool_id = pool->id,
        .sub = claim("sub"),
        .client_id = claim("aud"),
        .username = claim("cognito:username"),
        .groups = texts(claims, "cognito:groups"),
        .roles = texts(claims, "cognito:roles"),
        .preferred_role = claim("cognito:preferred_role"),
        .issued = utc_time(std::chrono::seconds(json::find_integer(claims, "iat").value_or(0))),
        .expires = utc_time(std::chrono::seconds(*expires)),
        .claims = std::move(token->claims)};
}

bool is_still_signed_in(world const& w, id_token const& token) {
    auto const* pool = w.cognito_idp.find_pool(token.pool_id);
    auto const* who = pool == nullptr ? nullptr : pool->find_user_by_sub(token.sub);
    return who != nullptr && who->enabled &&
           !is_revoked(*pool, *who, json::find_string(token.claims, "origin_jti").value_or(""),
                       token.issued);
}

outcome<object> jwks(call& c, std::string_view pool_id) {
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    auto const& keys = keys_of(c, **pool);
    array shown;
    for (auto const* key : {&keys.id_token, &keys.access_token})
        shown.emplace_back(identity::print_public_key(key->key_id, key->modulus, key->exponent));
    return object{{"keys", std::move(shown)}};
}

outcome<object> openid_configuration(world const& w, std::string_view pool_id) {
    auto const* pool = w.cognito_idp.find_pool(pool_id);
    if (pool == nullptr)
        return missing_pool(pool_id);
    return object{{"id_token_signing_alg_values_supported", array{"RS256"}},
                  {"issuer", pool->issuer()},
                  {"jwks_uri", pool->issuer() + "/.well-known/jwks.json"},
                  {"response_types_supported", array{"code", "token"}},
                  {"scopes_supported", array{"openid", "email", "phone", "profile"}},
                  {"subject_types_supported", array{"public"}}};
}

} // namespace cogniot::cloud::cognito_idp
