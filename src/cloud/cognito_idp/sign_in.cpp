#include "cloud/cognito_idp/sign_in.hpp"

#include "base/text.hpp"
#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/outbox.hpp"
#include "cloud/cognito_idp/tokens.hpp"
#include "identity/secret_hash.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::array;
using boost::json::object;

// Sessions that nobody answers go after this; until then they are told apart from invented ones.
constexpr auto remembered_after_expiry = std::chrono::minutes(15);
constexpr std::size_t session_bytes = 144;

object challenge_answer(std::string_view name, std::string session, object parameters) {
    return {{"ChallengeName", name},
            {"Session", std::move(session)},
            {"ChallengeParameters", std::move(parameters)}};
}

outcome<object> challenge_new_password(call& c, attempt who) {
    auto const validity =
        std::chrono::hours(24) * who.pool.password_policy.temporary_password_validity_days;
    if (c.now > who.user.password_set + validity)
        return not_authorised(
            "Temporary password has expired and must be reset by an administrator.");
    array required;
    for (auto const& row : who.pool.schema)
        if (row.is_required && row.name != "sub" && !who.user.attributes.contains(row.name))
            required.emplace_back("userAttributes." + row.name);
    object attributes;
    for (auto const& [name, value] : who.user.attributes)
        attributes[name] = value;
    auto session = open_session(c, who, {.waits_for = challenge::new_password_required});
    return challenge_answer("NEW_PASSWORD_REQUIRED", std::move(session),
                            {{"USER_ID_FOR_SRP", who.user.username},
                             {"requiredAttributes", json::print(required)},
                             {"userAttributes", json::print(attributes)}});
}

object challenge_setup(call& c, attempt who) {
    array can_set_up;
    if (who.pool.software_token_mfa)
        can_set_up.emplace_back("SOFTWARE_TOKEN_MFA");
    if (who.pool.sms_mfa)
        can_set_up.emplace_back("SMS_MFA");
    auto session = open_session(c, who, {.waits_for = challenge::mfa_setup});
    return challenge_answer(
        "MFA_SETUP", std::move(session),
        {{"MFAS_CAN_SETUP", json::print(can_set_up)}, {"USER_ID_FOR_SRP", who.user.username}});
}

object challenge_choice(call& c, attempt who, std::set<mfa_method> const& methods) {
    array can_choose;
    for (auto const method : {mfa_method::sms, mfa_method::software_token})
        if (methods.contains(method))
            can_choose.emplace_back(print(method));
    auto session = open_session(c, who, {.waits_for = challenge::select_mfa});
    return challenge_answer(
        "SELECT_MFA_TYPE", std::move(session),
        {{"MFAS_CAN_CHOOSE", json::print(can_choose)}, {"USER_ID_FOR_SRP", who.user.username}});
}

} // namespace

outcome<object> continue_sign_in(call& c, attempt who) {
    switch (who.user.status) {
    case user_status::unconfirmed:
        return refuse("UserNotConfirmedException", "User is not confirmed.");
    case user_status::reset_required:
        return refuse("PasswordResetRequiredException", "Password reset required for the user");
    case user_status::force_change_password:
        return challenge_new_password(c, who);
    case user_status::confirmed:
        break;
    }
    return ask_second_factor(c, who);
}

std::set<mfa_method> usable_methods(user_pool const& pool, user const& who) {
    std::set<mfa_method> out;
    bool const has_token = pool.software_token_mfa && !who.totp_secret.empty();
    bool const has_phone = pool.sms_mfa && who.attributes.contains("phone_number");
    if (has_token && who.mfa_enabled.contains(mfa_method::software_token))
        out.insert(mfa_method::software_token);
    // A pool that insists on a second factor texts whoever has a telephone and chose nothing.
    if (has_phone && (who.mfa_enabled.contains(mfa_method::sms) ||
                      (pool.mfa == mfa_mode::on && who.mfa_enabled.empty())))
        out.insert(mfa_method::sms);
    return out;
}

