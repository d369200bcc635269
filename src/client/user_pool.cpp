#include "client/user_pool.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"
#include "client/id_token.hpp"
#include "crypto/digest.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::client {
namespace {

constexpr std::string_view attribute_prefix = "userAttributes.";

void add_secret_hash(json::object& to, app_client const& app, std::string_view user_name) {
    if (!app.client_secret.empty())
        to["SECRET_HASH"] = secret_hash(app, user_name);
}

challenge::kind kind_of(std::string_view name) {
    if (name == "NEW_PASSWORD_REQUIRED")
        return challenge::kind::new_password_required;
    if (name == "SOFTWARE_TOKEN_MFA")
        return challenge::kind::software_token_mfa;
    if (name == "SMS_MFA")
        return challenge::kind::sms_mfa;
    return challenge::kind::other;
}

challenge read_challenge(json::object const& answer, std::string_view name,
                         std::string const& user_name) {
    challenge out{.what = kind_of(name), .name = std::string(name), .user_name = user_name};
    out.session = secret(std::string(json::find_string(answer, "Session").value_or("")));
    if (auto const* parameters = json::find_object(answer, "ChallengeParameters"))
        for (auto const& [key, value] : *parameters)
            if (value.is_string())
                out.parameters.emplace(std::string(key), std::string(value.get_string()));
    if (auto const found = out.parameters.find("USER_ID_FOR_SRP"); found != out.parameters.end())
        out.user_name = found->second;
    return out;
}

result<tokens> read_tokens(json::object const& answer, utc_time now) {
    auto const* in = json::find_object(answer, "AuthenticationResult");
    if (in == nullptr)
        return fail(errc::answer_not_understood,
                    "the user pool answered neither tokens nor a challenge");
    auto const id = json::find_string(*in, "IdToken");
    if (!id)
        return fail(errc::answer_not_understood, "the user pool's answer has no IdToken");
    auto claims = read_id_token(*id);
    if (!claims)
        return claims.error();
    return tokens{
        .id_token = secret(std::string(*id)),
        .access_token = secret(std::string(json::find_string(*in, "AccessToken").value_or(""))),
        .refresh_token = secret(std::string(json::find_string(*in, "RefreshToken").value_or(""))),
        .id_token_expires = now + claims->life,
        .sub = claims->sub,
        .user_name = claims->user_name,
        .provider = claims->provider()};
}

aws_call user_pool_call(std::string operation, json::object const& body, bool is_signed = false) {
    return {.to = service::cognito_idp,
            .operation = std::move(operation),
            .body = json::print(body),
            .is_signed = is_signed};
}

} // namespace

std::string secret_hash(app_client const& app, std::string_view user_name) {
    return encode_base64(
        crypto::hmac_sha256(app.client_secret.reveal(), std::string(user_name) + app.id).view());
}

std::vector<std::string> challenge::required_attributes() const {
    std::vector<std::string> attributes;
    auto const found = parameters.find("requiredAttributes");
    if (found == parameters.end())
        return attributes;
    auto const list = json::parse(found->second);
    if (!list || !list->is_array())
        return attributes;
    for (auto const& entry : list->get_array()) {
        if (!entry.is_string())
            continue;
        std::string_view attribute = entry.get_string();
        if (attribute.starts_with(attribute_prefix))
            attribute.remove_prefix(attribute_prefix.size());
        attributes.emplace_back(attribute);
    }
    return attributes;
}

challenge_answer answer_new_password(secret new_password,
                                     std::map<std::string, std::string> const& attributes) {
    challenge_answer out{{"NEW_PASSWORD", std::move(new_password)}};
    for (auto const& [name, value] : attributes)
        out.emplace(std::string(attribute_prefix) + name, secret(value));
    return out;
}

challenge_answer answer_code(challenge const& to, secret code) {
    // Cognito's rule: the member is the challenge's name with `_CODE`.
    return {{to.name + "_CODE", std::move(code)}};
}

aws_call make_initiate_auth(app_client const& app, user_password const& user) {
    json::object parameters{{"USERNAME", user.user_name}, {"PASSWORD", user.password.reveal()}};
    add_secret_hash(parameters, app, user.user_name);
    return user_pool_call("InitiateAuth", {{"AuthFlow", "USER_PASSWORD_AUTH"},
                                           {"ClientId", app.id},
                                           {"AuthParameters", std::move(parameters)}});
}

