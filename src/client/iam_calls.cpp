#include "client/iam_calls.hpp"

#include "base/text.hpp"
#include "client/xml_answer.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::client {
namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

aws_call query_call(service to, std::string operation, fields const& with) {
    auto const version = to == service::sts ? "2011-06-15" : "2010-05-08";
    auto body = make_query_body(operation, version, with);
    return {.to = to,
            .operation = std::move(operation),
            .form = wire_form::query_xml,
            .body = std::move(body),
            .is_signed = true};
}

std::string text(json::object const& in, std::string_view name) {
    return std::string(json::find_string(in, name).value_or(""));
}

result<std::string> read_document(json::object const& in, std::string_view name,
                                  std::string const& operation) {
    auto const found = json::find_string(in, name);
    auto decoded = found ? percent_decode(*found) : std::nullopt;
    if (!decoded)
        return incomplete_answer(operation, std::string(name));
    return *decoded;
}

std::string next_marker(json::object const& answer) {
    return text(answer, "IsTruncated") == "true" ? text(answer, "Marker") : std::string();
}

} // namespace

aws_call make_get_role(std::string const& role_name) {
    return query_call(service::iam, "GetRole", {{"RoleName", role_name}});
}

aws_call make_list_role_policies(std::string const& role_name, std::string const& marker) {
    return query_call(service::iam, "ListRolePolicies",
                      {{"RoleName", role_name}, {"Marker", marker}});
}

aws_call make_get_role_policy(std::string const& role_name, std::string const& policy_name) {
    return query_call(service::iam, "GetRolePolicy",
                      {{"RoleName", role_name}, {"PolicyName", policy_name}});
}

aws_call make_list_attached_role_policies(std::string const& role_name, std::string const& marker) {
    return query_call(service::iam, "ListAttachedRolePolicies",
                      {{"RoleName", role_name}, {"Marker", marker}});
}

aws_call make_get_managed_policy(std::string const& policy_arn) {
    return query_call(service::iam, "GetPolicy", {{"PolicyArn", policy_arn}});
}

aws_call make_get_managed_policy_version(std::string const& policy_arn,
                                         std::string const& version_id) {
    return query_call(service::iam, "GetPolicyVersion",
                      {{"PolicyArn", policy_arn}, {"VersionId", version_id}});
}

result<role_description> read_role(json::object const& answer) {
    auto const* const in = json::find_object(answer, "Role");
    if (!in)
        return incomplete_answer("GetRole", "Role");
    auto trust = read_document(*in, "AssumeRolePolicyDocument", "GetRole");
    if (!trust)
        return trust.error();
    role_description out{.name = text(*in, "RoleName"),
                         .id = text(*in, "RoleId"),
                         .arn = text(*in, "Arn"),
                         .trust = std::move(*trust)};
    if (auto const* const boundary = json::find_object(*in, "PermissionsBoundary"))
        out.permissions_boundary = text(*boundary, "PermissionsBoundaryArn");
    if (out.name.empty() || out.id.empty() || out.arn.empty())
        return incomplete_answer("GetRole", "RoleName, RoleId or Arn");
    return out;
}

name_page read_role_policies(json::object const& answer) {
    name_page out{.marker = next_marker(answer)};
    if (auto const* const list = json::find_array(answer, "PolicyNames"))
        for (auto const& one : *list)
            if (auto const* const name = one.if_string())
                out.names.emplace_back(*name);
    return out;
}

name_page read_attached_role_policies(json::object const& answer) {
    name_page out{.marker = next_marker(answer)};
    if (auto const* const list = json::find_array(answer, "AttachedPolicies"))
        for (auto const& one : *list)
            if (auto const* const policy = one.if_object())
                out.names.push_back(text(*policy, "PolicyArn"));
    return out;
}

result<std::string> read_role_policy(json::object const& answer) {
    return read_document(answer, "PolicyDocument", "GetRolePolicy");
}

result<std::string> read_default_version(json::object const& answer) {
    auto const* const in = json::find_object(answer, "Policy");
    auto version = in ? text(*in, "DefaultVersionId") : std::string();
    if (version.empty())
        return incomplete_answer("GetPolicy", "DefaultVersionId");
    return version;
}

result<std::string> read_policy_version(json::object const& answer) {
    auto const* const in = json::find_object(answer, "PolicyVersion");
    if (!in)
        return incomplete_answer("GetPolicyVersion", "PolicyVersion");
    return read_document(*in, "Document", "GetPolicyVersion");
}

aws_call make_simulate_principal_policy(std::string const& role_arn, std::string const& action,
                                        std::string const& resource,
                                        std::map<std::string, std::string> const& facts) {
    fields with{{"PolicySourceArn", role_arn},
                {"ActionNames.member.1", action},
                {"ResourceArns.member.1", resource}};
    std::size_t number = 0;
    for (auto const& [key, value] : facts) {
        auto const entry = "ContextEntries.member." + std::to_string(++number) + ".";
        with.emplace_back(entry + "ContextKeyName", key);
        with.emplace_back(entry + "ContextKeyType", "string");
        with.emplace_back(entry + "ContextKeyValues.member.1", value);
    }
    return query_call(service::iam, "SimulatePrincipalPolicy", with);
}

result<simulated> read_simulation(json::object const& answer) {
    auto const* const results = json::find_array(answer, "EvaluationResults");
    auto const* const first = results && !results->empty() ? results->front().if_object() : nullptr;
    if (!first || text(*first, "EvalDecision").empty())
        return incomplete_answer("SimulatePrincipalPolicy", "EvalDecision");
    simulated out{.decision = text(*first, "EvalDecision")};
    auto const add_missing = [&](json::object const& from) {
        if (auto const* const missing = json::find_array(from, "MissingContextValues"))
            for (auto const& one : *missing)
                if (auto const* const key = one.if_string())
                    out.missing_context.emplace_back(*key);
    };
    add_missing(*first);
    // Where resources are named, what was missing stands with each of them.
    if (auto const* const each = json::find_array(*first, "ResourceSpecificResults"))
        for (auto const& one : *each)
            if (auto const* const of_resource = one.if_object())
                add_missing(*of_resource);
    return out;
}

aws_call make_get_caller_identity(sigv4::credentials const& who) {
    auto call = query_call(service::sts, "GetCallerIdentity", {});
    call.by = who;
    return call;
}

std::string caller_identity::role_name() const {
    auto const parts = split(arn, '/');
    return parts.size() == 3 && parts[0].ends_with(":assumed-role") ? std::string(parts[1])
                                                                    : std::string();
}

std::string caller_identity::partition() const {
    auto const parts = split(arn, ':');
    return parts.size() > 1 ? std::string(parts[1]) : "aws";
}

result<caller_identity> read_caller_identity(json::object const& answer) {
    caller_identity out{.account = text(answer, "Account"),
                        .arn = text(answer, "Arn"),
                        .user_id = text(answer, "UserId")};
    if (out.account.empty() || out.arn.empty() || out.user_id.empty())
        return incomplete_answer("GetCallerIdentity", "Account, Arn or UserId");
    return out;
}

} // namespace cogniot::client
