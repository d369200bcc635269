// InitiateAuth and AdminInitiateAuth: the first call of a sign-in.
// @source spec cognito-iam-sigv4 3.6, with its order of checks
#include "cloud/cognito_idp/client_settings.hpp"
#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/operations.hpp"
#include "cloud/cognito_idp/passwords.hpp"
#include "cloud/cognito_idp/sign_in.hpp"
#include "cloud/cognito_idp/srp_sign_in.hpp"
#include "cloud/cognito_idp/tokens.hpp"

#include <boost/json.hpp>

#include <array>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::object;

constexpr std::array<std::string_view, 8> sign_in_flows{"USER_SRP_AUTH",
                                                        "REFRESH_TOKEN_AUTH",
                                                        "REFRESH_TOKEN",
                                                        "CUSTOM_AUTH",
                                                        "ADMIN_NO_SRP_AUTH",
                                                        "USER_PASSWORD_AUTH",
                                                        "ADMIN_USER_PASSWORD_AUTH",
                                                        "USER_AUTH"};

bool is_admin_flow(std::string_view flow) {
    return flow == "ADMIN_USER_PASSWORD_AUTH" || flow == "ADMIN_NO_SRP_AUTH";
}

bool is_refresh_flow(std::string_view flow) {
    return flow == "REFRESH_TOKEN_AUTH" || flow == "REFRESH_TOKEN";
}

/// AWS has a sentence of its own for each flow.
api_error flow_is_off(std::string_view flow) {
    if (flow == "USER_SRP_AUTH")
        return invalid_parameter("USER_SRP_AUTH is not enabled for the client.");
    if (is_admin_flow(flow))
        return invalid_parameter("Auth flow not enabled for this client");
    return invalid_parameter(std::string(flow) + " flow not enabled for this client");
}

outcome<object> sign_in_with_password(call& c, user_pool& pool, user_pool_client& client,
                                      object const* parameters) {
    auto const username = required_parameter(parameters, "USERNAME");
    if (!username)
        return username.error();
    auto const password = required_parameter(parameters, "PASSWORD");
    if (!password)
        return password.error();
    auto* found = pool.find_user(*username);
    auto const stored = found == nullptr ? *username : std::string_view(found->username);
    auto const sub = found == nullptr ? *username : std::string_view(found->sub);
    if (auto fault = check_secret_hash(client, find_parameter(parameters, "SECRET_HASH"),
                                       {*username, stored, sub}))
        return *fault;
    if (found == nullptr) {
        if (!client.hides_missing_users)
            return missing_user();
        pretend_to_check_password(pool, *username, *password);
        return not_authorised("Incorrect username or password.");
    }
    if (auto fault = check_password(c, pool, *found, *password))
        return *fault;
    return continue_sign_in(c, {.pool = pool, .client = client, .user = *found});
}

outcome<object> refresh(call& c, user_pool& pool, user_pool_client& client,
                        object const* parameters) {
    auto const text = required_parameter(parameters, "REFRESH_TOKEN");
    if (!text)
        return text.error();
    auto const hash = find_parameter(parameters, "SECRET_HASH");
    auto const token = open_refresh_token(pool, *text);
    auto const* owner = token ? pool.find_user_by_sub(token->sub) : nullptr;
    // No USERNAME travels with a refresh: the hash is over the user's real name.
    auto const username = owner == nullptr ? std::string_view{} : owner->username;
    auto const sub = owner == nullptr ? std::string_view{} : owner->sub;
    if (auto fault = check_secret_hash(client, hash, {username, sub}); fault && (owner || !hash))
        return *fault;
    if (!token || owner == nullptr || token->client_id != client.id)
        return not_authorised("Invalid Refresh Token.");
    if (token->expires <= c.now)
        return not_authorised("Refresh Token has expired");
    if (!owner->enabled)
        return not_authorised("User is disabled.");
    if (is_revoked(pool, *owner, token->from.origin_jti, token->issued) ||
        token->issued < owner->tokens_valid_from)
        return not_authorised("Refresh Token has been revoked");
    auto& who = *pool.find_user(owner->username);
    return object{{"ChallengeParameters", object{}},
                  {"AuthenticationResult", renew_tokens(c, pool, client, who, token->from)}};
}

outcome<object> initiate(call& c, user_pool& pool, user_pool_client& client, std::string_view flow,
                         object const* parameters) {
    if (flow == "CUSTOM_AUTH" || flow == "USER_AUTH") {
        if (!client.auth_flows.contains("ALLOW_" + std::string(flow)))
            return flow_is_off(flow);
        return invalid_parameter(std::string(flow) + " is not supported by this local cloud yet.");
    }
    if (!allows_flow(client, flow))
        return flow_is_off(flow);
    if (is_refresh_flow(flow))
        return refresh(c, pool, client, parameters);
    if (flow == "USER_SRP_AUTH")
        return start_srp(c, pool, client, parameters);
    return sign_in_with_password(c, pool, client, parameters);
}

} // namespace

outcome<object> initiate_auth(call& c, object const& input) {
    input_reader in(input);
    auto const flow = in.text("AuthFlow", {.values = sign_in_flows});
    auto const client_id = in.text("ClientId", rules::client_id);
    auto const* parameters = in.find_object("AuthParameters");
    in.find_text("Session", rules::session);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const client = find_client_anywhere(c, client_id);
    if (!client)
        return client.error();
    if (is_admin_flow(flow))
        return invalid_parameter("Initiate Auth method not supported.");
    return initiate(c, *client->pool, *client->client, flow, parameters);
}

outcome<object> admin_initiate_auth(call& c, object const& input) {
    input_reader in(input);
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    auto const client_id = in.text("ClientId", rules::client_id);
    auto const flow = in.text("AuthFlow", {.values = sign_in_flows});
    auto const* parameters = in.find_object("AuthParameters");
    in.find_text("Session", rules::session);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    auto const client = find_client(**pool, client_id);
    if (!client)
        return client.error();
    if (flow == "USER_PASSWORD_AUTH")
        return invalid_parameter("Initiate Auth method not supported.");
    return initiate(c, **pool, **client, flow, parameters);
}

} // namespace cogniot::cloud::cognito_idp
