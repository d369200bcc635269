#include "cloud/cognito_idp/entity.hpp"

#include "cloud/cognito_idp/records.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::cloud::cognito_idp {

namespace rules {
text_rule const pool_id{.min = 1, .max = 55, .form = &patterns::user_pool_id};
text_rule const pool_name{.min = 1, .max = 128, .form = &patterns::resource_name};
text_rule const client_id{
    .min = 1, .max = 128, .form = &patterns::word_or_plus, .is_sensitive = true};
text_rule const client_name{.min = 1, .max = 128, .form = &patterns::resource_name};
text_rule const username{.min = 1, .max = 128, .form = &patterns::visible, .is_sensitive = true};
text_rule const password{.max = 256, .form = &patterns::no_space, .is_sensitive = true};
text_rule const secret_hash{.min = 1, .max = 128, .form = &patterns::base64, .is_sensitive = true};
text_rule const session{.min = 20, .max = 2048, .is_sensitive = true};
text_rule const token{.form = &patterns::token, .is_sensitive = true};
text_rule const group_name{.min = 1, .max = 128, .form = &patterns::visible};
text_rule const attribute_name{.min = 1, .max = 32, .form = &patterns::visible};
text_rule const attribute_value{.max = 2048, .is_sensitive = true};
text_rule const arn{.min = 20, .max = 2048};
text_rule const page{.min = 1, .form = &patterns::no_space};
} // namespace rules

api_error refuse(std::string_view code, std::string message) {
    return {.code = std::string(code), .message = std::move(message)};
}

api_error not_authorised(std::string message) {
    return refuse("NotAuthorizedException", std::move(message));
}

api_error invalid_parameter(std::string message) {
    return refuse("InvalidParameterException", std::move(message));
}

api_error missing_user() {
    return refuse("UserNotFoundException", "User does not exist.");
}

api_error missing_pool(std::string_view id) {
    return refuse("ResourceNotFoundException", "User pool " + std::string(id) + " does not exist.");
}

api_error missing_client(std::string_view id) {
    return refuse("ResourceNotFoundException",
                  "User pool client " + std::string(id) + " does not exist.");
}

outcome<user_pool*> find_pool(call& c, std::string_view id) {
    auto* pool = c.world.cognito_idp.find_pool(id);
    if (pool == nullptr)
        return missing_pool(id);
    return pool;
}

outcome<user_pool_client*> find_client(user_pool& pool, std::string_view id) {
    auto const found = pool.clients.find(id);
    if (found == pool.clients.end())
        return missing_client(id);
    return &found->second;
}

outcome<addressed_client> find_client_anywhere(call& c, std::string_view id) {
    auto const& known = c.world.cognito_idp.pool_of_client;
    auto const pool_id = known.find(std::string(id));
    if (pool_id == known.end())
        return missing_client(id);
    auto* pool = c.world.cognito_idp.find_pool(pool_id->second);
    if (pool == nullptr)
        return missing_client(id);
    auto const client = find_client(*pool, id);
    if (!client)
        return client.error();
    return addressed_client{.pool = pool, .client = *client};
}

outcome<user*> find_user(user_pool& pool, std::string_view name) {
    auto* found = pool.find_user(name);
    if (found == nullptr)
        return missing_user();
    return found;
}

outcome<addressed_user> find_addressed_user(call& c, input_reader& in) {
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    auto const username = in.text("Username", rules::username);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    auto const found = find_user(**pool, username);
    if (!found)
        return found.error();
    return addressed_user{.pool = *pool, .user = *found};
}

double print_time(utc_time at) {
    return static_cast<double>(at.time_since_epoch().count()) / 1000.0;
}

std::string pool_resource(call const& c, boost::json::object const& input) {
    auto const id = json::find_string(input, "UserPoolId");
    if (!id)
        return "*";
    auto const* pool = c.world.cognito_idp.find_pool(*id);
    if (pool != nullptr)
        return pool->arn;
    return "arn:aws:cognito-idp:" + c.region + ":" + c.world.settings.account + ":userpool/" +
           std::string(*id);
}

void save(call& c, user_pool& pool, user& who) {
    who.modified = c.now;
    pool.index_aliases(who);
    c.persist.push_back(print_record(pool, who));
}

} // namespace cogniot::cloud::cognito_idp
