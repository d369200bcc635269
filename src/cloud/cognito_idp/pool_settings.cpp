#include "cloud/cognito_idp/pool_settings.hpp"

#include "cloud/cognito_idp/entity.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <array>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::array;
using boost::json::object;

constexpr std::array<std::string_view, 3> mfa_modes{"OFF", "ON", "OPTIONAL"};
constexpr std::array<std::string_view, 2> protections{"ACTIVE", "INACTIVE"};
constexpr std::array<std::string_view, 2> contact_names{"phone_number", "email"};
constexpr std::array<std::string_view, 3> allowed_aliases{"phone_number", "email",
                                                          "preferred_username"};
constexpr std::array<std::string_view, 4> attribute_types{"String", "Number", "DateTime",
                                                          "Boolean"};

// Kept and answered, and of no consequence here: nothing is mailed or texted.
constexpr std::array kept_pool_settings{"AutoVerifiedAttributes",
                                        "SmsVerificationMessage",
                                        "EmailVerificationMessage",
                                        "EmailVerificationSubject",
                                        "SmsAuthenticationMessage",
                                        "UserAttributeUpdateSettings",
                                        "EmailConfiguration",
                                        "SmsConfiguration",
                                        "UserPoolTags",
                                        "UserPoolAddOns",
                                        "UserPoolTier",
                                        "VerificationMessageTemplate",
                                        "AccountRecoverySetting",
                                        "AdminCreateUserConfig"};

// Settings that change how users sign in and that nothing here acts upon: better refused than
// taken in silence.
constexpr std::array not_built{"LambdaConfig", "DeviceConfiguration"};

void read_password_policy(input_reader& in, object const& policy, user_pool& pool) {
    auto inside = in.inside("policies.passwordPolicy", policy);
    auto& to = pool.password_policy;
    to = {};
    // A policy that is given says all that it asks; what it leaves out is not asked.
    to.minimum_length =
        static_cast<int>(inside.find_integer("MinimumLength", {.min = 6, .max = 99}).value_or(8));
    to.require_uppercase = inside.find_flag("RequireUppercase").value_or(false);
    to.require_lowercase = inside.find_flag("RequireLowercase").value_or(false);
    to.require_numbers = inside.find_flag("RequireNumbers").value_or(false);
    to.require_symbols = inside.find_flag("RequireSymbols").value_or(false);
    to.history_size = static_cast<int>(
        inside.find_integer("PasswordHistorySize", {.min = 0, .max = 24}).value_or(0));
    auto const days =
        inside.find_integer("TemporaryPasswordValidityDays", {.min = 0, .max = 365}).value_or(0);
    to.temporary_password_validity_days = days == 0 ? 7 : static_cast<int>(days);
}

/// AWS's defaults for what it always answers.
void add_defaults(object& settings) {
    auto const add = [&](std::string_view member, object value) {
        if (!settings.contains(member))
            settings[member] = std::move(value);
    };
    add("VerificationMessageTemplate", {{"DefaultEmailOption", "CONFIRM_WITH_CODE"}});
    add("EmailConfiguration", {{"EmailSendingAccount", "COGNITO_DEFAULT"}});
    add("AdminCreateUserConfig",
        {{"AllowAdminCreateUserOnly", false}, {"UnusedAccountValidityDays", 7}});
    add("UserPoolTags", {});
    add("AccountRecoverySetting",
        {{"RecoveryMechanisms",
          array{object{{"Priority", 1}, {"Name", "verified_email"}},
                object{{"Priority", 2}, {"Name", "verified_phone_number"}}}}});
    if (!settings.contains("UserPoolTier"))
        settings["UserPoolTier"] = "ESSENTIALS";
}

void read_bounds(input_reader& in, identity::schema_attribute& row) {
    constexpr text_rule bound{.max = 131};
    if (auto const* text = in.find_object("StringAttributeConstraints")) {
        auto inside = in.inside("stringAttributeConstraints", *text);
        if (auto const least = inside.find_text("MinLength", bound))
            row.min_length = *least;
        if (auto const most = inside.find_text("MaxLength", bound))
            row.max_length = *most;
    }
    if (auto const* number = in.find_object("NumberAttributeConstraints")) {
        auto inside = in.inside("numberAttributeConstraints", *number);
        if (auto const least = inside.find_text("MinValue", bound))
            row.min_value = *least;
        if (auto const most = inside.find_text("MaxValue", bound))
            row.max_value = *most;
    }
}

/// One element of Schema: changes a standard attribute or adds a custom one.
std::optional<api_error> read_attribute(input_reader& in, object const& element, int number,
                                        user_pool& pool) {
    auto inside = in.inside("schema." + std::to_string(number) + ".member", element);
    constexpr text_rule name_rule{.min = 1, .max = 20, .form = &patterns::visible};
    auto name = std::string(inside.text("Name", name_rule));
    auto const type_text =
        inside.find_text("AttributeDataType", {.values = attribute_types}).value_or("String");
    auto const* standard = identity::find_attribute(pool.schema, name);
    identity::schema_attribute row;
    if (standard != nullptr)
        row = *standard;
    row.type = identity::parse_attribute_type(type_text).value_or(identity::attribute_type::string);
    row.is_developer_only = inside.find_flag("DeveloperOnlyAttribute").value_or(false);
    row.is_mutable = inside.find_flag("Mutable").value_or(standard != nullptr || row.is_mutable);
    row.is_required = inside.find_flag("Required").value_or(false);
    read_bounds(inside, row);
    if (standard != nullptr) {
        *const_cast<identity::schema_attribute*>(standard) = row;
        return {};
    }
    // @source CreateUserPool, captured: required custom attributes are refused
    if (row.is_required)
        return invalid_parameter("Required custom attributes are not supported currently.");
    row.name = (row.is_developer_only ? "dev:custom:" : "custom:") + name;
    pool.schema.push_back(std::move(row));
    return {};
}

