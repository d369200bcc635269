#include "base/text.hpp"
#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/operations.hpp"
#include "cloud/cognito_idp/outbox.hpp"
#include "cloud/cognito_idp/passwords.hpp"
#include "cloud/cognito_idp/print_user.hpp"
#include "cloud/cognito_idp/records.hpp"
#include "cloud/cognito_idp/tokens.hpp"
#include "cloud/cognito_idp/user_attributes.hpp"

#include <boost/json.hpp>

#include <array>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::object;

constexpr std::array<std::string_view, 2> message_actions{"RESEND", "SUPPRESS"};
constexpr std::array<std::string_view, 2> media{"SMS", "EMAIL"};

/// AdminCreateUser's input.
struct creation {
    std::string username;
    attribute_values attributes;
    std::optional<std::string> password;
    bool is_resend = false;
    bool is_silent = false;
    bool moves_aliases = false;
};

/// In pools whose users sign in by e-mail or telephone, the name given is that attribute's value.
std::optional<api_error> take_name_as_attribute(user_pool const& pool, creation& what) {
    auto const& names = pool.username_attributes;
    bool const by_email = names.contains("email");
    bool const by_phone = names.contains("phone_number");
    if (by_email && identity::is_email(what.username))
        what.attributes["email"] = what.username;
    else if (by_phone && identity::is_phone_number(what.username))
        what.attributes["phone_number"] = what.username;
    else if (by_email && by_phone)
        return invalid_parameter("Username should be either an email or a phone number.");
    else
        return invalid_parameter(by_email ? "Username should be an email."
                                          : "Username should be a phone number.");
    return {};
}

std::optional<api_error> check_name(user_pool const& pool, creation& what) {
    if (pool.signs_in_by_attribute())
        return take_name_as_attribute(pool, what);
    if (pool.alias_attributes.contains("email") && identity::is_email(what.username))
        return invalid_parameter("Username cannot be of email format, since user pool is "
                                 "configured for email alias.");
    if (pool.alias_attributes.contains("phone_number") && identity::is_phone_number(what.username))
        return invalid_parameter("Username cannot be of phone number format, since user pool is "
                                 "configured for phone number alias.");
    return {};
}

/// The invitation with the temporary password, to the e-mail address or else the telephone.
void invite(call& c, user_pool const& pool, user const& who, std::string_view password) {
    auto const email = who.attributes.find("email");
    auto const phone = who.attributes.find("phone_number");
    if (email != who.attributes.end())
        send_message(c, pool, who, "EMAIL", email->second, secret(std::string(password)));
    else if (phone != who.attributes.end())
        send_message(c, pool, who, "SMS", phone->second, secret(std::string(password)));
}

/// ForceAliasCreation: whoever had the alias keeps the value, no longer verified.
void release_aliases(call& c, user_pool& pool, attribute_values const& values) {
    for (auto const& [name, value] : values) {
        auto const* owner = pool.find_alias_owner(name, value);
        if (owner == nullptr || !pool.alias_attributes.contains(name))
            continue;
        auto& other = *pool.find_user(owner->username);
        if (name == "preferred_username")
            other.attributes.erase(name);
        else
            other.attributes[name + "_verified"] = "false";
        save(c, pool, other);
    }
}

outcome<object> invite_again(call& c, user_pool& pool, creation const& what) {
    auto const found = find_user(pool, what.username);
    if (!found)
        return found.error();
    auto& who = **found;
    if (who.status != user_status::force_change_password)
        return refuse("UnsupportedUserStateException",
                      "Resend not possible. " + std::string(print(who.status)) +
                          " is not a status for a temporary password.");
    auto const password =
        what.password.value_or(identity::make_temporary_password(pool.password_policy, c.random));
    if (auto fault = check_new_password(pool, who, password))
        return *fault;
    set_password(c, pool, who, password, user_status::force_change_password);
    save(c, pool, who);
    invite(c, pool, who, password);
    return object{{"User", print_user(who)}};
}

