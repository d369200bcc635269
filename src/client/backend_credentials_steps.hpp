// The steps of AWS's credential chain, one function each. Internal to backend_credentials_*.cpp.
#pragma once

#include "client/backend_credentials_plan.hpp"

#include <variant>

namespace cogniot::client {

/// `environment: AWS_ACCESS_KEY_ID is not set`
struct not_configured {
    std::string why{};
};
using planned_step = std::variant<credential_source, not_configured>;

result<planned_step> from_environment(surroundings const&);
result<planned_step> from_profile_role(aws_config const&, surroundings const&);
result<planned_step> from_web_identity_variables(aws_config const&, surroundings const&);
result<planned_step> from_profile_web_identity(aws_config const&, surroundings const&);
result<planned_step> from_profile_keys(aws_config const&, surroundings const&);
result<planned_step> from_profile_process(aws_config const&, surroundings const&);
result<planned_step> from_container(aws_config const&, surroundings const&);
result<planned_step> from_instance_metadata(aws_config const&, surroundings const&);

} // namespace cogniot::client
