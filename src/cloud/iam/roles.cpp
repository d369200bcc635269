// CreateRole, GetRole, ListRoles, DeleteRole, UpdateAssumeRolePolicy.
#include "base/text.hpp"
#include "cloud/iam/entity.hpp"
#include "cloud/iam/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace cogniot::cloud::iam {

namespace {

/// The members that every answer about a role has.
json::object print_role(role const& r) {
    json::object out{{"Path", r.path},
                     {"RoleName", r.name},
                     {"RoleId", r.id},
                     {"Arn", r.arn},
                     {"CreateDate", print_extended(r.created)},
                     {"AssumeRolePolicyDocument", percent_encode(r.trust.text())}};
    if (!r.description.empty())
        out["Description"] = r.description;
    return out;
}

} // namespace

outcome<json::object> create_role(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("RoleName", role_name_rule);
    auto const path = in.find_text("Path", path_rule).value_or("/");
    auto const document = in.text("AssumeRolePolicyDocument", document_rule);
    auto const description = in.find_text("Description", description_rule).value_or("");
    auto const max_session = in.find_integer("MaxSessionDuration", {.min = 3600, .max = 43200});
    auto const boundary = in.find_text("PermissionsBoundary", arn_rule);
    auto tags = read_tags(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    // A boundary that is kept and not evaluated would grant what AWS refuses.
    if (boundary)
        return api_error{.code = "NotImplemented",
                         .status = 501,
                         .message = "CreateRole with PermissionsBoundary is not built yet."};
    if (find_role(c, name))
        return exists_already("Role with name " + std::string(name) + " already exists.");
    auto trust = read_document(document, policy::kind::trust, name);
    if (!trust)
        return trust.error();
    role made{.name = std::string(name),
              .id = make_unique_id(c.random, "AROA"),
              .path = std::string(path),
              .arn = make_arn(c, "role", path, name),
              .description = std::string(description),
              .max_session = std::chrono::seconds(max_session.value_or(3600)),
              .created = c.now,
              .trust = std::move(*trust),
              .tags = std::move(tags)};
    auto& r = c.world.iam.roles.emplace(std::string(name), std::move(made)).first->second;
    keep(c, r);
    auto answer = print_role(r);
    if (!r.tags.empty())
        answer["Tags"] = print_tags(r.tags);
    return json::object{{"Role", std::move(answer)}};
}

outcome<json::object> get_role(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("RoleName", role_name_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const r = find_role(c, name);
    if (!r)
        return no_such_role(name);
    auto answer = print_role(*r);
    answer["MaxSessionDuration"] = r->max_session.count();
    if (!r->tags.empty())
        answer["Tags"] = print_tags(r->tags);
    answer["RoleLastUsed"] = json::object{};
    return json::object{{"Role", std::move(answer)}};
}

outcome<json::object> list_roles(call& c, json::object const& input) {
    input_reader in(input);
    auto const prefix = in.find_text("PathPrefix", {.min = 1, .max = 512}).value_or("/");
    auto const wanted = read_page(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    json::array roles;
    std::string_view last;
    bool is_truncated = false;
    auto const& all = c.world.iam.roles;
    for (auto at = wanted.after.empty() ? all.begin() : all.upper_bound(wanted.after);
         at != all.end(); ++at) {
        auto const& r = at->second;
        if (!r.path.starts_with(prefix))
            continue;
        if (roles.size() == wanted.max_items) {
            is_truncated = true;
            break;
        }
        auto one = print_role(r);
        one["MaxSessionDuration"] = r.max_session.count();
        roles.push_back(std::move(one));
        last = r.name;
    }
    json::object answer{{"Roles", std::move(roles)}};
    finish_page(answer, is_truncated, last);
    return answer;
}

outcome<json::object> delete_role(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("RoleName", role_name_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const r = find_role(c, name);
    if (!r)
        return no_such_role(name);
    if (!r->attached.empty())
        return conflict("Cannot delete entity, must detach all policies first.");
    if (!r->inline_policies.empty())
        return conflict("Cannot delete entity, must delete policies first.");
    auto forgotten = print_record(*r);
    forgotten.value.reset();
    c.persist.push_back(std::move(forgotten));
    c.world.iam.roles.erase(r->name);
    return json::object{};
}

outcome<json::object> update_assume_role_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("RoleName", role_name_rule);
    auto const document = in.text("PolicyDocument", document_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const r = find_role(c, name);
    if (!r)
        return no_such_role(name);
    auto trust = read_document(document, policy::kind::trust, name);
    if (!trust)
        return trust.error();
    r->trust = std::move(*trust);
    keep(c, *r);
    return json::object{};
}

} // namespace cogniot::cloud::iam
