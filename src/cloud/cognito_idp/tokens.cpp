#include "cloud/cognito_idp/tokens.hpp"

#include "base/text.hpp"
#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/records.hpp"
#include "crypto/sealed.hpp"
#include "identity/token.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <tuple>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::array;
using boost::json::object;

constexpr std::string_view self_service_scope = "aws.cognito.signin.user.admin";
constexpr std::string_view refresh_purpose = "refresh_token";

std::string random_bytes(random_source& random, std::size_t length) {
    std::string bytes(length, '\0');
    random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return bytes;
}

signing_key make_key(call& c) {
    auto key = c.world.settings.make_signing_key();
    return {.key_id = encode_base64(random_bytes(c.random, 32)),
            .modulus = key.modulus(),
            .exponent = key.exponent(),
            .pem = secret(key.print_pem()),
            .key = std::move(key)};
}

/// The private half; a key that was restored is read now. INVARIANT: pem came from print_pem().
crypto::rsa_key const& private_half(signing_key& key) {
    if (!key.key)
        key.key = crypto::rsa_key::parse_pem(key.pem.reveal()).value();
    return *key.key;
}

/// Groups of a user, most important first: lowest precedence, none last.
std::vector<group const*> groups_of(user_pool const& pool, user const& who) {
    std::vector<group const*> out;
    for (auto const& name : who.groups)
        if (auto const found = pool.groups.find(name); found != pool.groups.end())
            out.push_back(&found->second);
    std::stable_sort(out.begin(), out.end(), [](group const* a, group const* b) {
        return std::tuple(!a->precedence, a->precedence.value_or(0)) <
               std::tuple(!b->precedence, b->precedence.value_or(0));
    });
    return out;
}

void add_groups(object& claims, std::vector<group const*> const& groups) {
    if (groups.empty())
        return;
    array names;
    for (auto const* g : groups)
        names.emplace_back(g->name);
    claims["cognito:groups"] = std::move(names);
}

void add_roles(object& claims, std::vector<group const*> const& groups) {
    array roles;
    for (auto const* g : groups)
        if (g->role_arn)
            roles.emplace_back(*g->role_arn);
    if (roles.empty())
        return;
    claims["cognito:roles"] = std::move(roles);
    // The role of the one group that comes first; two that tie prefer nothing.
    auto const& first = *groups.front();
    bool const ties = groups.size() > 1 && groups[1]->precedence == first.precedence;
    if (first.role_arn && !ties)
        claims["cognito:preferred_role"] = *first.role_arn;
}

/// The attributes that the client may read.
void add_attributes(object& claims, user const& who, user_pool_client const& client) {
    for (auto const& [name, value] : who.attributes) {
        bool const is_readable = !client.read_attributes || client.read_attributes->contains(name);
        if (!is_readable || name.starts_with("dev:"))
            continue;
        if (name == "email_verified" || name == "phone_number_verified")
            claims[name] = value == "true";
        else if (name == "address")
            claims[name] = object{{"formatted", value}};
        else
            claims[name] = value;
    }
}

std::string make_refresh_token(call& c, user_pool const& pool, user_pool_client const& client,
                               user const& who, sign_in const& from) {
    auto const expires = c.now + client.refresh_token_validity;
    auto plain = json::print(object{{"sub", who.sub},
                                    {"client", client.id},
                                    {"origin", from.origin_jti},
                                    {"auth", from.at.time_since_epoch().count()},
                                    {"issued", c.now.time_since_epoch().count()},
                                    {"expires", expires.time_since_epoch().count()}});
    // AWS's are well over 1 kB: clients that store them somewhere too small should find out here.
    plain.resize(std::max<std::size_t>(plain.size(), 640), ' ');
    auto const sealed = crypto::seal(pool.sealing_key.reveal(), refresh_purpose, plain, c.random);
    auto const nonce = std::string_view(sealed).substr(0, 12);
    auto const tag = std::string_view(sealed).substr(sealed.size() - 16);
    auto const body = std::string_view(sealed).substr(12, sealed.size() - 28);
    // The shape of a JWE. The content key is the pool's own, so the part that would carry one,
    // wrapped, is filled with noise.
    return encode_base64url(R"({"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"})") + '.' +
           encode_base64url(random_bytes(c.random, 256)) + '.' + encode_base64url(nonce) + '.' +
           encode_base64url(body) + '.' + encode_base64url(tag);
}

/// Remembers what was issued in this second: see user::just_issued.
void note_issued(user& who, std::string const& origin_jti, utc_time now) {
    std::erase_if(who.just_issued, [&](auto const& entry) {
        return entry.second + std::chrono::seconds(1) < now || entry.first == origin_jti;
    });
    who.just_issued.emplace_back(origin_jti, now);
}

utc_time from_milliseconds(std::int64_t count) {
    return utc_time(std::chrono::milliseconds(count));
}

} // namespace

signing_keys& keys_of(call& c, user_pool& pool) {
    if (!pool.keys) {
        auto id_key = make_key(c);
        pool.keys = signing_keys{.id_token = std::move(id_key), .access_token = make_key(c)};
        c.persist.push_back(print_record(pool, *pool.keys));
    }
    return *pool.keys;
}

