// Reads user pools back from their records, in whatever order they come.
#include "base/text.hpp"
#include "cloud/cognito_idp/state.hpp"
#include "cloud/stored.hpp"

#include <utility>

namespace cogniot::cloud::cognito_idp {

namespace {

std::string bytes(stored_object& from, std::string_view field) {
    auto decoded = decode_base64(from.text(field));
    if (!decoded)
        from.note(fail(json::errc::field_mistyped, "field `" + std::string(field) + "`"));
    return decoded.value_or("");
}

std::set<std::string, std::less<>> text_set(stored_object& from, std::string_view field) {
    auto const list = from.texts(field);
    return {list.begin(), list.end()};
}

std::optional<std::string> text_if_there(stored_object& from, std::string_view field) {
    return from.has(field) ? std::optional(from.text(field)) : std::nullopt;
}

template <typename Enum>
Enum one_of(stored_object& from, std::string_view field, std::initializer_list<Enum> all) {
    auto const text = from.text(field);
    for (auto const value : all)
        if (print(value) == text)
            return value;
    from.note(fail(json::errc::field_mistyped, "field `" + std::string(field) + "`"));
    return *all.begin();
}

/// Passes on what was wrong inside a nested object.
void adopt_fault(stored_object& outer, stored_object const& inner) {
    if (inner.fault())
        outer.note(*inner.fault());
}

std::vector<identity::password_verifier> verifiers(stored_object& from, std::string_view field) {
    std::vector<identity::password_verifier> out;
    for (auto& entry : from.objects(field)) {
        out.push_back({.salt = bytes(entry, "salt"), .verifier = bytes(entry, "verifier")});
        adopt_fault(from, entry);
    }
    return out;
}

identity::password_policy policy(stored_object& from) {
    identity::password_policy out;
    for (auto& entry : from.objects("password_policy")) {
        out = {.minimum_length = static_cast<int>(entry.number("minimum_length")),
               .require_uppercase = entry.flag("uppercase"),
               .require_lowercase = entry.flag("lowercase"),
               .require_numbers = entry.flag("numbers"),
               .require_symbols = entry.flag("symbols"),
               .history_size = static_cast<int>(entry.number("history")),
               .temporary_password_validity_days =
                   static_cast<int>(entry.number("temporary_days"))};
        adopt_fault(from, entry);
    }
    return out;
}

std::vector<identity::schema_attribute> schema(stored_object& from) {
    std::vector<identity::schema_attribute> out;
    for (auto& entry : from.objects("schema")) {
        out.push_back({.name = entry.text("name"),
                       .type = identity::parse_attribute_type(entry.text("type"))
                                   .value_or(identity::attribute_type::string),
                       .is_mutable = entry.flag("mutable"),
                       .is_required = entry.flag("required"),
                       .is_developer_only = entry.flag("developer_only"),
                       .min_length = text_if_there(entry, "min_length"),
                       .max_length = text_if_there(entry, "max_length"),
                       .min_value = text_if_there(entry, "min_value"),
                       .max_value = text_if_there(entry, "max_value")});
        adopt_fault(from, entry);
    }
    return out;
}

void restore_pool(user_pool& pool, stored_object& from) {
    pool.name = from.text("name");
    pool.region = from.text("region");
    pool.arn = from.text("arn");
    pool.created = from.time("created");
    pool.modified = from.time("modified");
    pool.password_policy = policy(from);
    pool.username_attributes = text_set(from, "username_attributes");
    pool.alias_attributes = text_set(from, "alias_attributes");
    pool.is_case_sensitive = from.flag("case_sensitive");
    pool.is_deletion_protected = from.flag("deletion_protected");
    pool.mfa = one_of(from, "mfa", {mfa_mode::off, mfa_mode::on, mfa_mode::optional});
    pool.software_token_mfa = from.flag("software_token_mfa");
    pool.sms_mfa = from.flag("sms_mfa");
    pool.schema = schema(from);
    pool.settings = from.text("settings");
    pool.sealing_key = secret(bytes(from, "sealing_key"));
    // Users that came first were indexed without knowing how this pool folds and aliases names.
    pool.by_alias.clear();
    pool.by_sub.clear();
    for (auto& [key, who] : std::exchange(pool.users, {})) {
        who.indexed_aliases.clear();
        pool.put(std::move(who));
    }
}

void restore_keys(user_pool& pool, stored_object& from) {
    std::vector<signing_key> keys;
    for (auto& entry : from.objects("keys")) {
        keys.push_back({.key_id = entry.text("kid"),
                        .modulus = bytes(entry, "n"),
                        .exponent = bytes(entry, "e"),
                        .pem = secret(entry.text("pem"))});
        adopt_fault(from, entry);
    }
    if (keys.size() == 2)
        pool.keys =
            signing_keys{.id_token = std::move(keys[0]), .access_token = std::move(keys[1])};
    else
        from.note(fail(json::errc::field_mistyped, "field `keys`: two are needed"));
}

user_pool_client restore_client(std::string_view id, stored_object& from) {
    user_pool_client client{
        .id = std::string(id),
        .name = from.text("name"),
        .secret = secret(from.text("secret")),
        .auth_flows = text_set(from, "auth_flows"),
        .access_token_validity = std::chrono::seconds(from.number("access_seconds")),
        .id_token_validity = std::chrono::seconds(from.number("id_seconds")),
        .refresh_token_validity = std::chrono::seconds(from.number("refresh_seconds")),
        .auth_session_validity = std::chrono::minutes(from.number("session_minutes")),
        .hides_missing_users = from.flag("hides_missing_users"),
        .revocation_enabled = from.flag("revocation"),
        .created = from.time("created"),
        .modified = from.time("modified"),
        .description = from.text("description")};
    if (from.has("read"))
        client.read_attributes = text_set(from, "read");
    if (from.has("write"))
        client.write_attributes = text_set(from, "write");
    return client;
}

group restore_group(std::string_view name, stored_object& from) {
    return {.name = std::string(name),
            .description = text_if_there(from, "description"),
            .role_arn = text_if_there(from, "role_arn"),
            .precedence =
                from.has("precedence") ? std::optional(from.number("precedence")) : std::nullopt,
            .created = from.time("created"),
            .modified = from.time("modified")};
}

user restore_user(std::string_view sub, stored_object& from) {
    user who{.username = from.text("username"),
             .sub = std::string(sub),
             .attributes = from.pairs("attributes"),
             .former_passwords = verifiers(from, "former_passwords"),
             .status = one_of(from, "status",
                              {user_status::unconfirmed, user_status::confirmed,
                               user_status::force_change_password, user_status::reset_required}),
             .enabled = from.flag("enabled"),
             .created = from.time("created"),
             .modified = from.time("modified"),
             .password_set = from.time("password_set"),
             .groups = text_set(from, "groups"),
             .tokens_valid_from = from.time("tokens_valid_from"),
             .totp_secret = secret(from.text("totp_secret")),
             .totp_offered = secret(from.text("totp_offered")),
             .totp_last_step = from.number("totp_last_step"),
             .totp_device_name = from.text("totp_device")};
    for (auto& password : verifiers(from, "password"))
        who.password = std::move(password);
    for (auto const method : {mfa_method::software_token, mfa_method::sms}) {
        for (auto const& name : from.texts("mfa"))
            if (name == print(method))
                who.mfa_enabled.insert(method);
        if (from.text("mfa_preferred") == print(method))
            who.mfa_preferred = method;
    }
    return who;
}

} // namespace

result<bool> state::restore(std::string_view kind, std::string_view key, std::string_view value) {
    constexpr std::string_view family = "user_pool";
    if (!kind.starts_with(family))
        return false;
    auto const what = kind.substr(family.size());
    if (!what.empty() && what != "_keys" && what != "_client" && what != "_group" &&
        what != "_user" && what != "_revoked")
        return false;
    auto from = stored_object::parse(kind, key, value);
    if (!from)
        return from.error();
    auto const slash = key.find('/');
    auto const inside = slash == std::string_view::npos ? "" : key.substr(slash + 1);
    std::string const pool_id(key.substr(0, slash));
    auto& pool = pools[pool_id];
    pool.id = pool_id;
    if (what.empty()) {
        restore_pool(pool, *from);
    } else if (what == "_keys") {
        restore_keys(pool, *from);
    } else if (what == "_client") {
        pool.clients[std::string(inside)] = restore_client(inside, *from);
        pool_of_client[std::string(inside)] = pool_id;
    } else if (what == "_group") {
        pool.groups[std::string(inside)] = restore_group(inside, *from);
    } else if (what == "_user") {
        pool.put(restore_user(inside, *from));
    } else {
        pool.revoked[std::string(inside)] = from->time("until");
    }
    if (from->fault())
        return *from->fault();
    return true;
}

} // namespace cogniot::cloud::cognito_idp
