#include "cloud/cognito_idp/client_settings.hpp"

#include "cloud/cognito_idp/entity.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::array;
using boost::json::object;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 9> flows{
    "ADMIN_NO_SRP_AUTH",   "CUSTOM_AUTH_FLOW_ONLY",
    "USER_PASSWORD_AUTH",  "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",   "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH"};
constexpr std::array<std::string_view, 4> units{"seconds", "minutes", "hours", "days"};
constexpr std::array<std::string_view, 2> existence{"LEGACY", "ENABLED"};

// Kept and answered; there is no hosted sign-in page here that would use them.
constexpr std::array kept_client_settings{"SupportedIdentityProviders",
                                          "CallbackURLs",
                                          "LogoutURLs",
                                          "DefaultRedirectURI",
                                          "AllowedOAuthFlows",
                                          "AllowedOAuthScopes",
                                          "AnalyticsConfiguration",
                                          "EnablePropagateAdditionalUserContextData"};

seconds unit_of(std::string_view name) {
    if (name == "seconds")
        return seconds(1);
    if (name == "minutes")
        return minutes(1);
    return name == "hours" ? seconds(hours(1)) : seconds(hours(24));
}

/// How long one kind of token is good, with its bounds and what AWS takes when it is not said.
struct validity_rule {
    std::string_view number_member;
    std::string_view unit_member;
    std::string_view default_unit;
    seconds default_validity;
    seconds least;
    seconds most;
};

constexpr validity_rule access_rule{
    "AccessTokenValidity", "AccessToken", "hours", hours(1), minutes(5), hours(24)};
constexpr validity_rule id_rule{"IdTokenValidity", "IdToken",  "hours",
                                hours(1),          minutes(5), hours(24)};
constexpr validity_rule refresh_rule{"RefreshTokenValidity", "RefreshToken", "days",
                                     hours(30 * 24),         minutes(60),    hours(3650 * 24)};

struct validity {
    seconds length;
    /// The number as it was given, for the answer.
    std::optional<std::int64_t> given;
    bool is_in_range;
};

validity read_validity(input_reader& in, object const* unit_names, validity_rule const& rule) {
    auto const number = in.find_integer(rule.number_member, {.min = 0, .max = 315'360'000});
    std::string_view unit = rule.default_unit;
    if (unit_names != nullptr) {
        auto inside = in.inside("tokenValidityUnits", *unit_names);
        unit = inside.find_text(rule.unit_member, {.values = units}).value_or(unit);
    }
    // 0 asks for the default, which AWS documents for refresh tokens only.
    if (!number || (*number == 0 && rule.number_member == refresh_rule.number_member))
        return {.length = rule.default_validity, .given = number, .is_in_range = true};
    auto const length = *number * unit_of(unit);
    return {.length = length,
            .given = number,
            .is_in_range = length >= rule.least && length <= rule.most};
}

bool is_allow(std::string_view flow) {
    return flow.starts_with("ALLOW_");
}

std::optional<api_error> read_flows(input_reader& in, user_pool_client& client) {
    auto const given = in.find_texts("ExplicitAuthFlows", {.values = flows});
    if (!given || given->empty()) {
        // @source spec 3.4: USER_PASSWORD_AUTH is off unless it is asked for
        client.auth_flows = {"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH",
                             "ALLOW_CUSTOM_AUTH"};
        return {};
    }
    client.auth_flows = {given->begin(), given->end()};
    auto const modern = std::count_if(given->begin(), given->end(), &is_allow);
    if (modern != 0 && static_cast<std::size_t>(modern) != given->size())
        return invalid_parameter("ExplicitAuthFlows with the prefix ALLOW_ can not be used "
                                 "together with those without it.");
    return {};
}

std::optional<std::set<std::string, std::less<>>> read_names(input_reader& in,
                                                             std::string_view member) {
    auto const names = in.find_texts(member, {.min = 1, .max = 2048});
    if (!names)
        return {};
    return std::set<std::string, std::less<>>(names->begin(), names->end());
}

} // namespace

