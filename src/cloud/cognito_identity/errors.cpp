#include "cloud/cognito_identity/errors.hpp"

#include "base/ascii.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <algorithm>

namespace cogniot::cloud::cognito_identity {

namespace {

bool is_word(char c) {
    return is_letter_or_digit(c) || c == '_';
}

bool is_region_and_uuid(std::string_view text) {
    auto const colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size())
        return false;
    auto const region = text.substr(0, colon);
    auto const uuid = text.substr(colon + 1);
    return std::all_of(region.begin(), region.end(),
                       [](char c) { return is_word(c) || c == '-'; }) &&
           std::all_of(uuid.begin(), uuid.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
           });
}

pattern const id_pattern{R"([\w-]+:[0-9a-f-]+)", &is_region_and_uuid};

} // namespace

text_rule const pool_id_rule{.min = 1, .max = 55, .form = &id_pattern};
text_rule const identity_id_rule{.min = 1, .max = 55, .form = &id_pattern};

api_error not_authorized(std::string message) {
    return {.code = "NotAuthorizedException", .message = std::move(message)};
}
api_error invalid_parameter(std::string message) {
    return {.code = "InvalidParameterException", .message = std::move(message)};
}
api_error no_such_pool(std::string_view id) {
    return {.code = "ResourceNotFoundException",
            .message = "IdentityPool '" + std::string(id) + "' not found."};
}
api_error no_such_identity(std::string_view id) {
    return {.code = "ResourceNotFoundException",
            .message = "Identity '" + std::string(id) + "' not found."};
}
api_error identity_forbidden(std::string_view id) {
    return not_authorized("Access to Identity '" + std::string(id) + "' is forbidden.");
}
api_error role_forbidden(std::string_view arn) {
    return not_authorized("Access to Role '" + std::string(arn) + "' is forbidden.");
}
api_error wrong_pool_roles(std::string reason) {
    return {.code = "InvalidIdentityPoolConfigurationException",
            .message =
                "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
            .members = {{"reason", std::move(reason)}}};
}

std::string pool_resource(call const& c, json::object const& input) {
    auto const id = json::find_string(input, "IdentityPoolId");
    return id ? "arn:aws:cognito-identity:" + c.region + ":" + c.world.settings.account +
                    ":identitypool/" + std::string(*id)
              : "*";
}

} // namespace cogniot::cloud::cognito_identity
