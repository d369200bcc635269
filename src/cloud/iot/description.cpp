#include "cloud/iot/description.hpp"

#include "cloud/iot/entity.hpp"
#include "cloud/iot/operations.hpp"
#include "cloud/not_built.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <array>

namespace cogniot::cloud::iot {

namespace {

constexpr route all_operations[]{
#include "cloud/iot/aws_operations.inc"
};

constexpr header_member principal_header[]{{"x-amzn-iot-principal", "principal"}};
/// The calls about things spell it otherwise than those about policies.
constexpr header_member thing_principal_header[]{{"x-amzn-principal", "principal"}};
constexpr header_member policy_header[]{{"x-amzn-iot-policy", "policyName"}};

/// IAM is asked about the target itself: for a Cognito identity the bare identity ID, no ARN.
/// INVARIANT: of the two names that a target has, a row's resource function and its operation read
/// the same one.
std::string target_resource(call const&, json::object const& input) {
    return std::string(json::find_string(input, "target").value_or("*"));
}
std::string principal_resource(call const&, json::object const& input) {
    return std::string(json::find_string(input, "principal").value_or("*"));
}

/// Method and path are AWS's own, from the list of all operations.
operation row(std::string_view name, run_function run, resource_function resource = nullptr) {
    for (auto const& r : all_operations)
        if (r.name == name)
            return {
                .name = name, .run = run, .resource = resource, .method = r.method, .path = r.path};
    return {.name = name, .run = run, .resource = resource};
}
operation without_answer(operation o) {
    o.empty_answer = true;
    return o;
}
operation with_header(operation o, std::span<header_member const> headers) {
    o.headers = headers;
    return o;
}

} // namespace

service const& description() {
    static std::array const rows{
        row("CreatePolicy", &create_policy, &policy_resource),
        row("GetPolicy", &get_policy, &policy_resource),
        row("ListPolicies", &list_policies),
        without_answer(row("DeletePolicy", &delete_policy, &policy_resource)),
        row("CreatePolicyVersion", &create_policy_version, &policy_resource),
        row("GetPolicyVersion", &get_policy_version, &policy_resource),
        row("ListPolicyVersions", &list_policy_versions, &policy_resource),
        without_answer(
            row("SetDefaultPolicyVersion", &set_default_policy_version, &policy_resource)),
        without_answer(row("DeletePolicyVersion", &delete_policy_version, &policy_resource)),
        without_answer(row("AttachPolicy", &attach_policy, &target_resource)),
        without_answer(row("DetachPolicy", &detach_policy, &target_resource)),
        row("ListAttachedPolicies", &list_attached_policies, &target_resource),
        row("ListTargetsForPolicy", &list_targets_for_policy, &policy_resource),
        with_header(without_answer(row("AttachPrincipalPolicy", &attach_principal_policy,
                                       &principal_resource)),
                    principal_header),
        with_header(without_answer(row("DetachPrincipalPolicy", &detach_principal_policy,
                                       &principal_resource)),
                    principal_header),
        with_header(row("ListPrincipalPolicies", &list_principal_policies), principal_header),
        with_header(row("ListPolicyPrincipals", &list_policy_principals, &policy_resource),
                    policy_header),
        row("TestAuthorization", &test_authorization, &principal_resource),
        row("GetEffectivePolicies", &get_effective_policies, &principal_resource),
        row("DescribeEndpoint", &describe_endpoint),
        row("CreateThing", &create_thing, &thing_resource),
        row("DescribeThing", &describe_thing, &thing_resource),
        row("ListThings", &list_things),
        row("UpdateThing", &update_thing, &thing_resource),
        row("DeleteThing", &delete_thing, &thing_resource),
        row("CreateKeysAndCertificate", &create_keys_and_certificate),
        row("CreateCertificateFromCsr", &create_certificate_from_csr),
        row("RegisterCertificateWithoutCA", &register_certificate_without_ca),
        row("DescribeCertificate", &describe_certificate, &certificate_resource),
        row("ListCertificates", &list_certificates),
        without_answer(row("UpdateCertificate", &update_certificate, &certificate_resource)),
        without_answer(row("DeleteCertificate", &delete_certificate, &certificate_resource)),
        with_header(row("AttachThingPrincipal", &attach_thing_principal, &principal_resource),
                    thing_principal_header),
        with_header(row("DetachThingPrincipal", &detach_thing_principal, &principal_resource),
                    thing_principal_header),
        row("ListThingPrincipals", &list_thing_principals, &thing_resource),
        row("ListThingPrincipalsV2", &list_thing_principals_v2, &thing_resource),
        with_header(row("ListPrincipalThings", &list_principal_things), thing_principal_header),
        with_header(row("ListPrincipalThingsV2", &list_principal_things_v2),
                    thing_principal_header),
        without_answer(row("SetV2LoggingOptions", &set_v2_logging_options)),
        row("GetV2LoggingOptions", &get_v2_logging_options),
        without_answer(row("SetV2LoggingLevel", &set_v2_logging_level)),
        row("ListV2LoggingLevels", &list_v2_logging_levels),
        without_answer(row("DeleteV2LoggingLevel", &delete_v2_logging_level)),
    };
    static auto const routes = list_not_built(all_operations, rows);
    static auto const names = [] {
        std::vector<std::string_view> out;
        for (auto const& r : routes)
            out.push_back(r.name);
        return out;
    }();
    static service const control_plane{.name = "iot",
                                       .form = wire::rest_json,
                                       .api_version = "2015-05-28",
                                       .operations = rows,
                                       .not_built = names,
                                       .validation_error = validation_error,
                                       .not_built_routes = routes};
    return control_plane;
}

} // namespace cogniot::cloud::iot
