// Second factors: what a pool offers, and what its users set up.
// @source spec cognito-iam-sigv4 3.5, 3.6
#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/operations.hpp"
#include "cloud/cognito_idp/records.hpp"
#include "cloud/cognito_idp/sign_in.hpp"
#include "cloud/cognito_idp/tokens.hpp"
#include "cloud/cognito_idp/totp.hpp"
#include "identity/totp.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <array>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::object;

constexpr std::array<std::string_view, 3> modes{"OFF", "ON", "OPTIONAL"};
constexpr text_rule code_rule{.min = 6, .max = 6, .form = &patterns::digits, .is_sensitive = true};
constexpr text_rule device_rule{.max = 131'072};

object print_configuration(user_pool const& pool) {
    object out;
    if (auto const settings = json::parse_object(pool.settings)) {
        object sms;
        if (auto const* configuration = json::find_object(*settings, "SmsConfiguration"))
            sms["SmsConfiguration"] = *configuration;
        if (auto const text = json::find_string(*settings, "SmsAuthenticationMessage"))
            sms["SmsAuthenticationMessage"] = *text;
        if (pool.sms_mfa && !sms.empty())
            out["SmsMfaConfiguration"] = std::move(sms);
    }
    out["SoftwareTokenMfaConfiguration"] = object{{"Enabled", pool.software_token_mfa}};
    out["MfaConfiguration"] = print(pool.mfa);
    return out;
}

/// Takes SmsMfaConfiguration over into the pool's settings, where DescribeUserPool shows it.
std::string with_sms(std::string const& settings, object const& sms) {
    auto merged = json::parse_object(settings).value();
    for (auto const* member : {"SmsConfiguration", "SmsAuthenticationMessage"})
        if (auto const* value = sms.if_contains(member); value != nullptr && !value->is_null())
            merged[member] = *value;
    return json::print(merged);
}

/// One of {Enabled, PreferredMfa}.
struct preference {
    std::optional<bool> enabled;
    bool preferred = false;
};

preference read_preference(input_reader& in, std::string_view member) {
    auto const* settings = in.find_object(member);
    if (settings == nullptr)
        return {};
    auto inside = in.inside(member, *settings);
    auto const enabled = inside.find_flag("Enabled");
    return {.enabled = enabled.value_or(false),
            .preferred = inside.find_flag("PreferredMfa").value_or(false)};
}

struct preferences {
    preference software_token;
    preference sms;
    preference email;
};

preferences read_preferences(input_reader& in) {
    return {.software_token = read_preference(in, "SoftwareTokenMfaSettings"),
            .sms = read_preference(in, "SMSMfaSettings"),
            .email = read_preference(in, "EmailMfaSettings")};
}

api_error cannot_be_used(mfa_method method) {
    return invalid_parameter("User does not have delivery config set to turn on " +
                             std::string(print(method)));
}

outcome<object> set_preferences(call& c, user_pool& pool, user& who, preferences const& wanted) {
    if (wanted.email.enabled.value_or(false))
        return invalid_parameter("EMAIL_OTP is not supported by this local cloud yet.");
    if (wanted.software_token.preferred && wanted.sms.preferred)
        return invalid_parameter(
            "You can set only one MFA method as preferred MFA method for the user.");
    if (wanted.software_token.enabled.value_or(false) && who.totp_secret.empty())
        return cannot_be_used(mfa_method::software_token);
    if (wanted.sms.enabled.value_or(false) && !who.attributes.contains("phone_number"))
        return cannot_be_used(mfa_method::sms);
    auto const apply = [&](mfa_method method, preference const& p) {
        if (!p.enabled)
            return;
        if (*p.enabled)
            who.mfa_enabled.insert(method);
        else
            who.mfa_enabled.erase(method);
        if (*p.enabled && p.preferred)
            who.mfa_preferred = method;
        else if (who.mfa_preferred == method)
            who.mfa_preferred.reset();
    };
    apply(mfa_method::software_token, wanted.software_token);
    apply(mfa_method::sms, wanted.sms);
    save(c, pool, who);
    return object{};
}

/// The session of a sign-in that waits for a second factor to be set up.
outcome<challenge_session*> find_setup_session(call& c, std::string_view id) {
    auto const found = find_session(c, id);
    if (found && (*found)->waits_for != challenge::mfa_setup)
        return not_authorised("Invalid session for the user.");
    return found;
}

/// Puts the session under a new ID: each answer carries its own.
std::string rename_session(call& c, std::string_view id) {
    auto& sessions = c.world.cognito_idp.sessions;
    auto node = sessions.extract(std::string(id));
    auto fresh = random_text(
        c.random, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 192);
    node.key() = fresh;
    sessions.insert(std::move(node));
    return fresh;
}

api_error code_mismatch() {
    return refuse("EnableSoftwareTokenMFAException",
                  "Code mismatch and fail enable Software Token MFA");
}

} // namespace