std::optional<api_error> read_client_settings(input_reader& in, object const& input,
                                              user_pool_client& client) {
    auto fault = read_flows(in, client);
    auto const* unit_names = in.find_object("TokenValidityUnits");
    auto const access = read_validity(in, unit_names, access_rule);
    auto const id = read_validity(in, unit_names, id_rule);
    auto const refresh = read_validity(in, unit_names, refresh_rule);
    client.access_token_validity = access.length;
    client.id_token_validity = id.length;
    client.refresh_token_validity = refresh.length;
    if (!access.is_in_range || !id.is_in_range || !refresh.is_in_range ||
        std::max(access.length, id.length) > refresh.length)
        fault = fault.value_or(invalid_parameter("Invalid range for token validity."));
    client.auth_session_validity =
        minutes(in.find_integer("AuthSessionValidity", {.min = 3, .max = 15}).value_or(3));
    client.hides_missing_users =
        in.find_text("PreventUserExistenceErrors", {.values = existence}) == "ENABLED";
    client.revocation_enabled = in.find_flag("EnableTokenRevocation").value_or(true);
    client.read_attributes = read_names(in, "ReadAttributes");
    client.write_attributes = read_names(in, "WriteAttributes");
    auto const uses_oauth = in.find_flag("AllowedOAuthFlowsUserPoolClient").value_or(false);
    if (auto const* rotation = json::find_object(input, "RefreshTokenRotation");
        rotation != nullptr && json::find_string(*rotation, "Feature") == "ENABLED")
        fault = fault.value_or(
            invalid_parameter("RefreshTokenRotation is not supported by this local cloud yet."));

    object description{{"RefreshTokenValidity", refresh.given.value_or(30)}};
    if (access.given)
        description["AccessTokenValidity"] = *access.given;
    if (id.given)
        description["IdTokenValidity"] = *id.given;
    description["TokenValidityUnits"] = unit_names != nullptr ? *unit_names : object{};
    for (auto const* member : kept_client_settings)
        if (auto const* value = input.if_contains(member); value != nullptr && !value->is_null())
            description[member] = *value;
    description["AllowedOAuthFlowsUserPoolClient"] = uses_oauth;
    for (auto const* member : {"ReadAttributes", "WriteAttributes"})
        if (auto const* names = json::find_array(input, member))
            description[member] = *names;
    client.description = json::print(description);
    return fault;
}

object print_client(user_pool const& pool, user_pool_client const& client) {
    object out{{"UserPoolId", pool.id}, {"ClientName", client.name}, {"ClientId", client.id}};
    if (!client.secret.empty())
        out["ClientSecret"] = client.secret.reveal();
    out["LastModifiedDate"] = print_time(client.modified);
    out["CreationDate"] = print_time(client.created);
    if (auto const description = json::parse_object(client.description))
        for (auto const& [name, value] : *description)
            out[name] = value;
    array names;
    for (auto const& flow : client.auth_flows)
        names.emplace_back(flow);
    out["ExplicitAuthFlows"] = std::move(names);
    out["PreventUserExistenceErrors"] = client.hides_missing_users ? "ENABLED" : "LEGACY";
    out["EnableTokenRevocation"] = client.revocation_enabled;
    out["AuthSessionValidity"] = client.auth_session_validity.count();
    return out;
}

bool allows_flow(user_pool_client const& client, std::string_view flow) {
    auto const has = [&](std::string_view name) { return client.auth_flows.contains(name); };
    bool const is_legacy =
        std::none_of(client.auth_flows.begin(), client.auth_flows.end(), &is_allow);
    if (flow == "USER_PASSWORD_AUTH")
        return has("ALLOW_USER_PASSWORD_AUTH") || has("USER_PASSWORD_AUTH");
    if (flow == "ADMIN_USER_PASSWORD_AUTH" || flow == "ADMIN_NO_SRP_AUTH")
        return has("ALLOW_ADMIN_USER_PASSWORD_AUTH") || has("ADMIN_NO_SRP_AUTH");
    if (flow == "USER_SRP_AUTH")
        return has("ALLOW_USER_SRP_AUTH") || (is_legacy && !has("CUSTOM_AUTH_FLOW_ONLY"));
    if (flow == "REFRESH_TOKEN_AUTH" || flow == "REFRESH_TOKEN")
        return has("ALLOW_REFRESH_TOKEN_AUTH") || is_legacy;
    return false;
}

} // namespace cogniot::cloud::cognito_idp
