#include "cloud/cognito_identity/description.hpp"

#include "cloud/cognito_identity/errors.hpp"
#include "cloud/cognito_identity/operations.hpp"
#include "cloud/not_built.hpp"

#include <boost/json/object.hpp>

#include <array>

namespace cogniot::cloud::cognito_identity {

namespace {

constexpr std::string_view all_operations[]{
#include "cloud/cognito_identity/aws_operations.inc"
};

operation on_pool(std::string_view name, run_function run) {
    return {.name = name, .run = run, .resource = &pool_resource};
}
operation without_answer(operation row) {
    row.empty_answer = true;
    return row;
}
/// SDKs send it unsigned: the user's token is the proof.
operation with_token(std::string_view name, run_function run) {
    return {.name = name, .run = run, .unsigned_call = true};
}

} // namespace

service const& description() {
    static std::array const rows{
        operation{.name = "CreateIdentityPool", .run = &create_identity_pool},
        on_pool("DescribeIdentityPool", &describe_identity_pool),
        on_pool("UpdateIdentityPool", &update_identity_pool),
        operation{.name = "ListIdentityPools", .run = &list_identity_pools},
        without_answer(on_pool("DeleteIdentityPool", &delete_identity_pool)),
        without_answer(on_pool("SetIdentityPoolRoles", &set_identity_pool_roles)),
        on_pool("GetIdentityPoolRoles", &get_identity_pool_roles),
        with_token("GetId", &get_id),
        with_token("GetCredentialsForIdentity", &get_credentials_for_identity),
        with_token("GetOpenIdToken", &get_open_id_token),
        operation{.name = "DescribeIdentity", .run = &describe_identity},
        on_pool("ListIdentities", &list_identities),
        operation{.name = "DeleteIdentities", .run = &delete_identities},
        without_answer(with_token("UnlinkIdentity", &unlink_identity)),
    };
    static auto const not_built = list_not_built(all_operations, rows);
    static service const identity_pools{.name = "cognito-identity",
                                        .form = wire::json_1_1,
                                        .target_prefix = "AWSCognitoIdentityService",
                                        .api_version = "2014-06-30",
                                        .operations = rows,
                                        .not_built = not_built,
                                        .validation_error = validation_error};
    return identity_pools;
}

} // namespace cogniot::cloud::cognito_identity
