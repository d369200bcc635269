// The cognito-idp service as the wire layer sees it: one row an operation.
#pragma once

#include "cloud/service.hpp"

namespace cogniot::cloud::cognito_idp {

/// Lives as long as the process.
service const& description();

} // namespace cogniot::cloud::cognito_idp
