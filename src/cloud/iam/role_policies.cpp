// Inline policies of a role: PutRolePolicy, GetRolePolicy, ListRolePolicies, DeleteRolePolicy.
#include "base/text.hpp"
#include "cloud/iam/entity.hpp"
#include "cloud/iam/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"
#include "policy/compiled.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace cogniot::cloud::iam {

namespace {

/// What a role's inline policies may have together. @source spec cognito-iam-sigv4 5.6
constexpr std::size_t max_inline_size = 10240;

api_error no_such_role_policy(std::string_view name) {
    return no_such_entity("The role policy with name " + std::string(name) + " cannot be found.");
}

} // namespace

outcome<json::object> put_role_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const role_name = in.text("RoleName", role_name_rule);
    auto const name = in.text("PolicyName", policy_name_rule);
    auto const document = in.text("PolicyDocument", document_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const r = find_role(c, role_name);
    if (!r)
        return no_such_role(role_name);
    auto parsed = read_document(document, policy::kind::role_inline, role_name);
    if (!parsed)
        return parsed.error();
    auto total = policy::counted_size(document, policy::kind::role_inline);
    for (auto const& [other, its_document] : r->inline_policies)
        if (!equals_ignoring_case(other, name))
            total += policy::counted_size(its_document.text(), policy::kind::role_inline);
    if (total > max_inline_size)
        return limit_exceeded("Maximum policy size of 10240 bytes exceeded for role " + r->name);
    r->inline_policies.insert_or_assign(std::string(name), std::move(*parsed));
    keep(c, *r);
    return json::object{};
}

outcome<json::object> get_role_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const role_name = in.text("RoleName", role_name_rule);
    auto const name = in.text("PolicyName", policy_name_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const r = find_role(c, role_name);
    if (!r)
        return no_such_role(role_name);
    auto const found = r->inline_policies.find(name);
    if (found == r->inline_policies.end())
        return no_such_role_policy(name);
    return json::object{{"RoleName", r->name},
                        {"PolicyName", found->first},
                        {"PolicyDocument", percent_encode(found->second.text())}};
}

outcome<json::object> list_role_policies(call& c, json::object const& input) {
    input_reader in(input);
    auto const role_name = in.text("RoleName", role_name_rule);
    auto const wanted = read_page(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const r = find_role(c, role_name);
    if (!r)
        return no_such_role(role_name);
    json::array names;
    std::string_view last;
    auto const& all = r->inline_policies;
    auto at = wanted.after.empty() ? all.begin() : all.upper_bound(wanted.after);
    for (; at != all.end() && names.size() < wanted.max_items; ++at) {
        names.emplace_back(at->first);
        last = at->first;
    }
    json::object answer{{"PolicyNames", std::move(names)}};
    finish_page(answer, at != all.end(), last);
    return answer;
}

outcome<json::object> delete_role_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const role_name = in.text("RoleName", role_name_rule);
    auto const name = in.text("PolicyName", policy_name_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const r = find_role(c, role_name);
    if (!r)
        return no_such_role(role_name);
    auto const found = r->inline_policies.find(name);
    if (found == r->inline_policies.end())
        return no_such_role_policy(name);
    r->inline_policies.erase(found);
    keep(c, *r);
    return json::object{};
}

} // namespace cogniot::cloud::iam
