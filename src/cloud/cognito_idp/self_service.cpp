// What users do about themselves, with the access token of a sign-in.
// @source spec cognito-iam-sigv4 3.5, 3.8
#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/operations.hpp"
#include "cloud/cognito_idp/passwords.hpp"
#include "cloud/cognito_idp/print_user.hpp"
#include "cloud/cognito_idp/records.hpp"
#include "cloud/cognito_idp/tokens.hpp"
#include "cloud/cognito_idp/user_attributes.hpp"
#include "crypto/digest.hpp"
#include "identity/token.hpp"

#include <boost/json.hpp>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::array;
using boost::json::object;

/// Reads AccessToken; the other members have been read before.
outcome<caller> find_caller(call& c, input_reader& in) {
    auto const token = in.text("AccessToken", rules::token);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    return read_access_token(c, token);
}

std::optional<api_error> change_attributes(call& c, caller const& by,
                                           attribute_values const& values) {
    if (auto fault = check_attributes(*by.pool, values, by.user, writer::user))
        return fault;
    auto const client = find_client(*by.pool, by.client_id);
    if (!client)
        return client.error();
    if (auto fault = check_writable(**client, values))
        return fault;
    if (auto fault = check_aliases(*by.pool, values, by.user))
        return fault;
    apply_attributes(*by.user, values);
    save(c, *by.pool, *by.user);
    return {};
}

} // namespace

outcome<object> get_user(call& c, object const& input) {
    input_reader in(input);
    auto const by = find_caller(c, in);
    if (!by)
        return by.error();
    auto const client = find_client(*by->pool, by->client_id);
    if (!client)
        return client.error();
    array attributes;
    for (auto const& pair : print_attributes(*by->user)) {
        std::string_view const name = pair.as_object().at("Name").as_string();
        auto const& readable = (*client)->read_attributes;
        if (name == "sub" || !readable || readable->contains(name))
            attributes.push_back(pair);
    }
    object out{{"Username", by->user->username}, {"UserAttributes", std::move(attributes)}};
    add_mfa_settings(out, *by->user);
    return out;
}

outcome<object> update_user_attributes(call& c, object const& input) {
    input_reader in(input);
    in.array("UserAttributes");
    auto const values = read_attributes(in, "UserAttributes");
    auto const by = find_caller(c, in);
    if (!by)
        return by.error();
    if (auto fault = change_attributes(c, *by, values))
        return *fault;
    return object{{"CodeDeliveryDetailsList", array{}}};
}

outcome<object> delete_user_attributes(call& c, object const& input) {
    input_reader in(input);
    attribute_values blanks;
    for (auto const& name : in.texts("UserAttributeNames", rules::attribute_name))
        blanks[name] = "";
    auto const by = find_caller(c, in);
    if (!by)
        return by.error();
    if (auto fault = change_attributes(c, *by, blanks))
        return *fault;
    return object{};
}

outcome<object> change_password(call& c, object const& input) {
    input_reader in(input);
    auto const previous = in.text("PreviousPassword", rules::password);
    auto const proposed = in.text("ProposedPassword", rules::password);
    auto const by = find_caller(c, in);
    if (!by)
        return by.error();
    if (find_lockout(*by->pool, *by->user, c.now))
        return refuse("LimitExceededException",
                      "Attempt limit exceeded, please try after some time.");
    if (auto fault = check_password(c, *by->pool, *by->user, previous))
        return *fault;
    if (auto fault = check_new_password(*by->pool, *by->user, proposed))
        return *fault;
    set_password(c, *by->pool, *by->user, proposed, by->user->status);
    save(c, *by->pool, *by->user);
    return object{};
}

outcome<object> delete_user(call& c, object const& input) {
    input_reader in(input);
    auto const by = find_caller(c, in);
    if (!by)
        return by.error();
    c.persist.push_back(forget(print_record(*by->pool, *by->user)));
    by->pool->erase(*by->user);
    return object{};
}

outcome<object> global_sign_out(call& c, object const& input) {
    input_reader in(input);
    auto const by = find_caller(c, in);
    if (!by)
        return by.error();
    sign_out_everywhere(c, *by->pool, *by->user);
    return object{};
}

outcome<object> revoke_token(call& c, object const& input) {
    input_reader in(input);
    auto const text = in.text("Token", rules::token);
    auto const client_id = in.text("ClientId", rules::client_id);
    auto const given =
        in.find_text("ClientSecret",
                     {.min = 1, .max = 64, .form = &patterns::word_or_plus, .is_sensitive = true});
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const found = find_client_anywhere(c, client_id);
    if (!found)
        return found.error();
    auto const& client = *found->client;
    if (!client.secret.empty() &&
        (!given || !crypto::equal_in_constant_time(*given, client.secret.reveal())))
        return refuse("UnauthorizedException", "Invalid client secret.");
    if (!client.revocation_enabled)
        return refuse("UnsupportedOperationException",
                      "Token revocation is disabled for this client.");
    if (identity::decode_token(text))
        return refuse("UnsupportedTokenTypeException", "Unsupported token type.");
    auto const token = open_refresh_token(*found->pool, text);
    if (!token)
        return invalid_parameter("Invalid Refresh Token.");
    if (token->client_id != client.id)
        return refuse("UnauthorizedException", "The token was issued to another client.");
    if (token->expires > c.now)
        revoke_sign_in(c, *found->pool, token->from.origin_jti,
                       // Access tokens minted at the last moment outlive the refresh token.
                       token->expires + std::chrono::hours(24));
    return object{};
}

} // namespace cogniot::cloud::cognito_idp