outcome<object> create(call& c, user_pool& pool, creation& what) {
    if (auto fault = check_name(pool, what))
        return *fault;
    if (auto fault = check_attributes(pool, what.attributes, nullptr, writer::administrator))
        return *fault;
    bool const is_taken = pool.signs_in_by_attribute()
                              ? pool.find_alias_owner("email", what.username) != nullptr ||
                                    pool.find_alias_owner("phone_number", what.username) != nullptr
                              : pool.users.contains(pool.fold(what.username));
    if (is_taken)
        return refuse("UsernameExistsException", "User account already exists");
    auto const alias_fault = check_aliases(pool, what.attributes, nullptr);
    if (alias_fault && !what.moves_aliases)
        return *alias_fault;
    user who{.username = what.username, .sub = random_uuid(c.random)};
    if (pool.signs_in_by_attribute())
        who.username = who.sub;
    auto const password =
        what.password.value_or(identity::make_temporary_password(pool.password_policy, c.random));
    if (auto fault = check_new_password(pool, who, password))
        return *fault;
    if (alias_fault)
        release_aliases(c, pool, what.attributes);
    who.created = c.now;
    for (auto const& [name, value] : what.attributes)
        if (!value.empty())
            who.attributes[name] = value;
    set_password(c, pool, who, password, user_status::force_change_password);
    auto& kept = pool.put(std::move(who));
    save(c, pool, kept);
    if (!what.is_silent)
        invite(c, pool, kept, password);
    return object{{"User", print_user(kept)}};
}

} // namespace

outcome<object> admin_create_user(call& c, object const& input) {
    input_reader in(input);
    creation what;
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    what.username = in.text("Username", rules::username);
    what.attributes = read_attributes(in, "UserAttributes");
    if (auto const password = in.find_text("TemporaryPassword", rules::password))
        what.password = *password;
    auto const action = in.find_text("MessageAction", {.values = message_actions});
    in.find_texts("DesiredDeliveryMediums", {.values = media});
    what.is_resend = action == "RESEND";
    what.is_silent = action == "SUPPRESS";
    what.moves_aliases = in.find_flag("ForceAliasCreation").value_or(false);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    return what.is_resend ? invite_again(c, **pool, what) : create(c, **pool, what);
}

outcome<object> admin_set_user_password(call& c, object const& input) {
    input_reader in(input);
    auto const password = in.text("Password", rules::password);
    auto const is_permanent = in.find_flag("Permanent").value_or(false);
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    if (auto fault = check_new_password(*found->pool, *found->user, password))
        return *fault;
    set_password(c, *found->pool, *found->user, password,
                 is_permanent ? user_status::confirmed : user_status::force_change_password);
    save(c, *found->pool, *found->user);
    return object{};
}

outcome<object> admin_reset_user_password(call& c, object const& input) {
    input_reader in(input);
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    found->user->status = user_status::reset_required;
    save(c, *found->pool, *found->user);
    return object{};
}

outcome<object> admin_get_user(call& c, object const& input) {
    input_reader in(input);
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    auto out = print_user(*found->user);
    out["UserAttributes"] = out["Attributes"];
    out.erase("Attributes");
    add_mfa_settings(out, *found->user);
    return out;
}

outcome<object> admin_delete_user(call& c, object const& input) {
    input_reader in(input);
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    c.persist.push_back(forget(print_record(*found->pool, *found->user)));
    found->pool->erase(*found->user);
    return object{};
}

outcome<object> admin_enable_user(call& c, object const& input) {
    input_reader in(input);
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    found->user->enabled = true;
    save(c, *found->pool, *found->user);
    return object{};
}

outcome<object> admin_disable_user(call& c, object const& input) {
    input_reader in(input);
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    found->user->enabled = false;
    sign_out_everywhere(c, *found->pool, *found->user);
    return object{};
}

outcome<object> admin_user_global_sign_out(call& c, object const& input) {
    input_reader in(input);
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    sign_out_everywhere(c, *found->pool, *found->user);
    return object{};
}

outcome<object> admin_update_user_attributes(call& c, object const& input) {
    input_reader in(input);
    in.array("UserAttributes");
    auto const values = read_attributes(in, "UserAttributes");
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    auto& [pool, who] = *found;
    if (auto fault = check_attributes(*pool, values, who, writer::administrator))
        return *fault;
    if (auto fault = check_aliases(*pool, values, who))
        return *fault;
    apply_attributes(*who, values);
    save(c, *pool, *who);
    return object{};
}

outcome<object> admin_delete_user_attributes(call& c, object const& input) {
    input_reader in(input);
    auto const names = in.texts("UserAttributeNames", rules::attribute_name);
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    auto& [pool, who] = *found;
    attribute_values blanks;
    for (auto const& name : names)
        blanks[name] = "";
    if (auto fault = check_attributes(*pool, blanks, who, writer::administrator))
        return *fault;
    apply_attributes(*who, blanks);
    save(c, *pool, *who);
    return object{};
}

} // namespace cogniot::cloud::cognito_idp
