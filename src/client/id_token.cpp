#include "client/id_token.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::client {

std::string id_token_claims::provider() const {
    auto const scheme = issuer.find("://");
    return scheme == std::string::npos ? issuer : issuer.substr(scheme + 3);
}

result<json::object> read_claims(std::string_view token) {
    auto const parts = split(token, '.');
    if (parts.size() != 3)
        return fail(errc::answer_not_understood, "the ID token does not have three parts");
    auto const payload = decode_base64url(parts[1]);
    if (!payload)
        return fail(errc::answer_not_understood, "the ID token's payload is not base64url");
    auto claims = json::parse_object(*payload);
    if (!claims)
        return fail(errc::answer_not_understood,
                    "the ID token's payload is not a JSON object: " + claims.error().detail);
    return claims;
}

result<id_token_claims> read_id_token(std::string_view token) {
    auto const claims = read_claims(token);
    if (!claims)
        return claims.error();
    auto const sub = json::find_string(*claims, "sub");
    auto const issuer = json::find_string(*claims, "iss");
    auto const issued = json::find_integer(*claims, "iat");
    auto const expires = json::find_integer(*claims, "exp");
    if (!sub || !issuer || !issued || !expires || *expires < *issued)
        return fail(errc::answer_not_understood, "the ID token lacks sub, iss, iat or exp");
    return id_token_claims{
        .sub = std::string(*sub),
        .user_name = std::string(json::find_string(*claims, "cognito:username").value_or(*sub)),
        .issuer = std::string(*issuer),
        .life = std::chrono::seconds(*expires - *issued)};
}

} // namespace cogniot::client
