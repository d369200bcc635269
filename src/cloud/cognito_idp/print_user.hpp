// Users as AWS answers them.
#pragma once

#include "cloud/cognito_idp/state.hpp"

#include <boost/json/object.hpp>

namespace cogniot::cloud::cognito_idp {

/// UserType: {Username, Attributes, UserCreateDate, UserLastModifiedDate, Enabled, UserStatus}.
boost::json::object print_user(user const&);

/// Adds PreferredMfaSetting and UserMFASettingList where there is something to say.
void add_mfa_settings(boost::json::object& answer, user const&);

} // namespace cogniot::cloud::cognito_idp
