// The operations of user pools, one function each; groups are in the files named here.
// @source Cognito user pools API reference (2016-04-18); spec cognito-iam-sigv4 3
#pragma once

#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

namespace cogniot::cloud::cognito_idp {

// pools.cpp
outcome<boost::json::object> create_user_pool(call&, boost::json::object const&);
outcome<boost::json::object> describe_user_pool(call&, boost::json::object const&);
outcome<boost::json::object> list_user_pools(call&, boost::json::object const&);
outcome<boost::json::object> update_user_pool(call&, boost::json::object const&);
outcome<boost::json::object> delete_user_pool(call&, boost::json::object const&);

// clients.cpp
outcome<boost::json::object> create_user_pool_client(call&, boost::json::object const&);
outcome<boost::json::object> describe_user_pool_client(call&, boost::json::object const&);
outcome<boost::json::object> list_user_pool_clients(call&, boost::json::object const&);
outcome<boost::json::object> update_user_pool_client(call&, boost::json::object const&);
outcome<boost::json::object> delete_user_pool_client(call&, boost::json::object const&);

// users.cpp
outcome<boost::json::object> admin_create_user(call&, boost::json::object const&);
outcome<boost::json::object> admin_set_user_password(call&, boost::json::object const&);
outcome<boost::json::object> admin_reset_user_password(call&, boost::json::object const&);
outcome<boost::json::object> admin_get_user(call&, boost::json::object const&);
outcome<boost::json::object> admin_delete_user(call&, boost::json::object const&);
outcome<boost::json::object> admin_enable_user(call&, boost::json::object const&);
outcome<boost::json::object> admin_disable_user(call&, boost::json::object const&);
outcome<boost::json::object> admin_user_global_sign_out(call&, boost::json::object const&);
outcome<boost::json::object> admin_update_user_attributes(call&, boost::json::object const&);
outcome<boost::json::object> admin_delete_user_attributes(call&, boost::json::object const&);
// list_users.cpp
outcome<boost::json::object> list_users(call&, boost::json::object const&);

// groups.cpp
outcome<boost::json::object> create_group(call&, boost::json::object const&);
outcome<boost::json::object> get_group(call&, boost::json::object const&);
outcome<boost::json::object> update_group(call&, boost::json::object const&);
outcome<boost::json::object> delete_group(call&, boost::json::object const&);
outcome<boost::json::object> list_groups(call&, boost::json::object const&);
outcome<boost::json::object> admin_add_user_to_group(call&, boost::json::object const&);
outcome<boost::json::object> admin_remove_user_from_group(call&, boost::json::object const&);
outcome<boost::json::object> admin_list_groups_for_user(call&, boost::json::object const&);
outcome<boost::json::object> list_users_in_group(call&, boost::json::object const&);

// authentication.cpp
outcome<boost::json::object> initiate_auth(call&, boost::json::object const&);
outcome<boost::json::object> admin_initiate_auth(call&, boost::json::object const&);
// challenges.cpp
outcome<boost::json::object> respond_to_auth_challenge(call&, boost::json::object const&);
outcome<boost::json::object> admin_respond_to_auth_challenge(call&, boost::json::object const&);

// self_service.cpp: called with an access token
outcome<boost::json::object> get_user(call&, boost::json::object const&);
outcome<boost::json::object> update_user_attributes(call&, boost::json::object const&);
outcome<boost::json::object> delete_user_attributes(call&, boost::json::object const&);
outcome<boost::json::object> change_password(call&, boost::json::object const&);
outcome<boost::json::object> delete_user(call&, boost::json::object const&);
outcome<boost::json::object> global_sign_out(call&, boost::json::object const&);
outcome<boost::json::object> revoke_token(call&, boost::json::object const&);

// mfa.cpp
outcome<boost::json::object> set_user_pool_mfa_config(call&, boost::json::object const&);
outcome<boost::json::object> get_user_pool_mfa_config(call&, boost::json::object const&);
outcome<boost::json::object> associate_software_token(call&, boost::json::object const&);
outcome<boost::json::object> verify_software_token(call&, boost::json::object const&);
outcome<boost::json::object> set_user_mfa_preference(call&, boost::json::object const&);
outcome<boost::json::object> admin_set_user_mfa_preference(call&, boost::json::object const&);

} // namespace cogniot::cloud::cognito_idp
