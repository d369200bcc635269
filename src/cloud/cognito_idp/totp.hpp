// Codes of authenticator apps, spent once.
#pragma once

#include "cloud/cognito_idp/state.hpp"
#include "cloud/service.hpp"

#include <optional>
#include <string_view>

namespace cogniot::cloud::cognito_idp {

/// Accepts a code of the user's authenticator app and remembers that it is spent.
/// @return SoftwareTokenMFANotFoundException, CodeMismatchException, ExpiredCodeException
std::optional<api_error> spend_code(call&, user&, std::string_view code);

/// Whether the code is one of this secret's (base32) around now.
bool is_code_of(secret const&, std::string_view code, utc_time now);

} // namespace cogniot::cloud::cognito_idp
