// What IoT policies are attached to: AttachPolicy, DetachPolicy, the two lists, and the legacy
// calls that say `principal` for the target.
#include "cloud/iot/entity.hpp"
#include "cloud/iot/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::iot {

namespace {

/// @source spec iot-broker 4.7
constexpr std::size_t max_policies = 10;
text_rule const target_rule{.min = 1, .max = 2048};

json::array print_policies(registry const& in, std::span<std::string_view const> names) {
    json::array policies;
    for (auto const name : names)
        if (auto const* const p = in.find_policy(name))
            policies.push_back(json::object{{"policyName", p->name}, {"policyArn", p->arn}});
    return policies;
}

outcome<json::object> list_policies_of(call& c, std::string_view id, page const& wanted) {
    auto const& region = c.world.iot.at(c.region);
    std::vector<std::string_view> names;
    if (auto const* const t = region.find_target(id))
        names.assign(t->policies.begin(), t->policies.end());
    json::object answer;
    auto const cut = cut_page(names, wanted, answer, "nextMarker");
    answer["policies"] = print_policies(region, cut);
    return answer;
}

outcome<json::object> list_targets_of(call& c, std::string_view name, page const& wanted,
                                      std::string_view member) {
    if (!find_policy(c, name))
        return policy_not_found();
    std::vector<std::string_view> ids;
    for (auto const& [id, t] : c.world.iot.at(c.region).targets)
        if (std::find(t.policies.begin(), t.policies.end(), name) != t.policies.end())
            ids.push_back(id);
    json::object answer;
    json::array targets;
    for (auto const id : cut_page(ids, wanted, answer, "nextMarker"))
        targets.emplace_back(id);
    answer[member] = std::move(targets);
    return answer;
}

/// The operations below differ from their legacy namesakes in what they call the target:
/// `target` or `principal`.
outcome<json::object> attach(call& c, json::object const& input, std::string_view member) {
    input_reader in(input);
    auto const name = in.text("policyName", policy_name_rule);
    auto const id = in.text(member, target_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (!find_policy(c, name))
        return policy_not_found();
    if (auto refusal = refuse_target(c, id))
        return *refusal;
    auto& region = c.world.iot.at(c.region);
    auto& t = region.targets.try_emplace(std::string(id)).first->second;
    t.id = std::string(id);
    t.region = c.region;
    if (std::find(t.policies.begin(), t.policies.end(), name) != t.policies.end())
        return json::object{};
    if (t.policies.size() >= max_policies)
        return api_error{.code = "LimitExceededException",
                         .status = 410,
                         .message =
                             "Maximum number of policies attached to the target reached (10)"};
    t.policies.emplace_back(name);
    region.refresh(t);
    c.persist.push_back(print_record(t));
    return json::object{};
}

outcome<json::object> detach(call& c, json::object const& input, std::string_view member) {
    input_reader in(input);
    auto const name = in.text("policyName", policy_name_rule);
    auto const id = in.text(member, target_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (!find_policy(c, name))
        return policy_not_found();
    auto& region = c.world.iot.at(c.region);
    auto const found = region.targets.find(id);
    if (found == region.targets.end() || std::erase(found->second.policies, name) == 0)
        return json::object{};
    region.refresh(found->second);
    c.persist.push_back(print_record(found->second));
    if (found->second.policies.empty())
        region.targets.erase(found);
    return json::object{};
}

outcome<json::object> list_attached(call& c, json::object const& input, std::string_view member) {
    input_reader in(input);
    auto const id = in.text(member, target_rule);
    // `recursive` adds the policies of a thing's groups; there are none.
    in.find_flag("recursive");
    auto const wanted = read_page(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    return list_policies_of(c, id, wanted);
}

} // namespace

outcome<json::object> attach_policy(call& c, json::object const& input) {
    return attach(c, input, "target");
}

outcome<json::object> attach_principal_policy(call& c, json::object const& input) {
    return attach(c, input, "principal");
}

outcome<json::object> detach_policy(call& c, json::object const& input) {
    return detach(c, input, "target");
}

outcome<json::object> detach_principal_policy(call& c, json::object const& input) {
    return detach(c, input, "principal");
}

outcome<json::object> list_attached_policies(call& c, json::object const& input) {
    return list_attached(c, input, "target");
}

outcome<json::object> list_targets_for_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("policyName", policy_name_rule);
    auto const wanted = read_page(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    return list_targets_of(c, name, wanted, "targets");
}

outcome<json::object> list_principal_policies(call& c, json::object const& input) {
    return list_attached(c, input, "principal");
}

outcome<json::object> list_policy_principals(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("policyName", policy_name_rule);
    auto const wanted = read_page(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    return list_targets_of(c, name, wanted, "principals");
}

} // namespace cogniot::cloud::iot
