// Attributes of users: read from calls, held against the pool's schema, answered.
// @source spec cognito-iam-sigv4 3.1; Cognito developer guide, "Working with user attributes"
#pragma once

#include "cloud/cognito_idp/state.hpp"
#include "cloud/input.hpp"
#include "cloud/service.hpp"

#include <boost/json/array.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::cloud::cognito_idp {

using attribute_values = std::map<std::string, std::string, std::less<>>;

/// `[{"Name": …, "Value": …}]` of a member; empty if it is absent.
attribute_values read_attributes(input_reader&, std::string_view member);

enum class writer { administrator, user };

/// Whether the values fit the pool's schema.
/// @param existing  whose attributes change; null for a user who is being made
std::optional<api_error> check_attributes(user_pool const&, attribute_values const&,
                                          user const* existing, writer);
/// Whether a client may write them.
std::optional<api_error> check_writable(user_pool_client const&, attribute_values const&);
/// Whether another user signs in with one of the values already.
/// @return AliasExistsException
std::optional<api_error> check_aliases(user_pool const&, attribute_values const&,
                                       user const* existing);

/// Changes a user: a blank value removes an attribute, and a new e-mail address or telephone
/// number is not verified unless the same change says so.
void apply_attributes(user&, attribute_values const&);

/// As answered, sorted by name, with the sub.
boost::json::array print_attributes(user const&);

} // namespace cogniot::cloud::cognito_idp
