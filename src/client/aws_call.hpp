// One call of an AWS API as a value: to which service, which operation, what body. Pure.
#pragma once

#include "client/aws_error.hpp"
#include "sigv4/sigv4.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::client {

/// The services whose APIs the client calls.
enum class service { cognito_idp, cognito_identity, iam, iot, logs, sts };
inline constexpr std::array all_services{service::cognito_idp, service::cognito_identity,
                                         service::iam,         service::iot,
                                         service::logs,        service::sts};

/// `cognito-idp`: host name prefix and SigV4 service name.
std::string_view service_name(service);

struct aws_call {
    service to = service::cognito_idp;
    /// `InitiateAuth`: for messages, and X-Amz-Target with JSON 1.1.
    std::string operation{};
    wire_form form = wire_form::json_1_1;
    std::string method = "POST";
    /// Percent-encoded path, with a query if there is one; `/` for JSON 1.1 and the query form.
    std::string path = "/";
    std::string body{};
    /// Input that travels in headers; signed like the others.
    std::vector<std::pair<std::string, std::string>> headers{};
    /// Whether the call is signed: with the backend's own credentials unless `by` says otherwise.
    bool is_signed = false;
    std::optional<sigv4::credentials> by{};
};

/// An answer that lacks what AWS's own always have. @errors answer_not_understood
error incomplete_answer(std::string const& operation, std::string const& lacking);

/// The permission that whoever signs needs: `iam:GetRole`.
std::string permission_of(aws_call const&);
/// The Content-Type header's value.
std::string_view content_type(wire_form);
/// `AWSCognitoIdentityProviderService.InitiateAuth`, or nothing unless the form is JSON 1.1.
std::optional<std::string> amz_target(aws_call const&);

} // namespace cogniot::client
