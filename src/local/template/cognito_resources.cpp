// AWS::Cognito::*: user pools, their clients, identity pools and the roles these hand out.
#include "json/parse.hpp"
#include "local/template/resource_tables.hpp"

#include <boost/json.hpp>

#include <array>

namespace cogniot::local {
namespace {

using boost::json::object;
using cloud::outcome;
using names = std::string_view;

// ---- AWS::Cognito::UserPool ----

constexpr std::array user_pool_properties = {names("UserPoolName"),
                                             names("Policies"),
                                             names("AliasAttributes"),
                                             names("UsernameAttributes"),
                                             names("AutoVerifiedAttributes"),
                                             names("MfaConfiguration"),
                                             names("AdminCreateUserConfig"),
                                             names("Schema"),
                                             names("UsernameConfiguration"),
                                             names("AccountRecoverySetting"),
                                             names("DeletionProtection"),
                                             names("UserPoolTags"),
                                             names("UserPoolTier"),
                                             names("EnabledMfas"),
                                             names("VerificationMessageTemplate"),
                                             names("EmailConfiguration"),
                                             names("UserAttributeUpdateSettings"),
                                             names("DeviceConfiguration")};

/// "Updates are not allowed for property"; of Schema AWS allows additions, which is not built here.
constexpr std::array user_pool_fixed = {names("UsernameAttributes"), names("AliasAttributes"),
                                        names("UsernameConfiguration"), names("Schema")};

/// CloudFormation and the API name the same things, but for these two.
object user_pool_input(object const& properties) {
    object input = properties;
    input.erase("UserPoolName");
    // Both are set afterwards by set_mfa(): CreateUserPool turns MFA on only with SMS.
    if (input.erase("EnabledMfas") != 0)
        input.erase("MfaConfiguration");
    return input;
}

outcome<void> set_mfa(resource_request& in, std::string const& pool_id) {
    auto const* kinds = json::find_array(in.properties, "EnabledMfas");
    if (kinds == nullptr)
        return {};
    object input{{"UserPoolId", pool_id}};
    for (auto const& kind : *kinds) {
        if (kind != "SOFTWARE_TOKEN_MFA")
            return cloud::api_error{"InvalidParameterException", 400,
                                    "EnabledMfas: " + json::print(kind) +
                                        " is not supported by this local cloud's templates yet."};
        input["SoftwareTokenMfaConfiguration"] = object{{"Enabled", true}};
    }
    if (auto const* mode = in.properties.if_contains("MfaConfiguration"))
        input["MfaConfiguration"] = *mode;
    return run(in.as_root, "cognito-idp", "SetUserPoolMfaConfig", input);
}

physical_resource user_pool_of(cloud::call const& call, std::string const& id,
                               std::string const& arn) {
    std::string const provider = "cognito-idp." + call.region + ".amazonaws.com/" + id;
    return {id,
            {{"UserPoolId", id},
             {"Arn", arn},
             {"ProviderName", provider},
             {"ProviderURL", "https://" + provider}}};
}

outcome<physical_resource> create_user_pool(resource_request& in) {
    object input = user_pool_input(in.properties);
    auto const given = string_of(in.properties, "UserPoolName");
    input["PoolName"] = given.empty() ? in.generated_name : given;
    auto made = invoke(in.as_root, "cognito-idp", "CreateUserPool", input);
    if (!made)
        return made.error();
    auto const& pool = made->at("UserPool").as_object();
    auto const id = string_of(pool, "Id");
    if (auto set = set_mfa(in, id); !set)
        return set.error();
    return user_pool_of(in.as_root, id, string_of(pool, "Arn"));
}

outcome<physical_resource> update_user_pool(resource_request& in, physical_resource const& now) {
    object input = user_pool_input(in.properties);
    input["UserPoolId"] = now.id;
    if (auto const name = string_of(in.properties, "UserPoolName"); !name.empty())
        input["PoolName"] = name;
    // Factors that the template no longer names are switched off before the rest is checked.
    if (!in.properties.contains("EnabledMfas"))
        if (auto off = invoke(in.as_root, "cognito-idp", "SetUserPoolMfaConfig",
                              {{"UserPoolId", now.id}, {"MfaConfiguration", "OFF"}});
            !off)
            return off.error();
    if (auto done = run(in.as_root, "cognito-idp", "UpdateUserPool", input); !done)
        return done.error();
    if (auto set = set_mfa(in, now.id); !set)
        return set.error();
    return now;
}

outcome<void> remove_user_pool(cloud::call& call, physical_resource const& it) {
    return run(call, "cognito-idp", "DeleteUserPool", {{"UserPoolId", it.id}});
}

// ---- AWS::Cognito::UserPoolClient ----

constexpr std::array client_properties = {names("UserPoolId"),
                                          names("ClientName"),
                                          names("GenerateSecret"),
                                          names("ExplicitAuthFlows"),
                                          names("RefreshTokenValidity"),
                                          names("AccessTokenValidity"),
                                          names("IdTokenValidity"),
                                          names("TokenValidityUnits"),
                                          names("ReadAttributes"),
                                          names("WriteAttributes"),
                                          names("PreventUserExistenceErrors"),
                                          names("EnableTokenRevocation"),
                                          names("AuthSessionValidity"),
                                          names("RefreshTokenRotation"),
                                          names("SupportedIdentityProviders"),
                                          names("CallbackURLs"),
                                          names("LogoutURLs"),
                                          names("DefaultRedirectURI"),
                                          names("AllowedOAuthFlows"),
                                          names("AllowedOAuthScopes"),
                                          names("AllowedOAuthFlowsUserPoolClient")};
constexpr std::array client_required = {names("UserPoolId")};

outcome<physical_resource> create_client(resource_request& in) {
    object input = in.properties;
    if (!input.contains("ClientName"))
        input["ClientName"] = in.generated_name;
    auto made = invoke(in.as_root, "cognito-idp", "CreateUserPoolClient", input);
    if (!made)
        return made.error();
    auto const& client = made->at("UserPoolClient").as_object();
    auto const id = string_of(client, "ClientId");
    return physical_resource{id,
                             {{"ClientId", id},
                              {"ClientSecret", string_of(client, "ClientSecret")},
                              {"Name", string_of(client, "ClientName")},
                              {"UserPoolId", string_of(client, "UserPoolId")}}};
}

outcome<physical_resource> update_client(resource_request& in, physical_resource const& now) {
    // The API cannot give a client a secret, or another pool, later: AWS replaces it then.
    bool const wants_secret = json::find_bool(in.properties, "GenerateSecret").value_or(false);
    bool const has_secret = !string_of(now.attributes, "ClientSecret").empty();
    if (wants_secret != has_secret ||
        string_of(in.properties, "UserPoolId") != string_of(now.attributes, "UserPoolId"))
        return create_client(in);
    object input = in.properties;
    input.erase("GenerateSecret");
    input["ClientId"] = now.id;
    if (!input.contains("ClientName"))
        input["ClientName"] = string_of(now.attributes, "Name");
    if (auto done = run(in.as_root, "cognito-idp", "UpdateUserPoolClient", input); !done)
        return done.error();
    return now;
}

outcome<void> remove_client(cloud::call& call, physical_resource const& it) {
    return run(call, "cognito-idp", "DeleteUserPoolClient",
               {{"UserPoolId", string_of(it.attributes, "UserPoolId")}, {"ClientId", it.id}});
}

// ---- AWS::Cognito::IdentityPool ----

constexpr std::array identity_pool_properties = {
    names("IdentityPoolName"),          names("AllowUnauthenticatedIdentities"),
    names("AllowClassicFlow"),          names("CognitoIdentityProviders"),
    names("SupportedLoginProviders"),   names("DeveloperProviderName"),
    names("OpenIdConnectProviderARNs"), names("SamlProviderARNs"),
    names("IdentityPoolTags")};
constexpr std::array identity_pool_required = {names("AllowUnauthenticatedIdentities")};

object identity_pool_input(resource_request const& in) {
    object input = in.properties;
    if (!input.contains("IdentityPoolName"))
        input["IdentityPoolName"] = in.generated_name;
    return input;
}

outcome<physical_resource> create_identity_pool(resource_request& in) {
    auto made =
        invoke(in.as_root, "cognito-identity", "CreateIdentityPool", identity_pool_input(in));
    if (!made)
        return made.error();
    auto const id = string_of(*made, "IdentityPoolId");
    return physical_resource{id, {{"Id", id}, {"Name", string_of(*made, "IdentityPoolName")}}};
}

outcome<physical_resource> update_identity_pool(resource_request& in,
                                                physical_resource const& now) {
    object input = identity_pool_input(in);
    input["IdentityPoolId"] = now.id;
    auto done = invoke(in.as_root, "cognito-identity", "UpdateIdentityPool", input);
    if (!done)
        return done.error();
    return physical_resource{now.id,
                             {{"Id", now.id}, {"Name", string_of(*done, "IdentityPoolName")}}};
}

outcome<void> remove_identity_pool(cloud::call& call, physical_resource const& it) {
    return run(call, "cognito-identity", "DeleteIdentityPool", {{"IdentityPoolId", it.id}});
}

// ---- AWS::Cognito::IdentityPoolRoleAttachment ----

constexpr std::array attachment_properties = {names("IdentityPoolId"), names("Roles"),
                                              names("RoleMappings")};
constexpr std::array attachment_replacing = {names("IdentityPoolId")};
constexpr std::array attachment_required = {names("IdentityPoolId")};

/// The API keys a mapping by its identity provider; a template keys it freely and names the
/// provider inside.
object role_mappings(object const& properties) {
    object out;
    if (auto const* mappings = json::find_object(properties, "RoleMappings"))
        for (auto const& [key, mapping] : *mappings) {
            object inner = mapping.is_object() ? mapping.get_object() : object{};
            auto const provider = string_of(inner, "IdentityProvider");
            inner.erase("IdentityProvider");
            out[provider.empty() ? std::string(std::string_view(key)) : provider] =
                std::move(inner);
        }
    return out;
}

outcome<physical_resource> attach_roles(resource_request& in) {
    auto const pool = string_of(in.properties, "IdentityPoolId");
    object input{{"IdentityPoolId", pool}, {"Roles", object{}}};
    if (auto const* roles = in.properties.if_contains("Roles"))
        input["Roles"] = *roles;
    if (auto mappings = role_mappings(in.properties); !mappings.empty())
        input["RoleMappings"] = std::move(mappings);
    if (auto done = run(in.as_root, "cognito-identity", "SetIdentityPoolRoles", input); !done)
        return done.error();
    return physical_resource{in.generated_name, {{"Id", in.generated_name}, {"Pool", pool}}};
}

outcome<physical_resource> change_roles(resource_request& in, physical_resource const& now) {
    in.generated_name = now.id;
    return attach_roles(in);
}

outcome<void> detach_roles(cloud::call& call, physical_resource const& it) {
    auto done = invoke(call, "cognito-identity", "SetIdentityPoolRoles",
                       {{"IdentityPoolId", string_of(it.attributes, "Pool")}, {"Roles", object{}}});
    // The pool may have gone first, and its roles with it.
    if (!done && done.error().code != "ResourceNotFoundException")
        return done.error();
    return {};
}

constexpr std::array cognito_types = {
    resource_type{.name = "AWS::Cognito::UserPool",
                  .properties = user_pool_properties,
                  .required = {},
                  .create = create_user_pool,
                  .update = update_user_pool,
                  .remove = remove_user_pool,
                  .fixed = user_pool_fixed},
    resource_type{.name = "AWS::Cognito::UserPoolClient",
                  .properties = client_properties,
                  .required = client_required,
                  .create = create_client,
                  .update = update_client,
                  .remove = remove_client},
    resource_type{.name = "AWS::Cognito::IdentityPool",
                  .properties = identity_pool_properties,
                  .required = identity_pool_required,
                  .create = create_identity_pool,
                  .update = update_identity_pool,
                  .remove = remove_identity_pool},
    resource_type{.name = "AWS::Cognito::IdentityPoolRoleAttachment",
                  .properties = attachment_properties,
                  .required = attachment_required,
                  .create = attach_roles,
                  .update = change_roles,
                  .remove = detach_roles,
                  .replacing = attachment_replacing},
};

} // namespace

std::span<resource_type const> cognito_resource_types() {
    return cognito_types;
}

} // namespace cogniot::local
