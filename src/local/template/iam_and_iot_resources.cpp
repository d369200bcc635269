// AWS::IAM::Role with its inline policies, AWS::IoT::Policy and AWS::IoT::Thing.
#include "json/parse.hpp"
#include "local/template/resource_tables.hpp"

#include <boost/json.hpp>

#include <array>

namespace cogniot::local {
namespace {

using boost::json::object;
using cloud::api_error;
using cloud::outcome;
using names = std::string_view;

/// A policy document is an object in a template and text in the API.
std::string document_text(object const& in, std::string_view member) {
    auto const* found = in.if_contains(member);
    if (found == nullptr)
        return {};
    return found->is_string() ? std::string(found->get_string()) : json::print(*found);
}

// ---- AWS::IAM::Role ----

constexpr std::array role_properties = {names("RoleName"),
                                        names("Path"),
                                        names("Description"),
                                        names("MaxSessionDuration"),
                                        names("PermissionsBoundary"),
                                        names("Tags"),
                                        names("Policies"),
                                        names("ManagedPolicyArns"),
                                        names("AssumeRolePolicyDocument")};
constexpr std::array role_replacing = {names("RoleName"), names("Path")};
constexpr std::array role_required = {names("AssumeRolePolicyDocument")};
constexpr std::array role_settings = {names("Description"), names("MaxSessionDuration")};
constexpr std::array role_copied = {names("Path"), names("Description"),
                                    names("MaxSessionDuration"), names("PermissionsBoundary"),
                                    names("Tags")};

outcome<void> put_inline_policies(resource_request& in, std::string const& role) {
    auto const* policies = json::find_array(in.properties, "Policies");
    if (policies == nullptr)
        return {};
    for (auto const& each : *policies) {
        object const policy = each.is_object() ? each.get_object() : object{};
        if (auto put = run(in.as_root, "iam", "PutRolePolicy",
                           {{"RoleName", role},
                            {"PolicyName", string_of(policy, "PolicyName")},
                            {"PolicyDocument", document_text(policy, "PolicyDocument")}});
            !put)
            return api_error{put.error().code, put.error().status,
                             "policy `" + string_of(policy, "PolicyName") +
                                 "`: " + put.error().message};
    }
    return {};
}

outcome<void> attach_managed_policies(resource_request& in, std::string const& role) {
    auto const* arns = json::find_array(in.properties, "ManagedPolicyArns");
    if (arns == nullptr)
        return {};
    for (auto const& arn : *arns)
        if (auto put = run(in.as_root, "iam", "AttachRolePolicy",
                           {{"RoleName", role}, {"PolicyArn", arn}});
            !put)
            return put;
    return {};
}

outcome<physical_resource> create_role(resource_request& in) {
    object input = copy_members(in.properties, role_copied);
    auto const given = string_of(in.properties, "RoleName");
    std::string const role = given.empty() ? in.generated_name : given;
    input["RoleName"] = role;
    input["AssumeRolePolicyDocument"] = document_text(in.properties, "AssumeRolePolicyDocument");
    auto made = invoke(in.as_root, "iam", "CreateRole", input);
    if (!made)
        return made.error();
    if (auto put = put_inline_policies(in, role); !put)
        return put.error();
    if (auto attached = attach_managed_policies(in, role); !attached)
        return attached.error();
    auto const& described = made->at("Role").as_object();
    return physical_resource{
        role, {{"Arn", string_of(described, "Arn")}, {"RoleId", string_of(described, "RoleId")}}};
}

/// Takes away the inline and managed policies that the new properties do not name.
outcome<void> remove_other_policies(cloud::call& call, std::string const& role,
                                    object const& properties) {
    auto listed = invoke(call, "iam", "ListRolePolicies", {{"RoleName", role}});
    if (!listed)
        return listed.error();
    auto const names_policy = [&](std::string_view name) {
        if (auto const* policies = json::find_array(properties, "Policies"))
            for (auto const& each : *policies)
                if (each.is_object() && string_of(each.get_object(), "PolicyName") == name)
                    return true;
        return false;
    };
    for (auto const& name : listed->at("PolicyNames").as_array())
        if (!names_policy(name.as_string()))
            if (auto gone = run(call, "iam", "DeleteRolePolicy",
                                {{"RoleName", role}, {"PolicyName", name}});
                !gone)
                return gone;
    auto attached = invoke(call, "iam", "ListAttachedRolePolicies", {{"RoleName", role}});
    if (!attached)
        return attached.error();
    auto const* wanted = json::find_array(properties, "ManagedPolicyArns");
    for (auto const& each : attached->at("AttachedPolicies").as_array()) {
        auto const& arn = each.as_object().at("PolicyArn");
        bool keep = false;
        if (wanted != nullptr)
            for (auto const& one : *wanted)
                keep = keep || one == arn;
        if (!keep)
            if (auto gone =
                    run(call, "iam", "DetachRolePolicy", {{"RoleName", role}, {"PolicyArn", arn}});
                !gone)
                return gone;
    }
    return {};
}

/// Description, session length, tags and boundary. What the template no longer says goes back to
/// AWS's default.
outcome<void> change_settings(resource_request& in, std::string const& role) {
    object input{{"RoleName", role}, {"Description", ""}};
    for (auto const& [name, value] : copy_members(in.properties, role_settings))
        input[name] = value;
    if (auto done = run(in.as_root, "iam", "UpdateRole", input); !done)
        return done;
    auto described = invoke(in.as_root, "iam", "GetRole", {{"RoleName", role}});
    if (!described)
        return described.error();
    boost::json::array keys;
    if (auto const* tags = json::find_array(described->at("Role").as_object(), "Tags"))
        for (auto const& each : *tags)
            keys.push_back(each.as_object().at("Key"));
    if (auto done =
            run(in.as_root, "iam", "UntagRole", {{"RoleName", role}, {"TagKeys", std::move(keys)}});
        !done)
        return done;
    if (auto const* tags = in.properties.if_contains("Tags"))
        if (auto done = run(in.as_root, "iam", "TagRole", {{"RoleName", role}, {"Tags", *tags}});
            !done)
            return done;
    if (auto const* boundary = in.properties.if_contains("PermissionsBoundary"))
        return run(in.as_root, "iam", "PutRolePermissionsBoundary",
                   {{"RoleName", role}, {"PermissionsBoundary", *boundary}});
    return {};
}

outcome<physical_resource> update_role(resource_request& in, physical_resource const& now) {
    if (auto changed = change_settings(in, now.id); !changed)
        return changed.error();
    if (auto trust =
            run(in.as_root, "iam", "UpdateAssumeRolePolicy",
                {{"RoleName", now.id},
                 {"PolicyDocument", document_text(in.properties, "AssumeRolePolicyDocument")}});
        !trust)
        return trust.error();
    if (auto gone = remove_other_policies(in.as_root, now.id, in.properties); !gone)
        return gone.error();
    if (auto put = put_inline_policies(in, now.id); !put)
        return put.error();
    if (auto attached = attach_managed_policies(in, now.id); !attached)
        return attached.error();
    return now;
}

outcome<void> remove_role(cloud::call& call, physical_resource const& it) {
    if (auto gone = remove_other_policies(call, it.id, {}); !gone)
        return gone;
    return run(call, "iam", "DeleteRole", {{"RoleName", it.id}});
}

// ---- AWS::IoT::Policy ----

constexpr std::array policy_properties = {names("PolicyName"), names("PolicyDocument"),
                                          names("Tags")};
constexpr std::array policy_replacing = {names("PolicyName")};
constexpr std::array policy_without_effect = {names("Tags")};
constexpr std::array policy_required = {names("PolicyDocument")};

outcome<physical_resource> create_policy(resource_request& in) {
    auto const given = string_of(in.properties, "PolicyName");
    std::string const name = given.empty() ? in.generated_name : given;
    auto made = invoke(
        in.as_root, "iot", "CreatePolicy",
        {{"policyName", name}, {"policyDocument", document_text(in.properties, "PolicyDocument")}});
    if (!made)
        return made.error();
    return physical_resource{name, {{"Arn", string_of(*made, "policyArn")}, {"Id", name}}};
}

/// A changed document becomes a new default version; the oldest makes room, as on AWS five stay.
outcome<physical_resource> update_policy(resource_request& in, physical_resource const& now) {
    auto versions = invoke(in.as_root, "iot", "ListPolicyVersions", {{"policyName", now.id}});
    if (!versions)
        return versions.error();
    auto const& list = versions->at("policyVersions").as_array();
    if (list.size() >= 5) {
        std::int64_t oldest = 0;
        for (auto const& each : list) {
            auto const& version = each.as_object();
            auto const id = std::stoll(string_of(version, "versionId"));
            if (!json::find_bool(version, "isDefaultVersion").value_or(false) &&
                (oldest == 0 || id < oldest))
                oldest = id;
        }
        if (auto gone = run(in.as_root, "iot", "DeletePolicyVersion",
                            {{"policyName", now.id}, {"policyVersionId", std::to_string(oldest)}});
            !gone)
            return gone.error();
    }
    if (auto made = run(in.as_root, "iot", "CreatePolicyVersion",
                        {{"policyName", now.id},
                         {"policyDocument", document_text(in.properties, "PolicyDocument")},
                         {"setAsDefault", true}});
        !made)
        return made.error();
    return now;
}

outcome<void> remove_policy(cloud::call& call, physical_resource const& it) {
    auto targets = invoke(call, "iot", "ListTargetsForPolicy", {{"policyName", it.id}});
    if (!targets)
        return targets.error();
    for (auto const& target : targets->at("targets").as_array())
        if (auto gone =
                run(call, "iot", "DetachPolicy", {{"policyName", it.id}, {"target", target}});
            !gone)
            return gone;
    auto versions = invoke(call, "iot", "ListPolicyVersions", {{"policyName", it.id}});
    if (!versions)
        return versions.error();
    for (auto const& each : versions->at("policyVersions").as_array())
        if (!json::find_bool(each.as_object(), "isDefaultVersion").value_or(false))
            if (auto gone = run(
                    call, "iot", "DeletePolicyVersion",
                    {{"policyName", it.id}, {"policyVersionId", each.as_object().at("versionId")}});
                !gone)
                return gone;
    return run(call, "iot", "DeletePolicy", {{"policyName", it.id}});
}

// ---- AWS::IoT::Thing ----

constexpr std::array thing_properties = {names("ThingName"), names("AttributePayload")};
constexpr std::array thing_replacing = {names("ThingName")};

object thing_input(resource_request const& in, std::string const& name) {
    object input{{"thingName", name}};
    if (auto const* payload = json::find_object(in.properties, "AttributePayload"))
        if (auto const* attributes = payload->if_contains("Attributes"))
            input["attributePayload"] = object{{"attributes", *attributes}};
    return input;
}

outcome<physical_resource> create_thing(resource_request& in) {
    auto const given = string_of(in.properties, "ThingName");
    std::string const name = given.empty() ? in.generated_name : given;
    auto made = invoke(in.as_root, "iot", "CreateThing", thing_input(in, name));
    if (!made)
        return made.error();
    return physical_resource{name,
                             {{"Arn", string_of(*made, "thingArn")},
                              {"Id", string_of(*made, "thingId")},
                              {"Name", name}}};
}

outcome<physical_resource> update_thing(resource_request& in, physical_resource const& now) {
    if (auto done = run(in.as_root, "iot", "UpdateThing", thing_input(in, now.id)); !done)
        return done.error();
    return now;
}

outcome<void> remove_thing(cloud::call& call, physical_resource const& it) {
    return run(call, "iot", "DeleteThing", {{"thingName", it.id}});
}

constexpr std::array iam_and_iot_types = {
    resource_type{.name = "AWS::IAM::Role",
                  .properties = role_properties,
                  .required = role_required,
                  .create = create_role,
                  .update = update_role,
                  .remove = remove_role,
                  .replacing = role_replacing,
                  .has_name = true},
    resource_type{.name = "AWS::IoT::Policy",
                  .properties = policy_properties,
                  .required = policy_required,
                  .create = create_policy,
                  .update = update_policy,
                  .remove = remove_policy,
                  .replacing = policy_replacing,
                  .has_name = true,
                  .without_effect = policy_without_effect},
    resource_type{.name = "AWS::IoT::Thing",
                  .properties = thing_properties,
                  .required = {},
                  .create = create_thing,
                  .update = update_thing,
                  .remove = remove_thing,
                  .replacing = thing_replacing,
                  .has_name = true},
};

} // namespace

std::span<resource_type const> iam_and_iot_resource_types() {
    return iam_and_iot_types;
}

} // namespace cogniot::local
