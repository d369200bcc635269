// What the operations of user pools share: the shapes of names, finding things, refusing calls.
// @source Cognito user pools API reference (2016-04-18); spec cognito-iam-sigv4 1.2, 3.1, 3.9
#pragma once

#include "cloud/cognito_idp/state.hpp"
#include "cloud/input.hpp"
#include "cloud/service.hpp"
#include "cloud/world.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>

namespace cogniot::cloud::cognito_idp {

/// What this service calls a violated constraint.
inline constexpr std::string_view constraint_violated = "InvalidParameterException";

namespace rules {
extern text_rule const pool_id;
extern text_rule const pool_name;
extern text_rule const client_id;
extern text_rule const client_name;
extern text_rule const username;
extern text_rule const password;
extern text_rule const secret_hash;
extern text_rule const session;
extern text_rule const token;
extern text_rule const group_name;
extern text_rule const attribute_name;
extern text_rule const attribute_value;
extern text_rule const arn;
extern text_rule const page;
} // namespace rules

api_error refuse(std::string_view code, std::string message);
api_error not_authorised(std::string message);
api_error invalid_parameter(std::string message);
api_error missing_user();
api_error missing_pool(std::string_view id);
api_error missing_client(std::string_view id);

/// Pool, client and user of a call, or AWS's refusal.
outcome<user_pool*> find_pool(call&, std::string_view id);
outcome<user_pool_client*> find_client(user_pool&, std::string_view id);
/// A client and its pool, for calls that name the client only.
struct addressed_client {
    user_pool* pool;
    user_pool_client* client;
};
outcome<addressed_client> find_client_anywhere(call&, std::string_view id);
outcome<user*> find_user(user_pool&, std::string_view name);

/// A pool and one of its users: what most Admin* operations start with.
struct addressed_user {
    user_pool* pool;
    cognito_idp::user* user;
};
/// Reads UserPoolId and Username; the other members have been read before.
outcome<addressed_user> find_addressed_user(call&, input_reader&);

/// Seconds since 1970 with a fraction, as AWS's JSON carries times.
double print_time(utc_time);

/// The resource of IAM decisions: the pool's ARN, or `*` when the call names none.
std::string pool_resource(call const&, boost::json::object const& input);

/// Keeps a user as it is now.
void save(call&, user_pool&, user&);

} // namespace cogniot::cloud::cognito_idp
