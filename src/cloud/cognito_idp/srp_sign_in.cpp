#include "cloud/cognito_idp/srp_sign_in.hpp"

#include "base/text.hpp"
#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/passwords.hpp"
#include "cloud/cognito_idp/sign_in.hpp"
#include "crypto/digest.hpp"
#include "crypto/sealed.hpp"
#include "identity/srp.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::object;
using crypto::big_integer;
namespace srp = identity::srp;

constexpr std::string_view purpose = "srp";
constexpr auto clock_tolerance = std::chrono::minutes(5);

/// What the verifier challenge is made of, for a user who exists or one who is made up.
struct srp_user {
    std::string id;
    identity::password_verifier password;
};

/// Answers about a user who does not exist: the same each time, and like those about one who does.
srp_user make_up(user_pool const& pool, std::string_view username) {
    auto const derive = [&](std::string_view what) {
        return std::string(crypto::hmac_sha256(pool.sealing_key.reveal(),
                                               std::string(what) + '\0' + pool.fold(username))
                               .view());
    };
    std::string id(username);
    if (pool.signs_in_by_attribute()) {
        auto hex = encode_hex(derive("sub").substr(0, 16));
        hex[12] = '4';
        hex[16] = "89ab"[static_cast<unsigned char>(hex[16]) % 4];
        id = hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' +
             hex.substr(16, 4) + '-' + hex.substr(20);
    }
    auto const verifier = srp::public_value(big_integer::from_bytes(derive("verifier")));
    return {.id = std::move(id),
            .password = {.salt = derive("salt").substr(0, 16), .verifier = verifier.bytes()}};
}

/// Hexadecimal as clients send it: odd lengths too.
std::optional<big_integer> parse_hex(std::string_view text) {
    auto const bytes =
        text.size() % 2 == 0 ? decode_hex(text) : decode_hex('0' + std::string(text));
    if (!bytes || text.empty())
        return {};
    return big_integer::from_bytes(*bytes);
}

/// What SECRET_BLOCK carries.
struct handshake {
    std::string user_id;
    std::string client_id;
    big_integer client_public;
    big_integer secret;
    utc_time expires;
};

std::string seal(call& c, user_pool const& pool, handshake const& what) {
    object const plain{{"user", what.user_id},
                       {"client", what.client_id},
                       {"a", encode_hex(what.client_public.bytes())},
                       {"b", encode_hex(what.secret.bytes())},
                       {"expires", what.expires.time_since_epoch().count()}};
    return crypto::seal(pool.sealing_key.reveal(), purpose, json::print(plain), c.random);
}

std::optional<handshake> unseal(user_pool const& pool, std::string_view block) {
    auto const plain = crypto::unseal(pool.sealing_key.reveal(), purpose, block);
    if (!plain)
        return {};
    auto const content = json::parse_object(*plain);
    if (!content)
        return {};
    auto const text = [&](std::string_view name) {
        return json::find_string(*content, name).value_or("");
    };
    return handshake{.user_id = std::string(text("user")),
                     .client_id = std::string(text("client")),
                     .client_public = parse_hex(text("a")).value_or(big_integer()),
                     .secret = parse_hex(text("b")).value_or(big_integer()),
                     .expires = utc_time(std::chrono::milliseconds(
                         json::find_integer(*content, "expires").value_or(0)))};
}

api_error wrong() {
    return not_authorised("Incorrect username or password.");
}

/// Whether the client signed with the right password.
bool is_proved(user_pool const& pool, handshake const& known, user const& who,
               std::string_view block, std::string_view timestamp, std::string_view signature) {
    auto const verifier = big_integer::from_bytes(who.password.verifier);
    auto const server = srp::make_server_values(verifier, known.secret);
    auto const expected =
        srp::sign_as_server({.owner = {.pool_name = pool.srp_name(), .user_id = who.username},
                             .secret_block = block,
                             .timestamp = timestamp},
                            known.client_public, server, verifier);
    return expected && !who.password.empty() &&
           crypto::equal_in_constant_time(*expected, signature);
}

} // namespace