object renew_tokens(call& c, user_pool& pool, user_pool_client const& client, user& who,
                    sign_in const& from) {
    auto& keys = keys_of(c, pool);
    auto const groups = groups_of(pool, who);
    auto const now = epoch_seconds(c.now);
    object shared{{"sub", who.sub},
                  {"iss", pool.issuer()},
                  {"event_id", random_uuid(c.random)},
                  {"auth_time", epoch_seconds(from.at)},
                  {"iat", now}};
    if (client.revocation_enabled)
        shared["origin_jti"] = from.origin_jti;
    add_groups(shared, groups);

    auto access = shared;
    access["token_use"] = "access";
    access["client_id"] = client.id;
    access["scope"] = self_service_scope;
    access["username"] = who.username;
    access["exp"] = now + client.access_token_validity.count();
    access["jti"] = random_uuid(c.random);

    // Attributes first: none of them may stand in for a claim of ours.
    object id;
    add_attributes(id, who, client);
    for (auto const& [name, value] : shared)
        id[name] = value;
    add_roles(id, groups);
    id["token_use"] = "id";
    id["aud"] = client.id;
    id["cognito:username"] = who.username;
    id["exp"] = now + client.id_token_validity.count();
    id["jti"] = random_uuid(c.random);

    note_issued(who, from.origin_jti, c.now);
    return {
        {"AccessToken",
         identity::make_token(keys.access_token.key_id, private_half(keys.access_token), access)},
        {"ExpiresIn", client.access_token_validity.count()},
        {"TokenType", "Bearer"},
        {"IdToken", identity::make_token(keys.id_token.key_id, private_half(keys.id_token), id)}};
}

object issue_tokens(call& c, user_pool& pool, user_pool_client const& client, user& who) {
    sign_in const from{.origin_jti = random_uuid(c.random), .at = c.now};
    auto out = renew_tokens(c, pool, client, who, from);
    out["RefreshToken"] = make_refresh_token(c, pool, client, who, from);
    return out;
}

std::optional<refresh_token> open_refresh_token(user_pool const& pool, std::string_view token) {
    auto const parts = split(token, '.');
    if (parts.size() != 5)
        return {};
    auto const nonce = decode_base64url(parts[2]);
    auto const body = decode_base64url(parts[3]);
    auto const tag = decode_base64url(parts[4]);
    if (!nonce || !body || !tag)
        return {};
    auto const plain =
        crypto::unseal(pool.sealing_key.reveal(), refresh_purpose, *nonce + *body + *tag);
    if (!plain)
        return {};
    auto const content = json::parse_object(*plain);
    if (!content)
        return {};
    auto const text = [&](std::string_view name) {
        return std::string(json::find_string(*content, name).value_or(""));
    };
    auto const time = [&](std::string_view name) {
        return from_milliseconds(json::find_integer(*content, name).value_or(0));
    };
    return refresh_token{.sub = text("sub"),
                         .client_id = text("client"),
                         .from = {.origin_jti = text("origin"), .at = time("auth")},
                         .issued = time("issued"),
                         .expires = time("expires")};
}

outcome<caller> read_access_token(call& c, std::string_view text) {
    auto const wrong = not_authorised("Invalid Access Token");
    auto const token = identity::decode_token(text);
    if (!token)
        return wrong;
    auto const& claims = token->claims;
    auto const claim = [&](std::string_view name) {
        return json::find_string(claims, name).value_or("");
    };
    auto const* issuer = c.world.cognito_idp.find_pool_by_issuer(claim("iss"));
    if (issuer == nullptr || !issuer->keys)
        return wrong;
    auto& pool = *c.world.cognito_idp.find_pool(issuer->id);
    auto const& key = pool.keys->access_token;
    auto const expires = json::find_integer(claims, "exp");
    auto const issued = json::find_integer(claims, "iat");
    if (token->key_id != key.key_id || !identity::is_signed_by(*token, key.modulus, key.exponent) ||
        claim("token_use") != "access" || claim("scope") != self_service_scope || !expires ||
        !issued)
        return wrong;
    if (*expires <= epoch_seconds(c.now))
        return not_authorised("Access Token has expired");
    if (!pool.clients.contains(claim("client_id")))
        return wrong;
    auto const* found = pool.find_user_by_sub(claim("sub"));
    if (found == nullptr)
        return missing_user();
    if (!found->enabled)
        return not_authorised("User is disabled.");
    if (is_revoked(pool, *found, claim("origin_jti"), utc_time(std::chrono::seconds(*issued))))
        return not_authorised("Access Token has been revoked");
    return caller{.pool = &pool,
                  .user = pool.find_user(found->username),
                  .client_id = std::string(claim("client_id")),
                  .origin_jti = std::string(claim("origin_jti"))};
}

bool is_revoked(user_pool const& pool, user const& who, std::string_view origin_jti,
                utc_time issued) {
    using std::chrono::floor;
    using std::chrono::seconds;
    return pool.revoked.contains(std::string(origin_jti)) ||
           floor<seconds>(issued) < floor<seconds>(who.tokens_valid_from);
}

void revoke_sign_in(call& c, user_pool& pool, std::string_view origin_jti, utc_time until) {
    std::erase_if(pool.revoked, [&](auto const& entry) {
        if (entry.second > c.now)
            return false;
        c.persist.push_back(forget(print_revocation(pool, entry.first, entry.second)));
        return true;
    });
    pool.revoked[std::string(origin_jti)] = until;
    c.persist.push_back(print_revocation(pool, origin_jti, until));
}

void sign_out_everywhere(call& c, user_pool& pool, user& who) {
    using std::chrono::floor;
    using std::chrono::seconds;
    for (auto const& [origin_jti, issued] : who.just_issued)
        if (floor<seconds>(issued) == floor<seconds>(c.now))
            // Refresh tokens live ten years at most.
            revoke_sign_in(c, pool, origin_jti, c.now + std::chrono::hours(24 * 3650));
    who.just_issued.clear();
    who.tokens_valid_from = c.now;
    save(c, pool, who);
}

} // namespace cogniot::cloud::cognito_idp
