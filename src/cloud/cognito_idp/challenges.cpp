// RespondToAuthChallenge and AdminRespondToAuthChallenge: answers to what a sign-in was asked.
// @source spec cognito-iam-sigv4 3.6, "Challenges"
#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/operations.hpp"
#include "cloud/cognito_idp/passwords.hpp"
#include "cloud/cognito_idp/sign_in.hpp"
#include "cloud/cognito_idp/srp_sign_in.hpp"
#include "cloud/cognito_idp/totp.hpp"
#include "cloud/cognito_idp/user_attributes.hpp"
#include "crypto/digest.hpp"

#include <boost/json.hpp>

#include <array>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::object;

constexpr std::array<std::string_view, 10> challenges{
    "SMS_MFA",           "SOFTWARE_TOKEN_MFA",   "SELECT_MFA_TYPE", "MFA_SETUP",
    "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE",     "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER",
    "ADMIN_NO_SRP_AUTH", "NEW_PASSWORD_REQUIRED"};

// After so many wrong codes the sign-in starts again from the password.
constexpr int most_wrong_answers = 5;

std::optional<challenge> find_challenge(std::string_view name) {
    if (name == "NEW_PASSWORD_REQUIRED")
        return challenge::new_password_required;
    if (name == "SOFTWARE_TOKEN_MFA")
        return challenge::software_token_mfa;
    if (name == "SMS_MFA")
        return challenge::sms_mfa;
    if (name == "SELECT_MFA_TYPE")
        return challenge::select_mfa;
    if (name == "MFA_SETUP")
        return challenge::mfa_setup;
    return {};
}

/// The attributes among the responses: `userAttributes.NAME`.
attribute_values attributes_in(object const& responses) {
    constexpr std::string_view prefix = "userAttributes.";
    attribute_values out;
    for (auto const& [name, value] : responses)
        if (name.starts_with(prefix) && value.is_string())
            out[std::string(name.substr(prefix.size()))] = value.get_string();
    return out;
}

outcome<object> answer_new_password(call& c, attempt who, object const& responses) {
    auto const password = required_parameter(&responses, "NEW_PASSWORD");
    if (!password)
        return password.error();
    auto const values = attributes_in(responses);
    for (auto const& row : who.pool.schema) {
        if (!row.is_required || row.name == "sub")
            continue;
        auto const given = values.find(row.name);
        bool const has_one = who.user.attributes.contains(row.name);
        if (!has_one && (given == values.end() || given->second.empty()))
            return invalid_parameter("Invalid attributes given, " + row.name + " is missing");
        if (has_one && given != values.end())
            return not_authorised("Cannot modify an already provided " + row.name);
    }
    if (auto fault = check_attributes(who.pool, values, &who.user, writer::user))
        return *fault;
    if (auto fault = check_writable(who.client, values))
        return *fault;
    if (auto fault = check_aliases(who.pool, values, &who.user))
        return *fault;
    if (auto fault = check_new_password(who.pool, who.user, *password))
        return *fault;
    apply_attributes(who.user, values);
    set_password(c, who.pool, who.user, *password, user_status::confirmed);
    save(c, who.pool, who.user);
    return ask_second_factor(c, who);
}

outcome<object> answer_software_token(call& c, attempt who, object const& responses) {
    auto const code = required_parameter(&responses, "SOFTWARE_TOKEN_MFA_CODE");
    if (!code)
        return code.error();
    if (auto fault = spend_code(c, who.user, *code))
        return *fault;
    save(c, who.pool, who.user);
    return finish_sign_in(c, who);
}

outcome<object> answer_sms(call& c, attempt who, challenge_session const& session,
                           object const& responses) {
    auto const code = required_parameter(&responses, "SMS_MFA_CODE");
    if (!code)
        return code.error();
    if (!crypto::equal_in_constant_time(*code, session.code.reveal()))
        return refuse("CodeMismatchException", "Invalid code or auth state for the user.");
    return finish_sign_in(c, who);
}

outcome<object> answer_choice(call& c, attempt who, object const& responses) {
    auto const answer = required_parameter(&responses, "ANSWER");
    if (!answer)
        return answer.error();
    for (auto const method : usable_methods(who.pool, who.user))
        if (*answer == print(method))
            return challenge_with(c, who, method);
    return invalid_parameter("Invalid MFA type selected.");
}

