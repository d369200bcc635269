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

        on_pool("AdminCreateUser", &admin_create_user),
        on_pool("AdminSetUserPassword", &admin_set_user_password),
        on_pool("AdminResetUserPassword", &admin_reset_user_password),
        on_pool("AdminGetUser", &admin_get_user),
        without_answer(on_pool("AdminDeleteUser", &admin_delete_user)),
        on_pool("AdminEnableUser", &admin_enable_user),
        on_pool("AdminDisableUser", &admin_disable_user),
        on_pool("AdminUserGlobalSignOut", &admin_user_global_sign_out),
        on_pool("AdminUpdateUserAttributes", &admin_update_user_attributes),
        on_pool("AdminDeleteUserAttributes", &admin_delete_user_attributes),
        on_pool("ListUsers", &list_users),

        on_pool("CreateGroup", &create_group),
        on_pool("GetGroup", &get_group),
        on_pool("UpdateGroup", &update_group),
        without_answer(on_pool("DeleteGroup", &delete_group)),
        on_pool("ListGroups", &list_groups),
        without_answer(on_pool("AdminAddUserToGroup", &admin_add_user_to_group)),
        without_answer(on_pool("AdminRemoveUserFromGroup", &admin_remove_user_from_group)),
        on_pool("AdminListGroupsForUser", &admin_list_groups_for_user),
        on_pool("ListUsersInGroup", &list_users_in_group),

        by_user("InitiateAuth", &initiate_auth),
        on_pool("AdminInitiateAuth", &admin_initiate_auth),
        by_user("RespondToAuthChallenge", &respond_to_auth_challenge),
        on_pool("AdminRespondToAuthChallenge", &admin_respond_to_auth_challenge),

        by_user("GetUser", &get_user),
        by_user("UpdateUserAttributes", &update_user_attributes),
        by_user("DeleteUserAttributes", &delete_user_attributes),
        by_user("ChangePassword", &change_password),
        without_answer(by_user("DeleteUser", &delete_user)),
        by_user("GlobalSignOut", &global_sign_out),
        by_user("RevokeToken", &revoke_token),

        on_pool("SetUserPoolMfaConfig", &set_user_pool_mfa_config),
        on_pool("GetUserPoolMfaConfig", &get_user_pool_mfa_config),
        by_user("AssociateSoftwareToken", &associate_software_token),
        by_user("VerifySoftwareToken", &verify_software_token),
        by_user("SetUserMFAPreference", &set_user_mfa_preference),
        on_pool("AdminSetUserMFAPreference", &admin_set_user_mfa_preference),
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
