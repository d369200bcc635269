// One call of an AWS API as a value: to which service, which operation, what body. Pure.
#pragma once

#include "client/aws_error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cogniot::client {

/// The services whose APIs the client calls.
enum class service { cognito_idp, cognito_identity, iot };

/// `cognito-idp`: host name prefix and SigV4 service name.
std::string_view service_name(service);

struct aws_call {
    service to = service::cognito_idp;
    /// `InitiateAuth`: for messages, and X-Amz-Target with JSON 1.1.
    std::string operation{};
    wire_form form = wire_form::json_1_1;
    std::string method = "POST";
    /// Percent-encoded path, `/` for JSON 1.1.
    std::string path = "/";
    std::string body{};
    /// Whether the call is signed with the backend's own credentials.
    bool is_signed = false;
};

/// `AWSCognitoIdentityProviderService.InitiateAuth`, or nothing for REST-JSON.
std::optional<std::string> amz_target(aws_call const&);

} // namespace cogniot::client
