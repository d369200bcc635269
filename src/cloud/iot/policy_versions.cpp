// Versions of an IoT policy: one of up to five is in force.
#include "cloud/iot/entity.hpp"
#include "cloud/iot/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace cogniot::cloud::iot {

namespace {

/// @source spec iot-broker 4.7
constexpr std::size_t max_versions = 5;

api_error version_not_found() {
    return not_found("Policy version not found");
}

/// Takes the change over: what follows from the version in force, then the record to commit.
void keep(call& c, versioned_policy& p) {
    p.modified = c.now;
    p.generation = random_uuid(c.random);
    c.world.iot.at(c.region).refresh_attached(p.name);
    c.persist.push_back(print_record(p));
}

/// A policy and one of its versions, as most operations here name them.
struct named_version {
    versioned_policy& of;
    policy_version const& version;
};

outcome<named_version> find_version(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("policyName", policy_name_rule);
    auto const version_id = in.text("policyVersionId", version_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const p = find_policy(c, name);
    if (!p)
        return policy_not_found();
    auto const* const v = p->find(version_id);
    if (!v)
        return version_not_found();
    return named_version{*p, *v};
}

} // namespace

outcome<json::object> create_policy_version(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("policyName", policy_name_rule);
    auto const document = in.text("policyDocument", document_rule);
    bool const set_default = in.find_flag("setAsDefault").value_or(false);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const p = find_policy(c, name);
    if (!p)
        return policy_not_found();
    auto parsed = read_document(document);
    if (!parsed)
        return parsed.error();
    if (p->versions.size() >= max_versions)
        return api_error{.code = "VersionsLimitExceededException",
                         .status = 409,
                         .message = "The policy " + p->name +
                                    " already has the maximum number of versions (5)"};
    auto const number = p->next_version++;
    p->versions.push_back({number, c.now, std::move(*parsed)});
    if (set_default)
        p->default_version = number;
    keep(c, *p);
    return json::object{{"policyArn", p->arn},
                        {"policyDocument", document},
                        {"policyVersionId", std::to_string(number)},
                        {"isDefaultVersion", set_default}};
}

outcome<json::object> get_policy_version(call& c, json::object const& input) {
    auto const found = find_version(c, input);
    if (!found)
        return found.error();
    auto const& [p, v] = *found;
    return json::object{{"policyArn", p.arn},
                        {"policyName", p.name},
                        {"policyDocument", v.document.text()},
                        {"policyVersionId", std::to_string(v.number)},
                        {"isDefaultVersion", v.number == p.default_version},
                        {"creationDate", epoch_seconds(v.created)},
                        {"lastModifiedDate", epoch_seconds(v.created)},
                        {"generationId", p.generation}};
}

outcome<json::object> list_policy_versions(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("policyName", policy_name_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const p = find_policy(c, name);
    if (!p)
        return policy_not_found();
    json::array versions;
    // Newest first.
    for (auto v = p->versions.rbegin(); v != p->versions.rend(); ++v)
        versions.push_back(json::object{{"versionId", std::to_string(v->number)},
                                        {"isDefaultVersion", v->number == p->default_version},
                                        {"createDate", epoch_seconds(v->created)}});
    return json::object{{"policyVersions", std::move(versions)}};
}

outcome<json::object> set_default_policy_version(call& c, json::object const& input) {
    auto const found = find_version(c, input);
    if (!found)
        return found.error();
    found->of.default_version = found->version.number;
    keep(c, found->of);
    return json::object{};
}

outcome<json::object> delete_policy_version(call& c, json::object const& input) {
    auto const found = find_version(c, input);
    if (!found)
        return found.error();
    auto& p = found->of;
    auto const number = found->version.number;
    if (number == p.default_version)
        return delete_conflict("Cannot delete the default version of a policy");
    std::erase_if(p.versions, [&](policy_version const& v) { return v.number == number; });
    keep(c, p);
    return json::object{};
}

} // namespace cogniot::cloud::iot
