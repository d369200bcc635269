// What an app client is set to: read from CreateUserPoolClient and UpdateUserPoolClient, and
// answered again.
#pragma once

#include "cloud/cognito_idp/state.hpp"
#include "cloud/input.hpp"
#include "cloud/service.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace cogniot::cloud::cognito_idp {

/// Reads what both operations may set; what is absent gets AWS's default.
/// @return what is wrong beyond shapes; shapes are noted in the reader
std::optional<api_error> read_client_settings(input_reader&, boost::json::object const& input,
                                              user_pool_client&);

/// UserPoolClientType with the secret, as DescribeUserPoolClient answers it.
boost::json::object print_client(user_pool const&, user_pool_client const&);

/// Whether the client may sign users in by this flow, e.g. `USER_PASSWORD_AUTH`.
/// @param flow  as InitiateAuth names it; synonyms are known
bool allows_flow(user_pool_client const&, std::string_view flow);

} // namespace cogniot::cloud::cognito_idp
