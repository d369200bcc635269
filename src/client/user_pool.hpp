// Step 1, sign-in, as calls and answers of cognito-idp: no I/O here (steps.hpp sends them). Pure.
//
// @source botocore cognito-idp model; Cognito developer guide, "Computing secret hash values"
#pragma once

#include "base/result.hpp"
#include "client/aws_call.hpp"
#include "client/values.hpp"

#include <boost/json/fwd.hpp>

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cogniot::client {

/// The app client of a user pool that this program is.
struct app_client {
    std::string id{};
    /// Empty when the app client has no secret.
    secret client_secret{};
};

/// Base64(HMAC-SHA256(client secret, user name + client id)).
std::string secret_hash(app_client const&, std::string_view user_name);

/// What a user pool asks before it gives tokens.
struct challenge {
    enum class kind { new_password_required, software_token_mfa, sms_mfa, other };
    kind what = kind::other;
    /// Cognito's name, `NEW_PASSWORD_REQUIRED`.
    std::string name{};
    secret session{};
    /// The user name to answer with: USER_ID_FOR_SRP if given, else as sent.
    std::string user_name{};
    std::map<std::string, std::string> parameters{};

    /// NEW_PASSWORD_REQUIRED: attributes that the answer must bring, `email`.
    std::vector<std::string> required_attributes() const;
};

/// Either the end of signing in or one more question.
using sign_in_outcome = std::variant<tokens, challenge>;

/// An answer's members, `SOFTWARE_TOKEN_MFA_CODE` -> the code.
using challenge_answer = std::map<std::string, secret>;
challenge_answer answer_new_password(secret new_password,
                                     std::map<std::string, std::string> const& attributes = {});
/// The one-time code for SOFTWARE_TOKEN_MFA, SMS_MFA, EMAIL_OTP and their kind.
challenge_answer answer_code(challenge const&, secret code);

aws_call make_initiate_auth(app_client const&, user_password const&);
aws_call make_refresh(app_client const&, tokens const&);
aws_call make_respond(app_client const&, challenge const&, challenge_answer const&);

/// @param user_name  as sent
/// @param now        local clock, for the tokens' expiry
/// @errors answer_not_understood
result<sign_in_outcome> read_sign_in(boost::json::object const& answer,
                                     std::string const& user_name, utc_time now);
/// Reads the answer to make_refresh; the refresh token of `before` is kept unless a new one came.
result<tokens> read_refresh(boost::json::object const& answer, tokens const& before, utc_time now);

/// Names the refusal: which errc, and in words what to do about it.
error sign_in_error(aws_error const&, app_client const&);
error refresh_error(aws_error const&);
error challenge_error(aws_error const&, challenge const&);

/// `cogniot user add`: a user with a permanent password, no message sent.
aws_call make_admin_create_user(std::string const& user_pool_id, std::string const& user_name,
                                std::map<std::string, std::string> const& attributes);
aws_call make_admin_set_password(std::string const& user_pool_id, user_password const&);

} // namespace cogniot::client
