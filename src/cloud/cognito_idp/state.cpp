#include "cloud/cognito_idp/state.hpp"

#include "base/text.hpp"

#include <array>

namespace cogniot::cloud::cognito_idp {

namespace {

constexpr std::array<std::string_view, 3> alias_names{"email", "phone_number",
                                                      "preferred_username"};

std::string alias_key(std::string_view attribute, std::string_view folded_value) {
    std::string key(attribute);
    key += ':';
    key += folded_value;
    return key;
}

/// The attributes whose values stand for this user. An e-mail address or telephone number that is
/// an alias beside the username counts only once it is verified.
std::vector<std::string> alias_keys(user_pool const& pool, user const& who) {
    std::vector<std::string> keys;
    for (auto const name : alias_names) {
        bool const is_name = pool.username_attributes.contains(name);
        if (!is_name && !pool.alias_attributes.contains(name))
            continue;
        auto const value = who.attributes.find(name);
        if (value == who.attributes.end() || value->second.empty())
            continue;
        auto const verified = who.attributes.find(std::string(name) + "_verified");
        bool const counts = is_name || name == "preferred_username" ||
                            (verified != who.attributes.end() && verified->second == "true");
        if (counts)
            keys.push_back(alias_key(name, pool.fold(value->second)));
    }
    return keys;
}

} // namespace

std::string_view print(user_status status) {
    switch (status) {
    case user_status::unconfirmed:
        return "UNCONFIRMED";
    case user_status::confirmed:
        return "CONFIRMED";
    case user_status::force_change_password:
        return "FORCE_CHANGE_PASSWORD";
    case user_status::reset_required:
        return "RESET_REQUIRED";
    }
    return "UNKNOWN";
}

std::string_view print(mfa_mode mode) {
    switch (mode) {
    case mfa_mode::off:
        return "OFF";
    case mfa_mode::on:
        return "ON";
    case mfa_mode::optional:
        return "OPTIONAL";
    }
    return "OFF";
}

std::string_view print(mfa_method method) {
    return method == mfa_method::software_token ? "SOFTWARE_TOKEN_MFA" : "SMS_MFA";
}

std::string user_pool::issuer() const {
    return "https://cognito-idp." + region + ".amazonaws.com/" + id;
}

std::string_view user_pool::srp_name() const {
    return std::string_view(id).substr(id.find('_') + 1);
}

std::string user_pool::fold(std::string_view given) const {
    return is_case_sensitive ? std::string(given) : to_lower(given);
}

user const* user_pool::find_user(std::string_view given) const {
    if (auto const found = users.find(fold(given)); found != users.end())
        return &found->second;
    if (auto const* found = find_user_by_sub(given))
        return found;
    for (auto const attribute : alias_names)
        if (auto const* owner = find_alias_owner(attribute, given))
            return owner;
    return nullptr;
}

user* user_pool::find_user(std::string_view given) {
    return const_cast<user*>(std::as_const(*this).find_user(given));
}

user const* user_pool::find_user_by_sub(std::string_view sub) const {
    auto const key = by_sub.find(std::string(sub));
    if (key == by_sub.end())
        return nullptr;
    return &users.find(key->second)->second;
}

user const* user_pool::find_alias_owner(std::string_view attribute, std::string_view value) const {
    auto const key = by_alias.find(alias_key(attribute, fold(value)));
    if (key == by_alias.end())
        return nullptr;
    return &users.find(key->second)->second;
}

user& user_pool::put(user who) {
    auto const key = fold(who.username);
    if (auto const former = users.find(key); former != users.end())
        who.indexed_aliases = std::move(former->second.indexed_aliases);
    by_sub[who.sub] = key;
    auto& kept = users.insert_or_assign(key, std::move(who)).first->second;
    index_aliases(kept);
    return kept;
}

void user_pool::index_aliases(user& who) {
    for (auto const& alias : who.indexed_aliases)
        by_alias.erase(alias);
    who.indexed_aliases = alias_keys(*this, who);
    for (auto const& alias : who.indexed_aliases)
        by_alias[alias] = fold(who.username);
}

void user_pool::erase(user const& who) {
    for (auto const& alias : who.indexed_aliases)
        by_alias.erase(alias);
    auto const key = fold(who.username);
    by_sub.erase(who.sub);
    attempts.erase(key);
    users.erase(key); // last: `who` lives in it
}

user_pool* state::find_pool(std::string_view id) {
    auto const found = pools.find(id);
    return found == pools.end() ? nullptr : &found->second;
}

user_pool const* state::find_pool(std::string_view id) const {
    auto const found = pools.find(id);
    return found == pools.end() ? nullptr : &found->second;
}

user_pool const* state::find_pool_by_issuer(std::string_view issuer) const {
    auto const slash = issuer.rfind('/');
    if (slash == std::string_view::npos)
        return nullptr;
    auto const* pool = find_pool(issuer.substr(slash + 1));
    return pool != nullptr && pool->issuer() == issuer ? pool : nullptr;
}

} // namespace cogniot::cloud::cognito_idp
