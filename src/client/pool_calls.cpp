#include "client/pool_calls.hpp"

#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::client {
namespace {

aws_call json_call(service to, std::string operation, json::object const& body) {
    return {
        .to = to, .operation = std::move(operation), .body = json::print(body), .is_signed = true};
}

} // namespace

aws_call make_describe_app_client(std::string const& user_pool_id, std::string const& client_id) {
    return json_call(service::cognito_idp, "DescribeUserPoolClient",
                     {{"UserPoolId", user_pool_id}, {"ClientId", client_id}});
}

aws_call make_describe_identity_pool(std::string const& identity_pool_id) {
    return json_call(service::cognito_identity, "DescribeIdentityPool",
                     {{"IdentityPoolId", identity_pool_id}});
}

aws_call make_get_identity_pool_roles(std::string const& identity_pool_id) {
    return json_call(service::cognito_identity, "GetIdentityPoolRoles",
                     {{"IdentityPoolId", identity_pool_id}});
}

} // namespace cogniot::client
