#include "cloud/cognito_idp/records.hpp"

#include "base/text.hpp"
#include "cloud/stored.hpp"

#include <boost/json.hpp>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::array;
using boost::json::object;

template <typename Texts>
array texts(Texts const& from) {
    array out;
    for (auto const& text : from)
        out.emplace_back(text);
    return out;
}

object print_verifier(identity::password_verifier const& password) {
    return {{"salt", encode_base64(password.salt)}, {"verifier", encode_base64(password.verifier)}};
}

object stored_policy(identity::password_policy const& policy) {
    return {{"minimum_length", policy.minimum_length},
            {"uppercase", policy.require_uppercase},
            {"lowercase", policy.require_lowercase},
            {"numbers", policy.require_numbers},
            {"symbols", policy.require_symbols},
            {"history", policy.history_size},
            {"temporary_days", policy.temporary_password_validity_days}};
}

object stored_attribute(identity::schema_attribute const& row) {
    object out{{"name", row.name},
               {"type", identity::print(row.type)},
               {"mutable", row.is_mutable},
               {"required", row.is_required},
               {"developer_only", row.is_developer_only}};
    auto const add = [&](std::string_view name, std::optional<std::string> const& bound) {
        if (bound)
            out[name] = *bound;
    };
    add("min_length", row.min_length);
    add("max_length", row.max_length);
    add("min_value", row.min_value);
    add("max_value", row.max_value);
    return out;
}

object print_key(signing_key const& key) {
    return {{"kid", key.key_id},
            {"n", encode_base64(key.modulus)},
            {"e", encode_base64(key.exponent)},
            {"pem", key.pem.reveal()}};
}

record keep(std::string_view kind, std::string key, object const& value) {
    return {.kind = std::string(kind), .key = std::move(key), .value = json::print(value)};
}

} // namespace

record print_record(user_pool const& pool) {
    array schema;
    for (auto const& row : pool.schema)
        schema.emplace_back(stored_attribute(row));
    return keep("user_pool", pool.id,
                {{"name", pool.name},
                 {"region", pool.region},
                 {"arn", pool.arn},
                 {"created", stored_time(pool.created)},
                 {"modified", stored_time(pool.modified)},
                 {"password_policy", array{stored_policy(pool.password_policy)}},
                 {"username_attributes", texts(pool.username_attributes)},
                 {"alias_attributes", texts(pool.alias_attributes)},
                 {"case_sensitive", pool.is_case_sensitive},
                 {"deletion_protected", pool.is_deletion_protected},
                 {"mfa", print(pool.mfa)},
                 {"software_token_mfa", pool.software_token_mfa},
                 {"sms_mfa", pool.sms_mfa},
                 {"schema", std::move(schema)},
                 {"settings", pool.settings},
                 {"sealing_key", encode_base64(pool.sealing_key.reveal())}});
}

record print_record(user_pool const& pool, signing_keys const& keys) {
    return keep("user_pool_keys", pool.id,
                {{"keys", array{print_key(keys.id_token), print_key(keys.access_token)}}});
}

record print_record(user_pool const& pool, user_pool_client const& client) {
    object value{{"name", client.name},
                 {"secret", client.secret.reveal()},
                 {"auth_flows", texts(client.auth_flows)},
                 {"access_seconds", client.access_token_validity.count()},
                 {"id_seconds", client.id_token_validity.count()},
                 {"refresh_seconds", client.refresh_token_validity.count()},
                 {"session_minutes", client.auth_session_validity.count()},
                 {"hides_missing_users", client.hides_missing_users},
                 {"revocation", client.revocation_enabled},
                 {"created", stored_time(client.created)},
                 {"modified", stored_time(client.modified)},
                 {"description", client.description}};
    if (client.read_attributes)
        value["read"] = texts(*client.read_attributes);
    if (client.write_attributes)
        value["write"] = texts(*client.write_attributes);
    return keep("user_pool_client", pool.id + '/' + client.id, value);
}

record print_record(user_pool const& pool, group const& g) {
    object value{{"created", stored_time(g.created)}, {"modified", stored_time(g.modified)}};
    if (g.description)
        value["description"] = *g.description;
    if (g.role_arn)
        value["role_arn"] = *g.role_arn;
    if (g.precedence)
        value["precedence"] = *g.precedence;
    return keep("user_pool_group", pool.id + '/' + g.name, value);
}

record print_record(user_pool const& pool, user const& who) {
    array former;
    for (auto const& password : who.former_passwords)
        former.emplace_back(print_verifier(password));
    array methods;
    for (auto const method : who.mfa_enabled)
        methods.emplace_back(print(method));
    object value{{"username", who.username},
                 {"attributes", stored_pairs(who.attributes)},
                 {"password", array{print_verifier(who.password)}},
                 {"former_passwords", std::move(former)},
                 {"status", print(who.status)},
                 {"enabled", who.enabled},
                 {"created", stored_time(who.created)},
                 {"modified", stored_time(who.modified)},
                 {"password_set", stored_time(who.password_set)},
                 {"groups", texts(who.groups)},
                 {"tokens_valid_from", stored_time(who.tokens_valid_from)},
                 {"totp_secret", who.totp_secret.reveal()},
                 {"totp_offered", who.totp_offered.reveal()},
                 {"totp_last_step", who.totp_last_step},
                 {"totp_device", who.totp_device_name},
                 {"mfa", std::move(methods)},
                 {"mfa_preferred", who.mfa_preferred ? print(*who.mfa_preferred) : ""}};
    return keep("user_pool_user", pool.id + '/' + who.sub, value);
}

record print_revocation(user_pool const& pool, std::string_view origin_jti, utc_time until) {
    return keep("user_pool_revoked", pool.id + '/' + std::string(origin_jti),
                {{"until", stored_time(until)}});
}

record forget(record kept) {
    kept.value.reset();
    return kept;
}

} // namespace cogniot::cloud::cognito_idp
