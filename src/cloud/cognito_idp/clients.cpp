#include "cloud/cognito_idp/client_settings.hpp"
#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/operations.hpp"
#include "cloud/cognito_idp/paging.hpp"
#include "cloud/cognito_idp/records.hpp"

#include <boost/json.hpp>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::object;

constexpr std::string_view id_alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr text_rule given_secret{
    .min = 24, .max = 64, .form = &patterns::word_or_plus, .is_sensitive = true};

struct named_client {
    user_pool* pool;
    user_pool_client* client;
};

outcome<named_client> find_named_client(call& c, object const& input) {
    input_reader in(input);
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    auto const client_id = in.text("ClientId", rules::client_id);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    auto const client = find_client(**pool, client_id);
    if (!client)
        return client.error();
    return named_client{.pool = *pool, .client = *client};
}

object answer(user_pool const& pool, user_pool_client const& client) {
    return {{"UserPoolClient", print_client(pool, client)}};
}

} // namespace

outcome<object> create_user_pool_client(call& c, object const& input) {
    input_reader in(input);
    user_pool_client client;
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    client.name = in.text("ClientName", rules::client_name);
    auto const makes_secret = in.find_flag("GenerateSecret").value_or(false);
    auto const secret_text = in.find_text("ClientSecret", given_secret);
    auto const fault = read_client_settings(in, input, client);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    if (fault)
        return *fault;
    if (makes_secret && secret_text)
        return invalid_parameter("ClientSecret can not be given together with GenerateSecret.");
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    auto& known = c.world.cognito_idp.pool_of_client;
    do {
        client.id = random_text(c.random, id_alphabet, 26);
    } while (known.contains(client.id));
    if (makes_secret)
        client.secret = secret(random_text(c.random, id_alphabet, 51));
    else if (secret_text)
        client.secret = secret(std::string(*secret_text));
    client.created = client.modified = c.now;
    c.persist.push_back(print_record(**pool, client));
    known[client.id] = (*pool)->id;
    auto out = answer(**pool, client);
    (*pool)->clients.emplace(client.id, std::move(client));
    return out;
}

outcome<object> describe_user_pool_client(call& c, object const& input) {
    auto const found = find_named_client(c, input);
    if (!found)
        return found.error();
    return answer(*found->pool, *found->client);
}

outcome<object> list_user_pool_clients(call& c, object const& input) {
    input_reader in(input);
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    auto const most = in.find_integer("MaxResults", {.min = 1, .max = 60}).value_or(60);
    auto const from = in.find_text("NextToken", rules::page);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    auto const page =
        paginate((*pool)->clients, from, most, [](user_pool_client const&) { return true; },
                 [&](user_pool_client const& client) {
                     return object{{"ClientId", client.id},
                                   {"UserPoolId", (*pool)->id},
                                   {"ClientName", client.name}};
                 });
    return print_page(page, "UserPoolClients", "NextToken");
}

outcome<object> update_user_pool_client(call& c, object const& input) {
    auto const found = find_named_client(c, input);
    if (!found)
        return found.error();
    input_reader in(input);
    auto changed = *found->client;
    if (auto const name = in.find_text("ClientName", rules::client_name))
        changed.name = *name;
    auto const fault = read_client_settings(in, input, changed);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    if (fault)
        return *fault;
    changed.modified = c.now;
    *found->client = std::move(changed);
    c.persist.push_back(print_record(*found->pool, *found->client));
    return answer(*found->pool, *found->client);
}

outcome<object> delete_user_pool_client(call& c, object const& input) {
    auto const found = find_named_client(c, input);
    if (!found)
        return found.error();
    auto& known = c.world.cognito_idp;
    auto const id = found->client->id;
    c.persist.push_back(forget(print_record(*found->pool, *found->client)));
    std::erase_if(known.sessions,
                  [&](auto const& session) { return session.second.client_id == id; });
    known.pool_of_client.erase(id);
    found->pool->clients.erase(found->pool->clients.find(id));
    return object{};
}

} // namespace cogniot::cloud::cognito_idp
