#include "cloud/cognito_identity/login.hpp"

#include "cloud/cognito_identity/errors.hpp"
#include "cloud/cognito_idp/id_token.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace cogniot::cloud::cognito_identity {

namespace {

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
    auto token = cognito_idp::read_id_token(c.world, name, text, c.now);
    if (!token)
        return token.error();
    auto const* const from = find_provider(p, name, token->client_id);
    if (!from)
        return not_supported();
    if (from->server_side_token_check && !cognito_idp::is_still_signed_in(c.world, *token))
        return not_authorized("Invalid login token. The user is disabled, deleted or signed out.");
    return verified_login{.provider = std::string(name),
                          .client_id = std::move(token->client_id),
                          .subject = std::move(token->sub),
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
