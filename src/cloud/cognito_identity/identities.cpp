// Identities as the pool's owner sees them: DescribeIdentity, ListIdentities, DeleteIdentities,
// UnlinkIdentity.
#include "base/text.hpp"
#include "cloud/cognito_identity/errors.hpp"
#include "cloud/cognito_identity/login.hpp"
#include "cloud/cognito_identity/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::cognito_identity {

namespace {

json::object print_identity(identity const& i) {
    json::array logins;
    for (auto const& [provider_name, subject] : i.logins)
        logins.emplace_back(provider_name);
    return {{"IdentityId", i.id},
            {"Logins", std::move(logins)},
            {"CreationDate", epoch_seconds(i.created)},
            {"LastModifiedDate", epoch_seconds(i.modified)}};
}

} // namespace

outcome<json::object> describe_identity(call& c, json::object const& input) {
    input_reader in(input);
    auto const id = in.text("IdentityId", identity_id_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const i = c.world.cognito_identity.find_identity(id);
    if (!i)
        return no_such_identity(id);
    return print_identity(*i);
}

outcome<json::object> list_identities(call& c, json::object const& input) {
    input_reader in(input);
    auto const pool_id = in.text("IdentityPoolId", pool_id_rule);
    auto const max = in.integer("MaxResults", {.min = 1, .max = 60});
    auto const token = in.find_text("NextToken", {.min = 1});
    in.find_flag("HideDisabled");
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (!c.world.cognito_identity.find_pool(pool_id))
        return no_such_pool(pool_id);
    auto const after = token ? decode_base64url(*token) : std::string{};
    if (!after)
        return invalid_parameter("Invalid NextToken");
    json::array identities;
    json::object answer{{"IdentityPoolId", pool_id}};
    auto const& all = c.world.cognito_identity.identities;
    std::string_view last;
    for (auto at = all.upper_bound(*after); at != all.end(); ++at) {
        if (at->second.pool_id != pool_id)
            continue;
        if (static_cast<std::int64_t>(identities.size()) == max) {
            answer["NextToken"] = encode_base64url(last);
            break;
        }
        last = at->first;
        identities.push_back(print_identity(at->second));
    }
    answer["Identities"] = std::move(identities);
    return answer;
}

outcome<json::object> delete_identities(call& c, json::object const& input) {
    input_reader in(input);
    auto const ids = in.texts("IdentityIdsToDelete", identity_id_rule, {.min = 1, .max = 60});
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto& state = c.world.cognito_identity;
    // What is not there is deleted; there is nothing that could fail for one and not for all.
    for (auto const& id : ids)
        if (auto const* const i = state.find_identity(id)) {
            auto forgotten = print_record(*i);
            forgotten.value.reset();
            c.persist.push_back(std::move(forgotten));
            state.erase(id);
        }
    return json::object{{"UnprocessedIdentityIds", json::array{}}};
}

outcome<json::object> unlink_identity(call& c, json::object const& input) {
    input_reader in(input);
    auto const id = in.text("IdentityId", identity_id_rule);
    auto const* const login_input = in.object("Logins");
    auto const to_remove = in.texts("LoginsToRemove", {.min = 1, .max = 128});
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto& state = c.world.cognito_identity;
    auto const* const found = state.find_identity(id);
    if (!found)
        return no_such_identity(id);
    auto const* const p = state.find_pool(found->pool_id);
    if (!p)
        return no_such_pool(found->pool_id);
    auto const logins = verify_logins(c, *p, login_input);
    if (!logins)
        return logins.error();
    bool const is_own =
        std::any_of(logins->begin(), logins->end(), [&](verified_login const& login) {
            auto const at = found->logins.find(login.provider);
            return at != found->logins.end() && at->second == login.subject;
        });
    if (!is_own)
        return identity_forbidden(id);
    identity changed = *found;
    for (auto const& provider_name : to_remove)
        changed.logins.erase(provider_name);
    changed.modified = c.now;
    c.persist.push_back(print_record(changed));
    state.put(std::move(changed));
    return json::object{};
}

} // namespace cogniot::cloud::cognito_identity
