// Managed policies on roles: AttachRolePolicy, DetachRolePolicy, ListAttachedRolePolicies.
#include "cloud/iam/entity.hpp"
#include "cloud/iam/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::iam {

namespace {

/// @source spec cognito-iam-sigv4 5.6
constexpr std::size_t max_attached = 10;

} // namespace

outcome<json::object> attach_role_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const role_name = in.text("RoleName", role_name_rule);
    auto const arn = in.text("PolicyArn", arn_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (!arn.starts_with("arn:"))
        return api_error{.code = "ValidationError",
                         .status = 400,
                         .message = "Invalid ARN:  Could not be parsed!"};
    auto* const r = find_role(c, role_name);
    if (!r)
        return no_such_role(role_name);
    if (!c.world.iam.find_policy(arn))
        return no_such_entity("Policy " + std::string(arn) +
                              " does not exist or is not attachable.");
    if (std::find(r->attached.begin(), r->attached.end(), arn) != r->attached.end())
        return json::object{};
    if (r->attached.size() >= max_attached)
        return limit_exceeded("Cannot exceed quota for PoliciesPerRole: 10");
    r->attached.emplace_back(arn);
    keep(c, *r);
    return json::object{};
}

outcome<json::object> detach_role_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const role_name = in.text("RoleName", role_name_rule);
    auto const arn = in.text("PolicyArn", arn_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const r = find_role(c, role_name);
    if (!r)
        return no_such_role(role_name);
    if (std::erase(r->attached, arn) == 0)
        return no_such_entity("Policy " + std::string(arn) + " was not found.");
    keep(c, *r);
    return json::object{};
}

outcome<json::object> list_attached_role_policies(call& c, json::object const& input) {
    input_reader in(input);
    auto const role_name = in.text("RoleName", role_name_rule);
    auto const prefix = in.find_text("PathPrefix", {.max = 512}).value_or("/");
    auto const wanted = read_page(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const r = find_role(c, role_name);
    if (!r)
        return no_such_role(role_name);
    json::array attached;
    std::string_view last;
    bool is_truncated = false;
    bool skipping = !wanted.after.empty();
    for (auto const& arn : r->attached) {
        if (skipping) {
            skipping = arn != wanted.after;
            continue;
        }
        auto const* const found = c.world.iam.find_policy(arn);
        if (!found || !found->path.starts_with(prefix))
            continue;
        if (attached.size() == wanted.max_items) {
            is_truncated = true;
            break;
        }
        attached.push_back(json::object{{"PolicyName", found->name}, {"PolicyArn", arn}});
        last = arn;
    }
    json::object answer{{"AttachedPolicies", std::move(attached)}};
    finish_page(answer, is_truncated, last);
    return answer;
}

} // namespace cogniot::cloud::iam
