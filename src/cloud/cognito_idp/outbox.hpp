// What AWS would mail or text is put aside for the shell to show.
#pragma once

#include "cloud/cognito_idp/state.hpp"
#include "cloud/service.hpp"

#include <string>
#include <string_view>

namespace cogniot::cloud::cognito_idp {

/// @param medium  `SMS` or `EMAIL`
void send_message(call&, user_pool const&, user const&, std::string_view medium,
                  std::string_view destination, secret code);

/// `+*******1234`, as AWS shows where a code went.
std::string mask_phone_number(std::string_view number);

} // namespace cogniot::cloud::cognito_idp
