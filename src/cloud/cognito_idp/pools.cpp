#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/operations.hpp"
#include "cloud/cognito_idp/paging.hpp"
#include "cloud/cognito_idp/pool_settings.hpp"
#include "cloud/cognito_idp/records.hpp"

#include <boost/json.hpp>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::array;
using boost::json::object;

constexpr std::string_view letters_and_digits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::string make_pool_id(call& c) {
    std::string id;
    do {
        id = c.region + '_' + random_text(c.random, letters_and_digits, 9);
    } while (c.world.cognito_idp.find_pool(id) != nullptr);
    return id;
}

secret make_sealing_key(random_source& random) {
    std::string bytes(32, '\0');
    random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return secret(std::move(bytes));
}

// @source CreateUserPool, captured: a pool that asks for a second factor must be able to text one
std::optional<api_error> check_mfa(user_pool const& pool) {
    if (pool.mfa == mfa_mode::off || pool.sms_mfa || pool.software_token_mfa)
        return {};
    return invalid_parameter("SMS configuration and Auto verification for phone_number are "
                             "required when MFA is required/optional");
}

/// A pool that is read from a call, and the pool that the call names.
outcome<user_pool*> find_named_pool(call& c, object const& input) {
    input_reader in(input);
    auto const id = in.text("UserPoolId", rules::pool_id);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    return find_pool(c, id);
}

} // namespace

outcome<object> create_user_pool(call& c, object const& input) {
    input_reader in(input);
    user_pool pool;
    pool.name = in.text("PoolName", rules::pool_name);
    auto const foundation_fault = read_pool_foundation(in, pool);
    auto const settings_fault = read_pool_settings(in, input, pool);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    for (auto const& fault : {foundation_fault, settings_fault, check_mfa(pool)})
        if (fault)
            return *fault;
    pool.id = make_pool_id(c);
    pool.region = c.region;
    pool.arn =
        "arn:aws:cognito-idp:" + c.region + ":" + c.world.settings.account + ":userpool/" + pool.id;
    pool.created = pool.modified = c.now;
    pool.sealing_key = make_sealing_key(c.random);
    c.persist.push_back(print_record(pool));
    auto answer = print_pool(pool);
    c.world.cognito_idp.pools.emplace(pool.id, std::move(pool));
    return object{{"UserPool", std::move(answer)}};
}

outcome<object> describe_user_pool(call& c, object const& input) {
    auto const pool = find_named_pool(c, input);
    if (!pool)
        return pool.error();
    return object{{"UserPool", print_pool(**pool)}};
}

outcome<object> list_user_pools(call& c, object const& input) {
    input_reader in(input);
    auto const most = in.integer("MaxResults", {.min = 1, .max = 60});
    auto const from = in.find_text("NextToken", rules::page);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const page = paginate(
        c.world.cognito_idp.pools, from, most,
        [&](user_pool const& pool) { return pool.region == c.region; },
        [](user_pool const& pool) {
            return object{{"Id", pool.id},
                          {"Name", pool.name},
                          {"LambdaConfig", object{}},
                          {"LastModifiedDate", print_time(pool.modified)},
                          {"CreationDate", print_time(pool.created)}};
        });
    return print_page(page, "UserPools", "NextToken");
}

outcome<object> update_user_pool(call& c, object const& input) {
    auto const found = find_named_pool(c, input);
    if (!found)
        return found.error();
    auto& pool = **found;
    input_reader in(input);
    auto const name = in.find_text("PoolName", rules::pool_name);
    // Read into a copy of what can change, so that a refused call changes nothing.
    user_pool changed;
    auto const fault = read_pool_settings(in, input, changed);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    if (fault)
        return *fault;
    changed.software_token_mfa = pool.software_token_mfa;
    changed.sms_mfa = changed.sms_mfa || (pool.sms_mfa && changed.mfa != mfa_mode::off);
    if (auto const mfa_fault = check_mfa(changed))
        return *mfa_fault;
    if (name)
        pool.name = *name;
    pool.password_policy = changed.password_policy;
    pool.mfa = changed.mfa;
    pool.sms_mfa = changed.sms_mfa;
    pool.is_deletion_protected = changed.is_deletion_protected;
    pool.settings = std::move(changed.settings);
    pool.modified = c.now;
    c.persist.push_back(print_record(pool));
    return object{};
}

outcome<object> delete_user_pool(call& c, object const& input) {
    auto const found = find_named_pool(c, input);
    if (!found)
        return found.error();
    auto& pool = **found;
    auto& known = c.world.cognito_idp;
    if (pool.is_deletion_protected)
        return invalid_parameter("The user pool cannot be deleted because deletion protection is "
                                 "activated. Deletion protection must be inactivated first.");
    for (auto const& [id, client] : pool.clients) {
        c.persist.push_back(forget(print_record(pool, client)));
        known.pool_of_client.erase(id);
    }
    for (auto const& [name, g] : pool.groups)
        c.persist.push_back(forget(print_record(pool, g)));
    for (auto const& [key, who] : pool.users)
        c.persist.push_back(forget(print_record(pool, who)));
    for (auto const& [jti, until] : pool.revoked)
        c.persist.push_back(forget(print_revocation(pool, jti, until)));
    if (pool.keys)
        c.persist.push_back(forget(print_record(pool, *pool.keys)));
    c.persist.push_back(forget(print_record(pool)));
    std::erase_if(known.sessions,
                  [&](auto const& session) { return session.second.pool_id == pool.id; });
    known.pools.erase(known.pools.find(pool.id));
    return object{};
}

} // namespace cogniot::cloud::cognito_idp