outcome<object> set_user_pool_mfa_config(call& c, object const& input) {
    input_reader in(input);
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    auto const mode = in.find_text("MfaConfiguration", {.values = modes});
    auto const* sms = in.find_object("SmsMfaConfiguration");
    auto const* token = in.find_object("SoftwareTokenMfaConfiguration");
    bool has_token = false;
    if (token != nullptr)
        has_token =
            in.inside("softwareTokenMfaConfiguration", *token).find_flag("Enabled").value_or(false);
    auto const* email = in.find_object("EmailMfaConfiguration");
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const found = find_pool(c, pool_id);
    if (!found)
        return found.error();
    auto& pool = **found;
    if (email != nullptr && !email->empty())
        return invalid_parameter("EmailMfaConfiguration is not supported by this local cloud yet.");
    auto const wanted = mode == "ON"         ? mfa_mode::on
                        : mode == "OPTIONAL" ? mfa_mode::optional
                                             : mfa_mode::off;
    // @source moto's checks of the same operation
    if (wanted == mfa_mode::off && (sms != nullptr || has_token))
        return invalid_parameter(
            "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.");
    bool const has_sms = sms != nullptr && json::find_object(*sms, "SmsConfiguration") != nullptr;
    if (wanted != mfa_mode::off && !has_sms && !has_token)
        return invalid_parameter("At least one of [SmsMfaConfiguration] or "
                                 "[SoftwareTokenMfaConfiguration] must be provided.");
    pool.mfa = wanted;
    pool.software_token_mfa = has_token;
    pool.sms_mfa = has_sms;
    if (sms != nullptr)
        pool.settings = with_sms(pool.settings, *sms);
    pool.modified = c.now;
    c.persist.push_back(print_record(pool));
    return print_configuration(pool);
}

outcome<object> get_user_pool_mfa_config(call& c, object const& input) {
    input_reader in(input);
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    return print_configuration(**pool);
}

outcome<object> associate_software_token(call& c, object const& input) {
    input_reader in(input);
    auto const token = in.find_text("AccessToken", rules::token);
    auto const session_id = in.find_text("Session", rules::session);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    if (token.has_value() == session_id.has_value())
        return invalid_parameter("Either AccessToken or Session is required.");
    auto const offered = identity::make_totp_secret(c.random);
    if (token) {
        auto const by = read_access_token(c, *token);
        if (!by)
            return by.error();
        by->user->totp_offered = secret(offered);
        save(c, *by->pool, *by->user);
        return object{{"SecretCode", offered}};
    }
    auto const session = find_setup_session(c, *session_id);
    if (!session)
        return session.error();
    (*session)->totp_secret = secret(offered);
    (*session)->totp_verified = false;
    return object{{"SecretCode", offered}, {"Session", rename_session(c, *session_id)}};
}

outcome<object> verify_software_token(call& c, object const& input) {
    input_reader in(input);
    auto const token = in.find_text("AccessToken", rules::token);
    auto const session_id = in.find_text("Session", rules::session);
    auto const code = in.text("UserCode", code_rule);
    auto const device = in.find_text("FriendlyDeviceName", device_rule).value_or("");
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    if (token.has_value() == session_id.has_value())
        return invalid_parameter("Either AccessToken or Session is required.");
    if (token) {
        auto const by = read_access_token(c, *token);
        if (!by)
            return by.error();
        auto& who = *by->user;
        if (!is_code_of(who.totp_offered, code, c.now))
            return code_mismatch();
        who.totp_secret = std::exchange(who.totp_offered, secret());
        who.totp_last_step = 0;
        who.totp_device_name = device;
        // A pool that insists on a second factor uses the first one that works.
        if (by->pool->mfa == mfa_mode::on)
            who.mfa_enabled.insert(mfa_method::software_token);
        save(c, *by->pool, who);
        return object{{"Status", "SUCCESS"}};
    }
    auto const session = find_setup_session(c, *session_id);
    if (!session)
        return session.error();
    if (!is_code_of((*session)->totp_secret, code, c.now))
        return code_mismatch();
    (*session)->totp_verified = true;
    (*session)->totp_device_name = device;
    return object{{"Status", "SUCCESS"}, {"Session", rename_session(c, *session_id)}};
}

outcome<object> set_user_mfa_preference(call& c, object const& input) {
    input_reader in(input);
    auto const wanted = read_preferences(in);
    auto const token = in.text("AccessToken", rules::token);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const by = read_access_token(c, token);
    if (!by)
        return by.error();
    return set_preferences(c, *by->pool, *by->user, wanted);
}

outcome<object> admin_set_user_mfa_preference(call& c, object const& input) {
    input_reader in(input);
    auto const wanted = read_preferences(in);
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    return set_preferences(c, *found->pool, *found->user, wanted);
}

} // namespace cogniot::cloud::cognito_idp
