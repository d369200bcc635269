#include "cloud/cognito_idp/totp.hpp"

#include "cloud/cognito_idp/entity.hpp"
#include "identity/totp.hpp"

namespace cogniot::cloud::cognito_idp {

std::optional<api_error> spend_code(call& c, user& who, std::string_view code) {
    auto const bytes = identity::decode_base32(who.totp_secret.reveal());
    if (who.totp_secret.empty() || !bytes)
        return refuse("SoftwareTokenMFANotFoundException",
                      "Software Token MFA does not exist for the user.");
    auto const step = identity::find_totp_step(*bytes, code, c.now, who.totp_last_step);
    if (step) {
        who.totp_last_step = *step;
        return {};
    }
    if (identity::find_totp_step(*bytes, code, c.now, 0))
        return refuse("ExpiredCodeException", "Your software token has already been used once.");
    return refuse("CodeMismatchException", "Invalid code received for user");
}

bool is_code_of(secret const& shared, std::string_view code, utc_time now) {
    auto const bytes = identity::decode_base32(shared.reveal());
    return bytes && !bytes->empty() && identity::find_totp_step(*bytes, code, now, 0).has_value();
}

} // namespace cogniot::cloud::cognito_idp
