#include "cloud/cognito_idp/description.hpp"

#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/operations.hpp"
#include "cloud/not_built.hpp"

#include <boost/json/object.hpp>

#include <array>

namespace cogniot::cloud::cognito_idp {

namespace {

constexpr std::string_view all_operations[]{
#include "cloud/cognito_idp/aws_operations.inc"
};

/// An administrator's operation: IAM decides on the pool.
operation on_pool(std::string_view name, run_function run) {
    return {.name = name, .run = run, .resource = &pool_resource};
}
/// A user's operation: sent without a signature, the password or token in it decides.
operation by_user(std::string_view name, run_function run) {
    return {.name = name, .run = run, .unsigned_call = true};
}
/// The same, without an output shape.
operation without_answer(operation row) {
    row.empty_answer = true;
    return row;
}

} // namespace

service const& description() {
    static std::array const rows{
        operation{.name = "CreateUserPool", .run = &create_user_pool},
        on_pool("DescribeUserPool", &describe_user_pool),
        operation{.name = "ListUserPools", .run = &list_user_pools},
        on_pool("UpdateUserPool", &update_user_pool),
        without_answer(on_pool("DeleteUserPool", &delete_user_pool)),

        on_pool("CreateUserPoolClient", &create_user_pool_client),
        on_pool("DescribeUserPoolClient", &describe_user_pool_client),
        on_pool("ListUserPoolClients", &list_user_pool_clients),
        on_pool("UpdateUserPoolClient", &update_user_pool_client),
        without_answer(on_pool("DeleteUserPoolClient", &delete_user_pool_client)),
    };
    static auto const not_built = list_not_built(all_operations, rows);
    static service const user_pools{.name = "cognito-idp",
                                    .form = wire::json_1_1,
                                    .target_prefix = "AWSCognitoIdentityProviderService",
                                    .api_version = "2016-04-18",
                                    .operations = rows,
                                    .not_built = not_built,
                                    .validation_error = constraint_violated};
    return user_pools;
}

} // namespace cogniot::cloud::cognito_idp
