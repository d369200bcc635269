#include "cloud/iam/description.hpp"

#include "cloud/iam/entity.hpp"
#include "cloud/iam/operations.hpp"
#include "cloud/not_built.hpp"

#include <boost/json/object.hpp>

#include <array>

namespace cogniot::cloud::iam {

namespace {

constexpr std::string_view all_operations[]{
#include "cloud/iam/aws_operations.inc"
};

operation on_role(std::string_view name, run_function run) {
    return {.name = name, .run = run, .resource = &role_resource};
}
operation on_policy(std::string_view name, run_function run) {
    return {.name = name, .run = run, .resource = &policy_resource};
}
/// The same, without an output shape.
operation without_answer(operation row) {
    row.empty_answer = true;
    return row;
}

} // namespace

service const& description() {
    static std::array const rows{
        on_role("CreateRole", &create_role),
        on_role("GetRole", &get_role),
        operation{.name = "ListRoles", .run = &list_roles},
        without_answer(on_role("DeleteRole", &delete_role)),
        without_answer(on_role("UpdateAssumeRolePolicy", &update_assume_role_policy)),
        on_role("UpdateRole", &update_role),
        without_answer(on_role("TagRole", &tag_role)),
        without_answer(on_role("UntagRole", &untag_role)),
        without_answer(on_role("PutRolePolicy", &put_role_policy)),
        on_role("GetRolePolicy", &get_role_policy),
        on_role("ListRolePolicies", &list_role_policies),
        without_answer(on_role("DeleteRolePolicy", &delete_role_policy)),
        on_policy("CreatePolicy", &create_policy),
        on_policy("GetPolicy", &get_policy),
        operation{.name = "ListPolicies", .run = &list_policies},
        without_answer(on_policy("DeletePolicy", &delete_policy)),
        on_policy("CreatePolicyVersion", &create_policy_version),
        on_policy("GetPolicyVersion", &get_policy_version),
        on_policy("ListPolicyVersions", &list_policy_versions),
        without_answer(on_policy("SetDefaultPolicyVersion", &set_default_policy_version)),
        without_answer(on_policy("DeletePolicyVersion", &delete_policy_version)),
        without_answer(on_role("AttachRolePolicy", &attach_role_policy)),
        without_answer(on_role("DetachRolePolicy", &detach_role_policy)),
        on_role("ListAttachedRolePolicies", &list_attached_role_policies),
        operation{.name = "GetUser", .run = &get_user},
        operation{.name = "SimulatePrincipalPolicy",
                  .run = &simulate_principal_policy,
                  .resource = &policy_source_resource},
        operation{.name = "SimulateCustomPolicy", .run = &simulate_custom_policy},
    };
    static auto const not_built = list_not_built(all_operations, rows);
    static service const iam{.name = "iam",
                             .form = wire::query_xml,
                             .api_version = "2010-05-08",
                             .xml_namespace = "https://iam.amazonaws.com/doc/2010-05-08/",
                             .operations = rows,
                             .not_built = not_built,
                             .validation_error = validation_error};
    return iam;
}

} // namespace cogniot::cloud::iam
