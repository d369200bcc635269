#include "client/aws_call.hpp"

#include "client/errors.hpp"

namespace cogniot::client {

std::string_view service_name(service s) {
    switch (s) {
    case service::cognito_idp:
        return "cognito-idp";
    case service::cognito_identity:
        return "cognito-identity";
    case service::iam:
        return "iam";
    case service::iot:
        return "iot";
    case service::logs:
        return "logs";
    case service::sts:
        return "sts";
    }
    return "";
}

std::string permission_of(aws_call const& call) {
    return std::string(service_name(call.to)) + ":" + call.operation;
}

std::string_view content_type(wire_form form) {
    switch (form) {
    case wire_form::json_1_1:
        return "application/x-amz-json-1.1";
    case wire_form::query_xml:
        return "application/x-www-form-urlencoded; charset=utf-8";
    case wire_form::rest_json:
        return "application/json";
    }
    return "";
}

std::optional<std::string> amz_target(aws_call const& call) {
    switch (call.to) {
    case service::cognito_idp:
        return "AWSCognitoIdentityProviderService." + call.operation;
    case service::cognito_identity:
        return "AWSCognitoIdentityService." + call.operation;
    case service::logs:
        return "Logs_20140328." + call.operation;
    default:
        return {};
    }
}

error incomplete_answer(std::string const& operation, std::string const& lacking) {
    return fail(errc::answer_not_understood, operation + " answered without " + lacking);
}

} // namespace cogniot::client
