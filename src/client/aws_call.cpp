#include "client/aws_call.hpp"

namespace cogniot::client {

std::string_view service_name(service s) {
    switch (s) {
    case service::cognito_idp:
        return "cognito-idp";
    case service::cognito_identity:
        return "cognito-identity";
    case service::iot:
        return "iot";
    }
    return "";
}

std::optional<std::string> amz_target(aws_call const& call) {
    switch (call.to) {
    case service::cognito_idp:
        return "AWSCognitoIdentityProviderService." + call.operation;
    case service::cognito_identity:
        return "AWSCognitoIdentityService." + call.operation;
    case service::iot:
        return {};
    }
    return {};
}

} // namespace cogniot::client