outcome<object> ask_second_factor(call& c, attempt who) {
    if (who.pool.mfa == mfa_mode::off)
        return finish_sign_in(c, who);
    auto const methods = usable_methods(who.pool, who.user);
    if (methods.empty()) {
        if (who.pool.mfa == mfa_mode::optional)
            return finish_sign_in(c, who);
        return challenge_setup(c, who);
    }
    if (methods.size() == 1)
        return challenge_with(c, who, *methods.begin());
    if (who.user.mfa_preferred && methods.contains(*who.user.mfa_preferred))
        return challenge_with(c, who, *who.user.mfa_preferred);
    return challenge_choice(c, who, methods);
}

outcome<object> challenge_with(call& c, attempt who, mfa_method method) {
    if (method == mfa_method::software_token) {
        object parameters{{"USER_ID_FOR_SRP", who.user.username}};
        if (!who.user.totp_device_name.empty())
            parameters["FRIENDLY_DEVICE_NAME"] = who.user.totp_device_name;
        auto session = open_session(c, who, {.waits_for = challenge::software_token_mfa});
        return challenge_answer("SOFTWARE_TOKEN_MFA", std::move(session), std::move(parameters));
    }
    auto const phone = who.user.attributes.find("phone_number");
    if (phone == who.user.attributes.end())
        return invalid_parameter("User does not have delivery config set to turn on SMS_MFA");
    auto code = random_text(c.random, "0123456789", 6);
    send_message(c, who.pool, who.user, "SMS", phone->second, secret(code));
    auto session =
        open_session(c, who, {.waits_for = challenge::sms_mfa, .code = secret(std::move(code))});
    return challenge_answer("SMS_MFA", std::move(session),
                            {{"CODE_DELIVERY_DELIVERY_MEDIUM", "SMS"},
                             {"CODE_DELIVERY_DESTINATION", mask_phone_number(phone->second)},
                             {"USER_ID_FOR_SRP", who.user.username}});
}

object finish_sign_in(call& c, attempt who) {
    return {{"ChallengeParameters", object{}},
            {"AuthenticationResult", issue_tokens(c, who.pool, who.client, who.user)}};
}

std::string open_session(call& c, attempt who, challenge_session session) {
    auto& sessions = c.world.cognito_idp.sessions;
    std::erase_if(sessions, [&](auto const& entry) {
        return entry.second.expires + remembered_after_expiry < c.now;
    });
    session.pool_id = who.pool.id;
    session.client_id = who.client.id;
    session.user_key = who.pool.fold(who.user.username);
    session.expires = c.now + who.client.auth_session_validity;
    std::string bytes(session_bytes, '\0');
    c.random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    auto id = encode_base64url(bytes);
    sessions.emplace(id, std::move(session));
    return id;
}

outcome<challenge_session*> find_session(call& c, std::string_view id) {
    auto& sessions = c.world.cognito_idp.sessions;
    auto const found = sessions.find(std::string(id));
    if (found == sessions.end())
        return not_authorised("Invalid session for the user.");
    if (found->second.expires <= c.now)
        return not_authorised("Invalid session for the user, session is expired.");
    return &found->second;
}

std::optional<api_error> check_secret_hash(user_pool_client const& client,
                                           std::optional<std::string_view> hash,
                                           std::initializer_list<std::string_view> usernames) {
    if (client.secret.empty())
        return {};
    if (!hash)
        return not_authorised("Client " + client.id +
                              " is configured with secret but SECRET_HASH was not received");
    bool const is_right =
        std::any_of(usernames.begin(), usernames.end(), [&](std::string_view username) {
            return identity::is_secret_hash(*hash, client.secret.reveal(), username, client.id);
        });
    if (!is_right)
        return not_authorised("Unable to verify secret hash for client " + client.id);
    return {};
}

std::optional<std::string_view> find_parameter(object const* from, std::string_view name) {
    if (from == nullptr)
        return {};
    auto const found = json::find_string(*from, name);
    return found && !found->empty() ? found : std::nullopt;
}

outcome<std::string_view> required_parameter(object const* from, std::string_view name) {
    auto const found = find_parameter(from, name);
    if (!found)
        return invalid_parameter("Missing required parameter " + std::string(name));
    return *found;
}

} // namespace cogniot::cloud::cognito_idp
