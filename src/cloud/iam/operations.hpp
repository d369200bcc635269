// The operations of IAM, one function each; groups are in the files named here.
// @source IAM API reference (2010-05-08); spec cognito-iam-sigv4 6.1
#pragma once

#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

#include <string>

namespace cogniot::cloud::iam {

// roles.cpp
outcome<boost::json::object> create_role(call&, boost::json::object const&);
outcome<boost::json::object> get_role(call&, boost::json::object const&);
outcome<boost::json::object> list_roles(call&, boost::json::object const&);
outcome<boost::json::object> delete_role(call&, boost::json::object const&);
outcome<boost::json::object> update_assume_role_policy(call&, boost::json::object const&);

// role_settings.cpp
outcome<boost::json::object> update_role(call&, boost::json::object const&);
outcome<boost::json::object> tag_role(call&, boost::json::object const&);
outcome<boost::json::object> untag_role(call&, boost::json::object const&);

// role_policies.cpp
outcome<boost::json::object> put_role_policy(call&, boost::json::object const&);
outcome<boost::json::object> get_role_policy(call&, boost::json::object const&);
outcome<boost::json::object> list_role_policies(call&, boost::json::object const&);
outcome<boost::json::object> delete_role_policy(call&, boost::json::object const&);

// managed_policies.cpp
outcome<boost::json::object> create_policy(call&, boost::json::object const&);
outcome<boost::json::object> get_policy(call&, boost::json::object const&);
outcome<boost::json::object> list_policies(call&, boost::json::object const&);
outcome<boost::json::object> delete_policy(call&, boost::json::object const&);

// policy_versions.cpp
outcome<boost::json::object> create_policy_version(call&, boost::json::object const&);
outcome<boost::json::object> get_policy_version(call&, boost::json::object const&);
outcome<boost::json::object> list_policy_versions(call&, boost::json::object const&);
outcome<boost::json::object> set_default_policy_version(call&, boost::json::object const&);
outcome<boost::json::object> delete_policy_version(call&, boost::json::object const&);

// attachments.cpp
outcome<boost::json::object> attach_role_policy(call&, boost::json::object const&);
outcome<boost::json::object> detach_role_policy(call&, boost::json::object const&);
outcome<boost::json::object> list_attached_role_policies(call&, boost::json::object const&);

// simulate.cpp
outcome<boost::json::object> simulate_principal_policy(call&, boost::json::object const&);
outcome<boost::json::object> simulate_custom_policy(call&, boost::json::object const&);
/// The resource IAM is asked about for SimulatePrincipalPolicy.
std::string policy_source_resource(call const&, boost::json::object const&);

// users.cpp
outcome<boost::json::object> get_user(call&, boost::json::object const&);

} // namespace cogniot::cloud::iam
