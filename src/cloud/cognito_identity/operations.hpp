// The operations of identity pools, one function each; groups are in the files named here.
// @source Amazon Cognito federated identities API reference (2014-06-30); spec cognito-iam-sigv4 4
#pragma once

#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

namespace cogniot::cloud::cognito_identity {

// pools.cpp
outcome<boost::json::object> create_identity_pool(call&, boost::json::object const&);
outcome<boost::json::object> describe_identity_pool(call&, boost::json::object const&);
outcome<boost::json::object> update_identity_pool(call&, boost::json::object const&);
outcome<boost::json::object> list_identity_pools(call&, boost::json::object const&);
outcome<boost::json::object> delete_identity_pool(call&, boost::json::object const&);

// pool_roles.cpp
outcome<boost::json::object> set_identity_pool_roles(call&, boost::json::object const&);
outcome<boost::json::object> get_identity_pool_roles(call&, boost::json::object const&);

// sign_in.cpp
outcome<boost::json::object> get_id(call&, boost::json::object const&);
outcome<boost::json::object> get_credentials_for_identity(call&, boost::json::object const&);
outcome<boost::json::object> get_open_id_token(call&, boost::json::object const&);

// identities.cpp
outcome<boost::json::object> describe_identity(call&, boost::json::object const&);
outcome<boost::json::object> list_identities(call&, boost::json::object const&);
outcome<boost::json::object> delete_identities(call&, boost::json::object const&);
outcome<boost::json::object> unlink_identity(call&, boost::json::object const&);

} // namespace cogniot::cloud::cognito_identity