aws_call make_refresh(app_client const& app, tokens const& old) {
    json::object parameters{{"REFRESH_TOKEN", old.refresh_token.reveal()}};
    add_secret_hash(parameters, app, old.user_name);
    return user_pool_call("InitiateAuth", {{"AuthFlow", "REFRESH_TOKEN_AUTH"},
                                           {"ClientId", app.id},
                                           {"AuthParameters", std::move(parameters)}});
}

aws_call make_respond(app_client const& app, challenge const& to, challenge_answer const& answer) {
    json::object responses{{"USERNAME", to.user_name}};
    for (auto const& [name, value] : answer)
        responses[name] = value.reveal();
    add_secret_hash(responses, app, to.user_name);
    return user_pool_call("RespondToAuthChallenge", {{"ChallengeName", to.name},
                                                     {"ClientId", app.id},
                                                     {"Session", to.session.reveal()},
                                                     {"ChallengeResponses", std::move(responses)}});
}

result<sign_in_outcome> read_sign_in(json::object const& answer, std::string const& user_name,
                                     utc_time now) {
    if (auto const name = json::find_string(answer, "ChallengeName"); name && !name->empty())
        return sign_in_outcome(read_challenge(answer, *name, user_name));
    auto read = read_tokens(answer, now);
    if (!read)
        return read.error();
    return sign_in_outcome(std::move(*read));
}

result<tokens> read_refresh(json::object const& answer, tokens const& before, utc_time now) {
    auto read = read_tokens(answer, now);
    if (read && read->refresh_token.empty())
        read->refresh_token = before.refresh_token;
    return read;
}

error sign_in_error(aws_error const& refused, app_client const& app) {
    std::string const& code = refused.code;
    std::string const& said = refused.message;
    auto const says = [&](std::string_view words) { return said.find(words) != std::string::npos; };
    if (code == "NotAuthorizedException") {
        if (says("secret"))
            return fail(errc::secret_hash_refused,
                        refused.text() + (app.client_secret.empty()
                                              ? "; give the app client's secret "
                                                "(COGNIOT_APP_CLIENT_SECRET)"
                                              : "; the app client secret does not belong to app "
                                                "client `" +
                                                    printable(app.id) + "`"));
        if (says("attempts exceeded"))
            return fail(errc::sign_in_locked, refused.text());
        if (says("disabled"))
            return fail(errc::user_disabled, refused.text());
        if (says("Temporary password has expired"))
            return fail(errc::password_reset_required, refused.text());
        if (says("Incorrect username or password"))
            return fail(errc::password_refused, refused.text());
    }
    if (code == "UserNotFoundException")
        return fail(errc::password_refused, refused.text());
    if (code == "UserNotConfirmedException")
        return fail(errc::user_not_confirmed, refused.text());
    if (code == "PasswordResetRequiredException")
        return fail(errc::password_reset_required, refused.text());
    if (code == "InvalidParameterException" && says("flow not enabled"))
        return fail(errc::flow_not_enabled,
                    refused.text() + "; add ALLOW_USER_PASSWORD_AUTH to the app client's "
                                     "ExplicitAuthFlows");
    return fail(errc::sign_in_refused, refused.text());
}

error refresh_error(aws_error const& refused) {
    return fail(refused.code == "NotAuthorizedException" ||
                        refused.code == "RefreshTokenReuseException"
                    ? errc::refresh_refused
                    : errc::sign_in_refused,
                refused.text());
}

error challenge_error(aws_error const& refused, challenge const& to) {
    return fail(errc::challenge_answer_refused, to.name + ": " + refused.text());
}

aws_call make_admin_create_user(std::string const& user_pool_id, std::string const& user_name,
                                std::map<std::string, std::string> const& attributes) {
    json::array list;
    for (auto const& [name, value] : attributes)
        list.push_back(json::object{{"Name", name}, {"Value", value}});
    return user_pool_call("AdminCreateUser",
                          {{"UserPoolId", user_pool_id},
                           {"Username", user_name},
                           {"UserAttributes", std::move(list)},
                           {"MessageAction", "SUPPRESS"}},
                          true);
}

aws_call make_admin_set_password(std::string const& user_pool_id, user_password const& user) {
    return user_pool_call("AdminSetUserPassword",
                          {{"UserPoolId", user_pool_id},
                           {"Username", user.user_name},
                           {"Password", user.password.reveal()},
                           {"Permanent", true}},
                          true);
}

} // namespace cogniot::client
