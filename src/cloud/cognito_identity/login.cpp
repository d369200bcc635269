#include "cloud/cognito_identity/login.hpp"

#include "cloud/cognito_identity/errors.hpp"
#include "cloud/world.hpp"
#include "identity/token.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace cogniot::cloud::cognito_identity {

namespace {

namespace jwt = cogniot::identity;

api_error invalid_token(std::string_view why) {
    return not_authorized("Invalid login token. " + std::string(why));
}

api_error not_supported() {
    return not_authorized("Token is not from a supported provider of this identity pool.");
}

/// `cognito-idp.REGION.amazonaws.com/POOL`, without scheme and trailing slash.
bool is_user_pool_provider(std::string_view name) {
    auto const slash = name.find('/');
    return name.starts_with("cognito-idp.") && slash != std::string_view::npos &&
           name.substr(0, slash).ends_with(".amazonaws.com") && slash + 1 < name.size() &&
           name.find('/', slash + 1) == std::string_view::npos;
}

provider const* find_provider(pool const& p, std::string_view name, std::string_view client_id) {
    auto const at = std::find_if(p.providers.begin(), p.providers.end(), [&](provider const& one) {
        return one.name == name && one.client_id == client_id;
    });
    return at == p.providers.end() ? nullptr : &*at;
}

bool is_registered(pool const& p, std::string_view name) {
    return std::any_of(p.providers.begin(), p.providers.end(),
                       [&](provider const& one) { return one.name == name; });
}

/// ServerSideTokenCheck: the user still exists, may sign in, and has not been signed out since.
bool is_still_good(cognito_idp::user_pool const& users, json::object const& claims) {
    auto const by_sub =
        users.by_sub.find(std::string(json::find_string(claims, "sub").value_or("")));
    if (by_sub == users.by_sub.end())
        return false;
    auto const user = users.users.find(by_sub->second);
    if (user == users.users.end() || !user->second.enabled)
        return false;
    auto const issued =
        utc_time(std::chrono::seconds(json::find_integer(claims, "iat").value_or(0)));
    auto const origin = json::find_string(claims, "origin_jti");
    return issued >= std::chrono::floor<std::chrono::seconds>(user->second.tokens_valid_from) &&
           !(origin && users.revoked.contains(std::string(*origin)));
}

bool is_signed_by(cognito_idp::user_pool const& users, jwt::decoded_token const& token) {
    if (!users.keys)
        return false;
    auto const& key = users.keys->id_token;
    return token.key_id == key.key_id && jwt::is_signed_by(token, key.modulus, key.exponent);
}

/// What the token says of itself, before the pool's app clients are looked at.
std::optional<api_error> find_fault(call& c, std::string_view name, jwt::decoded_token const& token,
                                    cognito_idp::user_pool const* users) {
    auto const& claims = token.claims;
    if (json::find_string(claims, "iss") != "https://" + std::string(name))
        return invalid_token("Issuer doesn't match providerName");
    if (!json::find_string(claims, "aud"))
        return invalid_token("Missing a required claim: aud");
    if (!users || !is_signed_by(*users, token) || json::find_string(claims, "token_use") != "id")
        return invalid_token("Couldn't verify signed token.");
    auto const now = epoch_seconds(c.now);
    auto const expiry = json::find_integer(claims, "exp").value_or(0);
    if (now >= expiry)
        return invalid_token("Token expired: " + std::to_string(now) +
                             " >= " + std::to_string(expiry));
    return {};
}

outcome<verified_login> verify_login(call& c, pool const& p, std::string_view name,
                                     std::string_view text) {
    if (p.login_providers.contains(std::string(name)))
        return api_error{.code = "ExternalServiceException",
                         .message = "Tokens of " + std::string(name) +
                                    " cannot be verified by the local cloud."};
    if (!is_user_pool_provider(name))
        return not_authorized("Please provide a valid public provider.");
    if (!is_registered(p, name))
        return not_supported();
    auto token = jwt::decode_token(text);
    if (!token)
        return invalid_token("Not a valid OpenId Connect identity token.");
    auto const* const users = c.world.cognito_idp.find_pool(name.substr(name.find('/') + 1));
    if (auto fault = find_fault(c, name, *token, users))
        return *fault;
    auto const audience = std::string(*json::find_string(token->claims, "aud"));
    auto const* const from = find_provider(p, name, audience);
    if (!from)
        return not_supported();
    if (from->server_side_token_check && !is_still_good(*users, token->claims))
        return invalid_token("The user is disabled, deleted or signed out.");
    auto subject = std::string(json::find_string(token->claims, "sub").value_or(""));
    return verified_login{.provider = std::string(name),
                          .client_id = audience,
                          .subject = std::move(subject),
                          .claims = std::move(token->claims)};
}

} // namespace

outcome<std::vector<verified_login>> verify_logins(call& c, pool const& p,
                                                   json::object const* logins) {
    std::vector<verified_login> out;
    if (!logins)
        return out;
    if (logins->size() > 10)
        return api_error{.code = std::string(validation_error),
                         .message = "1 validation error detected: Value at 'logins' failed to "
                                    "satisfy constraint: Member must have length less than or "
                                    "equal to 10"};
    for (auto const& [name, token] : *logins) {
        if (token.is_null())
            continue;
        auto const* const text = token.if_string();
        if (!text)
            return api_error{.code = "SerializationException", .message = "A login token is text"};
        auto verified = verify_login(c, p, name, *text);
        if (!verified)
            return verified.error();
        out.push_back(std::move(*verified));
    }
    return out;
}

} // namespace cogniot::cloud::cognito_identity
