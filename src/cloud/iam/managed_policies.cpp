// Managed policies: CreatePolicy, GetPolicy, ListPolicies, DeletePolicy.
#include "base/text.hpp"
#include "cloud/iam/aws_managed.hpp"
#include "cloud/iam/entity.hpp"
#include "cloud/iam/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::iam {

namespace {

json::object print_policy(state const& iam, managed_policy const& p) {
    return {{"PolicyName", p.name},
            {"PolicyId", p.id},
            {"Arn", p.arn},
            {"Path", p.path},
            {"DefaultVersionId", p.default_version},
            {"AttachmentCount", iam.attachment_count(p.arn)},
            {"PermissionsBoundaryUsageCount", 0},
            {"IsAttachable", true},
            {"CreateDate", print_extended(p.created)},
            {"UpdateDate", print_extended(p.updated)}};
}

} // namespace

outcome<json::object> create_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("PolicyName", policy_name_rule);
    auto const path = in.find_text("Path", path_rule).value_or("/");
    auto const document = in.text("PolicyDocument", document_rule);
    auto const description = in.find_text("Description", description_rule).value_or("");
    auto tags = read_tags(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto& iam = c.world.iam;
    // Names are unique in the account, whatever their paths.
    for (auto const& [arn, p] : iam.policies)
        if (equals_ignoring_case(p.name, name))
            return exists_already("A policy called " + std::string(name) +
                                  " already exists. Duplicate names are not allowed.");
    auto parsed = read_document(document, policy::kind::managed);
    if (!parsed)
        return parsed.error();
    managed_policy made{.name = std::string(name),
                        .id = make_unique_id(c.random, "ANPA"),
                        .path = std::string(path),
                        .arn = make_arn(c, "policy", path, name),
                        .description = std::string(description),
                        .created = c.now,
                        .updated = c.now,
                        .default_version = "v1",
                        .versions = {{"v1", c.now, std::move(*parsed)}},
                        .tags = std::move(tags)};
    auto arn = made.arn;
    auto const& p = iam.policies.emplace(std::move(arn), std::move(made)).first->second;
    c.persist.push_back(print_record(p));
    auto answer = print_policy(iam, p);
    if (!p.tags.empty())
        answer["Tags"] = print_tags(p.tags);
    return json::object{{"Policy", std::move(answer)}};
}

outcome<json::object> get_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const arn = in.text("PolicyArn", arn_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const found = c.world.iam.find_policy(arn);
    if (!found)
        return no_such_policy(arn);
    auto answer = print_policy(c.world.iam, *found);
    if (!found->description.empty())
        answer["Description"] = found->description;
    if (!found->tags.empty())
        answer["Tags"] = print_tags(found->tags);
    return json::object{{"Policy", std::move(answer)}};
}

outcome<json::object> list_policies(call& c, json::object const& input) {
    static constexpr std::string_view scopes[]{"All", "AWS", "Local"};
    input_reader in(input);
    auto const scope = in.find_text("Scope", {.values = scopes}).value_or("All");
    bool const only_attached = in.find_flag("OnlyAttached").value_or(false);
    auto const prefix = in.find_text("PathPrefix", {.min = 1, .max = 512}).value_or("/");
    auto const wanted = read_page(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    json::array policies;
    std::string_view last;
    bool is_truncated = false;
    // The account's own first, then AWS's.
    std::vector<managed_policy const*> all;
    for (auto const& [arn, p] : c.world.iam.policies)
        if (scope != "AWS")
            all.push_back(&p);
    for (auto const& p : aws_managed_policies())
        if (scope != "Local")
            all.push_back(&p);
    bool skipping = !wanted.after.empty();
    for (auto const* const listed : all) {
        auto const& p = *listed;
        if (skipping) {
            skipping = p.arn != wanted.after;
            continue;
        }
        if (!p.path.starts_with(prefix) ||
            (only_attached && c.world.iam.attachment_count(p.arn) == 0))
            continue;
        if (policies.size() == wanted.max_items) {
            is_truncated = true;
            break;
        }
        policies.push_back(print_policy(c.world.iam, p));
        last = p.arn;
    }
    json::object answer{{"Policies", std::move(policies)}};
    finish_page(answer, is_truncated, last);
    return answer;
}

outcome<json::object> delete_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const arn = in.text("PolicyArn", arn_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto& iam = c.world.iam;
    auto const found = iam.policies.find(arn);
    if (found == iam.policies.end())
        return no_such_policy(arn);
    if (iam.attachment_count(arn) != 0)
        return conflict("Cannot delete a policy attached to entities.");
    if (found->second.versions.size() > 1)
        return conflict("This policy has more than one version. Before you delete a policy, you "
                        "must delete the policy's versions. The default version is deleted with "
                        "the policy.");
    c.persist.push_back({print_record(found->second).kind, found->first, std::nullopt});
    iam.policies.erase(found);
    return json::object{};
}

} // namespace cogniot::cloud::iam
