// The operations of STS, one function each; groups are in the files named here.
// @source AWS STS API reference (2011-06-15); spec cognito-iam-sigv4 6.3
#pragma once

#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

namespace cogniot::cloud::sts {

// caller.cpp
outcome<boost::json::object> get_caller_identity(call&, boost::json::object const&);
outcome<boost::json::object> get_session_token(call&, boost::json::object const&);

// assume_role.cpp
outcome<boost::json::object> assume_role(call&, boost::json::object const&);

// assume_role_with_web_identity.cpp
outcome<boost::json::object> assume_role_with_web_identity(call&, boost::json::object const&);

} // namespace cogniot::cloud::sts
