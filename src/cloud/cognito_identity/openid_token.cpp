#include "cloud/cognito_identity/openid_token.hpp"

#include "base/text.hpp"
#include "cloud/world.hpp"
#include "crypto/digest.hpp"
#include "identity/token.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <stdexcept>
#include <utility>

namespace cogniot::cloud::cognito_identity {

namespace {

constexpr std::chrono::seconds token_lifetime{600};

/// The name of a key follows from the key: it needs no record of its own.
std::string key_id_of(crypto::rsa_key const& key) {
    return encode_base64url(crypto::sha256(key.modulus()).view());
}

crypto::rsa_key const& signing_key(call& c) {
    auto& key = c.world.cognito_identity.signing_key;
    if (!key) {
        key = c.world.settings.make_signing_key();
        c.persist.push_back(print_record(*key));
    }
    return *key;
}

} // namespace

void throw_exception_from_error(openid_fault, boost::source_location const&) {
    throw std::runtime_error("no OpenID claims");
}

std::vector<std::string> amr_of(identity const& i) {
    if (i.logins.empty())
        return {"unauthenticated"};
    std::vector<std::string> amr{"authenticated"};
    for (auto const& [provider, subject] : i.logins) {
        amr.push_back(provider);
        amr.push_back(provider + ":CognitoSignIn:" + subject);
    }
    return amr;
}

std::string make_openid_token(call& c, identity const& i) {
    json::array amr;
    for (auto const& one : amr_of(i))
        amr.emplace_back(one);
    auto const now = epoch_seconds(c.now);
    json::object const claims{{"sub", i.id},
                              {"aud", i.pool_id},
                              {"amr", std::move(amr)},
                              {"iss", openid_issuer},
                              {"exp", now + token_lifetime.count()},
                              {"iat", now}};
    auto const& key = signing_key(c);
    return cogniot::identity::make_token(key_id_of(key), key, claims);
}

boost::system::result<openid_claims, openid_fault> read_openid_token(state const& s,
                                                                     std::string_view token) {
    auto const decoded = cogniot::identity::decode_token(token);
    if (!decoded)
        return openid_fault::not_a_token;
    auto const& claims = decoded->claims;
    if (json::find_string(claims, "iss") != openid_issuer)
        return openid_fault::not_ours;
    if (!s.signing_key || decoded->key_id != key_id_of(*s.signing_key) ||
        !cogniot::identity::is_signed_by(*decoded, s.signing_key->modulus(),
                                         s.signing_key->exponent()))
        return openid_fault::signature;
    openid_claims out{
        .identity_pool_id = std::string(json::find_string(claims, "aud").value_or("")),
        .identity_id = std::string(json::find_string(claims, "sub").value_or("")),
        .amr = {},
        .expiry = utc_time(std::chrono::seconds(json::find_integer(claims, "exp").value_or(0)))};
    if (auto const* const amr = json::find_array(claims, "amr"))
        for (auto const& one : *amr)
            if (auto const* const text = one.if_string())
                out.amr.emplace_back(*text);
    return out;
}

json::object print_key_set(state const& s) {
    json::array keys;
    if (s.signing_key)
        keys.push_back(cogniot::identity::print_public_key(
            key_id_of(*s.signing_key), s.signing_key->modulus(), s.signing_key->exponent()));
    return {{"keys", std::move(keys)}};
}

json::object openid_configuration() {
    return {{"id_token_signing_alg_values_supported", json::array{"RS256"}},
            {"issuer", openid_issuer},
            {"jwks_uri", std::string(openid_issuer) + "/.well-known/jwks_uri"},
            {"response_types_supported", json::array{"token"}},
            {"subject_types_supported", json::array{"public"}}};
}

} // namespace cogniot::cloud::cognito_identity
