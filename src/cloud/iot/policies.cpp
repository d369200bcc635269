// IoT policies: CreatePolicy, GetPolicy, ListPolicies, DeletePolicy.
#include "cloud/iot/entity.hpp"
#include "cloud/iot/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::iot {

namespace {

/// Names in the order of creation, as AWS lists.
std::vector<std::string_view> names_by_creation(registry const& in, bool ascending) {
    std::vector<versioned_policy const*> all;
    for (auto const& [name, p] : in.policies)
        all.push_back(&p);
    std::sort(all.begin(), all.end(), [&](auto const* a, auto const* b) {
        if (a->created != b->created)
            return ascending ? a->created < b->created : a->created > b->created;
        return a->name < b->name;
    });
    std::vector<std::string_view> names;
    for (auto const* const p : all)
        names.push_back(p->name);
    return names;
}

} // namespace

outcome<json::object> create_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("policyName", policy_name_rule);
    auto const document = in.text("policyDocument", document_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto parsed = read_document(document);
    if (!parsed)
        return parsed.error();
    if (auto const* const p = find_policy(c, name))
        return exists_already(
            "Policy cannot be created - name already exists (name=" + std::string(name) + ")",
            p->name, p->arn);
    versioned_policy made{.name = std::string(name),
                          .region = c.region,
                          .arn = make_arn(c, "policy", name),
                          .created = c.now,
                          .modified = c.now,
                          .generation = random_uuid(c.random),
                          .versions = {{1, c.now, std::move(*parsed)}}};
    auto const& p =
        c.world.iot.at(c.region).policies.emplace(std::string(name), std::move(made)).first->second;
    c.persist.push_back(print_record(p));
    return json::object{{"policyName", p.name},
                        {"policyArn", p.arn},
                        {"policyDocument", document},
                        {"policyVersionId", "1"}};
}

outcome<json::object> get_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("policyName", policy_name_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const p = find_policy(c, name);
    if (!p)
        return policy_not_found();
    return json::object{{"policyName", p->name},
                        {"policyArn", p->arn},
                        {"policyDocument", p->in_force()->document.text()},
                        {"defaultVersionId", std::to_string(p->default_version)},
                        {"creationDate", epoch_seconds(p->created)},
                        {"lastModifiedDate", epoch_seconds(p->modified)},
                        {"generationId", p->generation}};
}

outcome<json::object> list_policies(call& c, json::object const& input) {
    input_reader in(input);
    auto const wanted = read_page(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const& region = c.world.iot.at(c.region);
    auto const names = names_by_creation(region, wanted.ascending);
    json::object answer;
    json::array policies;
    for (auto const name : cut_page(names, wanted, answer, "nextMarker"))
        policies.push_back(
            json::object{{"policyName", name}, {"policyArn", region.find_policy(name)->arn}});
    answer["policies"] = std::move(policies);
    return answer;
}

outcome<json::object> delete_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("policyName", policy_name_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const p = find_policy(c, name);
    if (!p)
        return policy_not_found();
    auto& region = c.world.iot.at(c.region);
    for (auto const& [id, t] : region.targets)
        if (std::find(t.policies.begin(), t.policies.end(), name) != t.policies.end())
            return delete_conflict("The policy cannot be deleted as the policy is attached to one "
                                   "or more principals (name=" +
                                   std::string(name) + ")");
    if (p->versions.size() > 1)
        return delete_conflict("Cannot delete the policy because it has one or more policy "
                               "versions attached to it (name=" +
                               std::string(name) + ")");
    c.persist.push_back(forget(*p));
    region.policies.erase(region.policies.find(name));
    return json::object{};
}

} // namespace cogniot::cloud::iot
