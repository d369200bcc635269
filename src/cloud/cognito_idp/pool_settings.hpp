// What a user pool is set to: read from CreateUserPool and UpdateUserPool, and answered again.
#pragma once

#include "cloud/cognito_idp/state.hpp"
#include "cloud/input.hpp"
#include "cloud/service.hpp"

#include <boost/json/object.hpp>

#include <optional>

namespace cogniot::cloud::cognito_idp {

/// Reads what both operations may set; what is absent gets AWS's default.
/// @return what is wrong beyond shapes; shapes are noted in the reader
std::optional<api_error> read_pool_settings(input_reader&, boost::json::object const& input,
                                            user_pool&);

/// Reads what is fixed when the pool is made: names users sign in with, and the schema.
std::optional<api_error> read_pool_foundation(input_reader&, user_pool&);

/// UserPoolType, as DescribeUserPool answers it.
boost::json::object print_pool(user_pool const&);

} // namespace cogniot::cloud::cognito_idp