object print_attribute(identity::schema_attribute const& row) {
    object out{{"Name", row.name},
               {"AttributeDataType", identity::print(row.type)},
               {"DeveloperOnlyAttribute", row.is_developer_only},
               {"Mutable", row.is_mutable},
               {"Required", row.is_required}};
    auto const bounds = [](std::string_view least_name, std::optional<std::string> const& least,
                           std::string_view most_name, std::optional<std::string> const& most) {
        object inside;
        if (least)
            inside[least_name] = *least;
        if (most)
            inside[most_name] = *most;
        return inside;
    };
    if (row.type == identity::attribute_type::string)
        out["StringAttributeConstraints"] =
            bounds("MinLength", row.min_length, "MaxLength", row.max_length);
    if (row.type == identity::attribute_type::number)
        out["NumberAttributeConstraints"] =
            bounds("MinValue", row.min_value, "MaxValue", row.max_value);
    return out;
}

object print_policy(identity::password_policy const& policy) {
    object out{{"MinimumLength", policy.minimum_length},
               {"RequireUppercase", policy.require_uppercase},
               {"RequireLowercase", policy.require_lowercase},
               {"RequireNumbers", policy.require_numbers},
               {"RequireSymbols", policy.require_symbols},
               {"TemporaryPasswordValidityDays", policy.temporary_password_validity_days}};
    if (policy.history_size > 0)
        out["PasswordHistorySize"] = policy.history_size;
    return out;
}

template <typename Texts>
array print_texts(Texts const& texts) {
    array out;
    for (auto const& text : texts)
        out.emplace_back(text);
    return out;
}

} // namespace

std::optional<api_error> read_pool_settings(input_reader& in, object const& input,
                                            user_pool& pool) {
    auto const mode = in.find_text("MfaConfiguration", {.values = mfa_modes}).value_or("OFF");
    pool.mfa = mode == "ON"         ? mfa_mode::on
               : mode == "OPTIONAL" ? mfa_mode::optional
                                    : mfa_mode::off;
    pool.is_deletion_protected =
        in.find_text("DeletionProtection", {.values = protections}) == "ACTIVE";
    in.find_texts("AutoVerifiedAttributes", {.values = contact_names});
    pool.password_policy = {};
    if (auto const* policies = in.find_object("Policies"))
        if (auto const* policy = json::find_object(*policies, "PasswordPolicy"))
            read_password_policy(in, *policy, pool);

    object settings;
    for (auto const* member : kept_pool_settings)
        if (auto const* value = input.if_contains(member); value != nullptr && !value->is_null())
            settings[member] = *value;
    add_defaults(settings);
    pool.settings = json::print(settings);

    for (auto const* member : not_built)
        if (auto const* value = json::find_object(input, member);
            value != nullptr && !value->empty())
            return invalid_parameter(std::string(member) +
                                     " is not supported by this local cloud yet.");
    pool.sms_mfa = input.contains("SmsConfiguration") && pool.mfa != mfa_mode::off;
    return {};
}

std::optional<api_error> read_pool_foundation(input_reader& in, user_pool& pool) {
    auto const names = in.find_texts("UsernameAttributes", {.values = contact_names});
    auto const aliases = in.find_texts("AliasAttributes", {.values = allowed_aliases});
    if (names)
        pool.username_attributes = {names->begin(), names->end()};
    if (aliases)
        pool.alias_attributes = {aliases->begin(), aliases->end()};
    if (auto const* configuration = in.find_object("UsernameConfiguration")) {
        auto inside = in.inside("usernameConfiguration", *configuration);
        pool.is_case_sensitive = inside.find_flag("CaseSensitive").value_or(true);
    }
    pool.schema = identity::standard_attributes();
    if (auto const* schema = in.find_array("Schema")) {
        int number = 0;
        for (auto const& element : *schema) {
            ++number;
            auto const* row = element.if_object();
            if (row == nullptr) {
                in.note("Schema", json::print(element), "be a list of structures");
                continue;
            }
            if (auto refusal = read_attribute(in, *row, number, pool))
                return refusal;
        }
    }
    if (!pool.username_attributes.empty() && !pool.alias_attributes.empty())
        return invalid_parameter(
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.");
    return {};
}

object print_pool(user_pool const& pool) {
    object out{{"Id", pool.id},
               {"Name", pool.name},
               {"Policies", object{{"PasswordPolicy", print_policy(pool.password_policy)}}},
               {"DeletionProtection", pool.is_deletion_protected ? "ACTIVE" : "INACTIVE"},
               {"LambdaConfig", object{}},
               {"LastModifiedDate", print_time(pool.modified)},
               {"CreationDate", print_time(pool.created)},
               {"MfaConfiguration", print(pool.mfa)},
               {"EstimatedNumberOfUsers", pool.users.size()},
               {"Arn", pool.arn}};
    array schema;
    for (auto const& row : pool.schema)
        schema.emplace_back(print_attribute(row));
    out["SchemaAttributes"] = std::move(schema);
    if (!pool.username_attributes.empty())
        out["UsernameAttributes"] = print_texts(pool.username_attributes);
    if (!pool.alias_attributes.empty())
        out["AliasAttributes"] = print_texts(pool.alias_attributes);
    if (!pool.is_case_sensitive)
        out["UsernameConfiguration"] = object{{"CaseSensitive", false}};
    if (auto const settings = json::parse_object(pool.settings))
        for (auto const& [name, value] : *settings)
            out[name] = value;
    return out;
}

} // namespace cogniot::cloud::cognito_idp
