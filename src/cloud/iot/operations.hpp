// The operations of AWS IoT's control plane, one function each; groups are in the files named here.
// @source AWS IoT API reference (2015-05-28); spec cognito-iam-sigv4 7.2
#pragma once

#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

namespace cogniot::cloud::iot {

// policies.cpp
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

// attachments.cpp; the legacy …PrincipalPolicy calls say `principal` for the target
outcome<boost::json::object> attach_policy(call&, boost::json::object const&);
outcome<boost::json::object> detach_policy(call&, boost::json::object const&);
outcome<boost::json::object> list_attached_policies(call&, boost::json::object const&);
outcome<boost::json::object> attach_principal_policy(call&, boost::json::object const&);
outcome<boost::json::object> detach_principal_policy(call&, boost::json::object const&);
outcome<boost::json::object> list_targets_for_policy(call&, boost::json::object const&);
outcome<boost::json::object> list_principal_policies(call&, boost::json::object const&);
outcome<boost::json::object> list_policy_principals(call&, boost::json::object const&);

// authorization.cpp
outcome<boost::json::object> test_authorization(call&, boost::json::object const&);
outcome<boost::json::object> get_effective_policies(call&, boost::json::object const&);

// endpoint.cpp
outcome<boost::json::object> describe_endpoint(call&, boost::json::object const&);

// things.cpp
outcome<boost::json::object> create_thing(call&, boost::json::object const&);
outcome<boost::json::object> describe_thing(call&, boost::json::object const&);
outcome<boost::json::object> list_things(call&, boost::json::object const&);
outcome<boost::json::object> update_thing(call&, boost::json::object const&);
outcome<boost::json::object> delete_thing(call&, boost::json::object const&);

// certificates.cpp
outcome<boost::json::object> create_keys_and_certificate(call&, boost::json::object const&);
outcome<boost::json::object> create_certificate_from_csr(call&, boost::json::object const&);
outcome<boost::json::object> register_certificate_without_ca(call&, boost::json::object const&);
outcome<boost::json::object> describe_certificate(call&, boost::json::object const&);
outcome<boost::json::object> list_certificates(call&, boost::json::object const&);
outcome<boost::json::object> update_certificate(call&, boost::json::object const&);
outcome<boost::json::object> delete_certificate(call&, boost::json::object const&);

// thing_principals.cpp; the V2 forms tell how each is attached
outcome<boost::json::object> attach_thing_principal(call&, boost::json::object const&);
outcome<boost::json::object> detach_thing_principal(call&, boost::json::object const&);
outcome<boost::json::object> list_thing_principals(call&, boost::json::object const&);
outcome<boost::json::object> list_thing_principals_v2(call&, boost::json::object const&);
outcome<boost::json::object> list_principal_things(call&, boost::json::object const&);
outcome<boost::json::object> list_principal_things_v2(call&, boost::json::object const&);

// logging_operations.cpp
outcome<boost::json::object> set_v2_logging_options(call&, boost::json::object const&);
outcome<boost::json::object> get_v2_logging_options(call&, boost::json::object const&);
outcome<boost::json::object> set_v2_logging_level(call&, boost::json::object const&);
outcome<boost::json::object> list_v2_logging_levels(call&, boost::json::object const&);
outcome<boost::json::object> delete_v2_logging_level(call&, boost::json::object const&);

} // namespace cogniot::cloud::iot
