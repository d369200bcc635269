// What guests may do at most, whatever their role allows.
//
// AWS intersects the credentials of unauthenticated identities (enhanced flow) with a session
// policy that lists whole services. @source Amazon Cognito developer guide, "Access policies for
// unauthenticated identities"; spec cognito-iam-sigv4 4.5
#pragma once

#include "policy/document.hpp"

namespace cogniot::cloud::cognito_identity {

/// Compiled once. Its exact text on AWS is not published; the services are.
policy::document const& guest_scope_down();

} // namespace cogniot::cloud::cognito_identity