/// The authenticator app that the session's AssociateSoftwareToken and VerifySoftwareToken set up.
outcome<object> answer_setup(call& c, attempt who, challenge_session const& session) {
    if (!session.totp_verified)
        return refuse("SoftwareTokenMFANotFoundException",
                      "Software Token MFA does not exist for the user.");
    who.user.totp_secret = session.totp_secret;
    who.user.totp_device_name = session.totp_device_name;
    who.user.totp_last_step = 0;
    who.user.mfa_enabled.insert(mfa_method::software_token);
    who.user.mfa_preferred = mfa_method::software_token;
    save(c, who.pool, who.user);
    return finish_sign_in(c, who);
}

outcome<object> answer(call& c, attempt who, challenge_session const& session,
                       object const& responses) {
    switch (session.waits_for) {
    case challenge::new_password_required:
        return answer_new_password(c, who, responses);
    case challenge::software_token_mfa:
        return answer_software_token(c, who, responses);
    case challenge::sms_mfa:
        return answer_sms(c, who, session, responses);
    case challenge::select_mfa:
        return answer_choice(c, who, responses);
    case challenge::mfa_setup:
        return answer_setup(c, who, session);
    }
    return not_authorised("Invalid session for the user.");
}

/// The input of both operations.
struct response {
    std::string_view name;
    std::optional<std::string_view> session;
    object const* responses;
};

outcome<object> respond(call& c, user_pool& pool, user_pool_client& client, response const& what) {
    if (what.name == "PASSWORD_VERIFIER")
        return finish_srp(c, pool, client, what.responses);
    auto const kind = find_challenge(what.name);
    if (!kind)
        return invalid_parameter(std::string(what.name) +
                                 " is not supported by this local cloud yet.");
    auto const username = required_parameter(what.responses, "USERNAME");
    if (!username)
        return username.error();
    auto const* named = pool.find_user(*username);
    auto const stored = named == nullptr ? *username : std::string_view(named->username);
    auto const sub = named == nullptr ? *username : std::string_view(named->sub);
    if (auto fault = check_secret_hash(client, find_parameter(what.responses, "SECRET_HASH"),
                                       {*username, stored, sub}))
        return *fault;
    if (!what.session)
        return invalid_parameter("Missing required parameter Session");
    auto const found = find_session(c, *what.session);
    if (!found)
        return found.error();
    auto& waiting = **found;
    if (waiting.pool_id != pool.id || waiting.client_id != client.id ||
        waiting.waits_for != *kind || named == nullptr ||
        pool.fold(named->username) != waiting.user_key)
        return not_authorised("Invalid session for the user.");
    auto& who = *pool.find_user(named->username);
    if (!who.enabled)
        return not_authorised("User is disabled.");
    // A copy: opening the next session may move or remove this one.
    auto const session = waiting;
    auto result =
        answer(c, {.pool = pool, .client = client, .user = who}, session, *what.responses);
    auto& sessions = c.world.cognito_idp.sessions;
    auto const entry = sessions.find(std::string(*what.session));
    bool const is_wrong_code = result.has_error() && result.error().code == "CodeMismatchException";
    // A right answer uses the session up; a wrong one may be corrected, but not for ever.
    if (entry != sessions.end() &&
        (result.has_value() ||
         (is_wrong_code && ++entry->second.wrong_answers >= most_wrong_answers)))
        sessions.erase(entry);
    return result;
}

response read_response(input_reader& in) {
    response out{};
    out.name = in.text("ChallengeName", {.values = challenges});
    out.session = in.find_text("Session", rules::session);
    out.responses = in.find_object("ChallengeResponses");
    return out;
}

} // namespace

outcome<object> respond_to_auth_challenge(call& c, object const& input) {
    input_reader in(input);
    auto const client_id = in.text("ClientId", rules::client_id);
    auto const what = read_response(in);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const client = find_client_anywhere(c, client_id);
    if (!client)
        return client.error();
    return respond(c, *client->pool, *client->client, what);
}

outcome<object> admin_respond_to_auth_challenge(call& c, object const& input) {
    input_reader in(input);
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    auto const client_id = in.text("ClientId", rules::client_id);
    auto const what = read_response(in);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    auto const client = find_client(**pool, client_id);
    if (!client)
        return client.error();
    return respond(c, **pool, **client, what);
}

} // namespace cogniot::cloud::cognito_idp