outcome<object> start_srp(call& c, user_pool& pool, user_pool_client& client,
                          object const* parameters) {
    auto const username = required_parameter(parameters, "USERNAME");
    if (!username)
        return username.error();
    auto const client_text = required_parameter(parameters, "SRP_A");
    if (!client_text)
        return client_text.error();
    auto const* found = pool.find_user(*username);
    auto const stored = found == nullptr ? *username : std::string_view(found->username);
    auto const sub = found == nullptr ? *username : std::string_view(found->sub);
    if (auto fault = check_secret_hash(client, find_parameter(parameters, "SECRET_HASH"),
                                       {*username, stored, sub}))
        return *fault;
    auto const client_public = parse_hex(*client_text);
    if (!client_public || client_public->is_zero())
        return invalid_parameter("Incorrect SRP_A parameter.");
    if (found == nullptr && !client.hides_missing_users)
        return missing_user();
    if (found != nullptr) {
        if (auto lockout = find_lockout(pool, *found, c.now))
            return *lockout;
        if (!found->enabled)
            return not_authorised("User is disabled.");
    }
    auto const who = found == nullptr || found->password.empty()
                         ? make_up(pool, stored)
                         : srp_user{.id = found->username, .password = found->password};
    auto const server =
        srp::make_server_values(big_integer::from_bytes(who.password.verifier), c.random);
    auto const block = seal(c, pool,
                            {.user_id = who.id,
                             .client_id = client.id,
                             .client_public = *client_public,
                             .secret = server.secret,
                             .expires = c.now + client.auth_session_validity});
    return object{{"ChallengeName", "PASSWORD_VERIFIER"},
                  {"ChallengeParameters", object{{"SALT", encode_hex(who.password.salt)},
                                                 {"SECRET_BLOCK", encode_base64(block)},
                                                 {"SRP_B", encode_hex(server.public_value.bytes())},
                                                 {"USERNAME", who.id},
                                                 {"USER_ID_FOR_SRP", who.id}}}};
}

outcome<object> finish_srp(call& c, user_pool& pool, user_pool_client& client,
                           object const* responses) {
    auto const username = required_parameter(responses, "USERNAME");
    auto const block_text = required_parameter(responses, "PASSWORD_CLAIM_SECRET_BLOCK");
    auto const signature_text = required_parameter(responses, "PASSWORD_CLAIM_SIGNATURE");
    auto const timestamp = required_parameter(responses, "TIMESTAMP");
    for (auto const* part : {&username, &block_text, &signature_text, &timestamp})
        if (!*part)
            return part->error();
    auto* found = pool.find_user(*username);
    auto const stored = found == nullptr ? *username : std::string_view(found->username);
    auto const sub = found == nullptr ? *username : std::string_view(found->sub);
    if (auto fault = check_secret_hash(client, find_parameter(responses, "SECRET_HASH"),
                                       {*username, stored, sub}))
        return *fault;
    auto const block = decode_base64(*block_text);
    auto const signature = decode_base64(*signature_text);
    auto const known = block ? unseal(pool, *block) : std::nullopt;
    if (!known || !signature || known->client_id != client.id || known->expires <= c.now)
        return not_authorised("Invalid session for the user.");
    if (found == nullptr)
        return wrong(); // made up in start_srp, or gone since
    if (auto lockout = find_lockout(pool, *found, c.now))
        return *lockout;
    if (!found->enabled)
        return not_authorised("User is disabled.");
    auto const at = srp::parse_timestamp(*timestamp);
    bool const is_timely = at && *at > c.now - clock_tolerance && *at < c.now + clock_tolerance;
    if (!is_timely || known->user_id != found->username ||
        !is_proved(pool, *known, *found, *block, *timestamp, *signature)) {
        note_wrong_password(pool, *found, c.now);
        return wrong();
    }
    forget_wrong_passwords(pool, *found);
    return continue_sign_in(c, {.pool = pool, .client = client, .user = *found});
}

} // namespace cogniot::cloud::cognito_idp
