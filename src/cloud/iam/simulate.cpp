// SimulatePrincipalPolicy and SimulateCustomPolicy: what they take, and AWS's refusals of it.
// @source IAM API reference; spec cognito-iam-sigv4 6.2
#include "base/text.hpp"
#include "cloud/iam/entity.hpp"
#include "cloud/iam/operations.hpp"
#include "cloud/iam/simulation.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"
#include "policy/arn.hpp"
#include "policy/values.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace cogniot::cloud::iam {

namespace {

constexpr std::array<std::string_view, 12> key_types{
    "string", "stringList", "numeric", "numericList", "boolean", "booleanList",
    "ip",     "ipList",     "binary",  "binaryList",  "date",    "dateList"};

text_rule const action_rule{.min = 3, .max = 128};
text_rule const resource_rule{.min = 1, .max = 2048};
text_rule const key_rule{.min = 5, .max = 256};
text_rule const key_type_rule{.values = key_types};

api_error invalid_input(std::string message) {
    return {.code = "InvalidInput", .status = 400, .message = std::move(message)};
}

/// `service:Name`: the simulator takes no wildcards.
bool is_action(std::string_view text) {
    auto const colon = text.find(':');
    return colon != 0 && colon != std::string_view::npos && colon + 1 < text.size() &&
           text.find_first_of("*?: ", colon + 1) == std::string_view::npos;
}

bool is_resource(std::string_view text) {
    return text == "*" || (text.starts_with("arn:") && policy::split_arn(text).has_value());
}

/// Whether a value can be what its type says.
bool fits(std::string_view type, std::string_view value) {
    if (type.starts_with("numeric"))
        return policy::decimal::parse(value).has_value();
    if (type.starts_with("boolean"))
        return policy::parse_bool(value).has_value();
    if (type.starts_with("ip"))
        return policy::address_range::parse(value).has_value();
    if (type.starts_with("date"))
        return policy::parse_instant(value).has_value();
    if (type.starts_with("binary"))
        return decode_base64(value).has_value();
    return true;
}

outcome<policy::context> read_context(input_reader& in) {
    policy::context facts;
    auto const* const entries = in.find_array("ContextEntries");
    std::optional<api_error> refused;
    for (std::size_t i = 0; entries && i < entries->size(); ++i) {
        auto const* const entry = (*entries)[i].if_object();
        auto const path = "ContextEntries." + std::to_string(i + 1) + ".member";
        if (!entry) {
            in.note(path, std::nullopt, "not be null");
            continue;
        }
        auto inside = in.inside(path, *entry);
        std::string const key(inside.text("ContextKeyName", key_rule));
        auto const type = inside.text("ContextKeyType", key_type_rule);
        auto values = inside.texts("ContextKeyValues", {});
        for (auto const& value : values)
            if (!refused && !fits(type, value))
                refused = invalid_input("Context key " + key + ": `" + printable(value, 80) +
                                        "` is no value of type " + std::string(type) + ".");
        if (type.ends_with("List")) {
            facts.set_list(key, std::move(values));
        } else if (values.size() == 1) {
            facts.set(key, std::move(values.front()));
        } else if (!refused) {
            refused = invalid_input("Context key " + key + " of type " + std::string(type) +
                                    " has " + std::to_string(values.size()) +
                                    " values: one is due, or type " + std::string(type) + "List.");
        }
    }
    if (auto violation = in.refusal(validation_error))
        return *violation;
    if (refused)
        return *refused;
    return facts;
}

enum class principals { refused, required };

outcome<simulated_policy> read_policy(std::string id, std::string_view text, principals rule) {
    policy::complaint why;
    auto parsed = policy::document::parse(text, policy::kind::any, &why);
    if (!parsed)
        return invalid_input(id + ": " + policy::print_for_aws(why, policy::kind::any) + " (" +
                             parsed.error().detail + ")");
    if (parsed->has_principals() && rule == principals::refused)
        return invalid_input(id + ": " +
                             std::string(policy::describe(policy::errc::principal_present)));
    if (!parsed->has_principals() && rule == principals::required)
        return invalid_input(id + ": a resource policy says in `Principal` whom it is about.");
    return simulated_policy{std::move(id), std::move(*parsed)};
}

/// Appends the policies of a member that lists texts: `PolicyInputList.1`, …
std::optional<api_error> read_policies(std::string_view member,
                                       std::optional<std::vector<std::string>> const& texts,
                                       std::vector<simulated_policy>& to) {
    for (std::size_t i = 0; texts && i < texts->size(); ++i) {
        auto read = read_policy(std::string(member) + "." + std::to_string(i + 1), (*texts)[i],
                                principals::refused);
        if (!read)
            return read.error();
        to.push_back(std::move(*read));
    }
    return {};
}

/// `arn:aws:iam::123456789012:root` -> the account; AWS takes no bare number (botocore issue 1346).
std::optional<std::string> read_owner(std::string_view arn) {
    constexpr std::string_view begin = "arn:aws:iam::";
    constexpr std::string_view end = ":root";
    if (arn.size() != begin.size() + 12 + end.size() || !arn.starts_with(begin) ||
        !arn.ends_with(end))
        return {};
    std::string account(arn.substr(begin.size(), 12));
    if (account.find_first_not_of("0123456789") != std::string::npos)
        return {};
    return account;
}

/// Everything both operations take beside the policies that they start from.
struct request {
    std::vector<std::string> actions{};
    std::vector<std::string> resources{};
    std::size_t max_items = 100;
    /// The first (action, resource) of this page, counted over all.
    std::size_t first = 0;
    simulation what{};
};

std::optional<api_error> read_resource_policy(input_reader& in, simulation& to) {
    auto const text = in.find_text("ResourcePolicy", document_rule);
    auto const owner = in.find_text("ResourceOwner", resource_rule);
    auto const caller = in.find_text("CallerArn", resource_rule);
    if (auto refusal = in.refusal(validation_error))
        return refusal;
    to.caller_arn = std::string(caller.value_or(""));
    if (owner) {
        auto const account = read_owner(*owner);
        if (!account)
            return invalid_input("'" + printable(*owner, 100) +
                                 "' is not a valid as a Resource Owner.");
        to.resource_owner = *account;
    }
    if (!text)
        return {};
    // Roles are not simulated with resource policies (IAM API reference, ResourcePolicy).
    if (to.caller_arn.find(":user/") == std::string::npos)
        return invalid_input("A CallerArn of an IAM user must be given with a ResourcePolicy.");
    auto read = read_policy("ResourcePolicy", *text, principals::required);
    if (!read)
        return read.error();
    to.resource_policy = std::move(*read);
    return {};
}

outcome<request> read_request(input_reader& in) {
    request r;
    r.actions = in.texts("ActionNames", action_rule);
    r.resources = in.find_texts("ResourceArns", resource_rule).value_or(std::vector<std::string>{});
    if (r.resources.empty())
        r.resources.emplace_back("*");
    auto const boundary = in.find_texts("PermissionsBoundaryPolicyInputList", document_rule);
    // One operation (EC2's) makes of it more than a name; none of those are here.
    in.find_text("ResourceHandlingOption", {.min = 1, .max = 64});
    auto const page = read_page(in);
    r.max_items = page.max_items;
    auto const end = page.after.data() + page.after.size();
    if (!page.after.empty() && std::from_chars(page.after.data(), end, r.first).ptr != end)
        in.note("Marker", page.after, "be a marker of an earlier answer");
    auto facts = read_context(in);
    if (!facts)
        return facts.error();
    r.what.facts = std::move(*facts);
    for (auto const& action : r.actions)
        if (!is_action(action))
            return invalid_input(
                "ActionNames are not in a valid format: " + printable(action, 128) +
                ". An action is a service and a name, like iot:Publish.");
    for (auto const& resource : r.resources)
        if (!is_resource(resource))
            return invalid_input(
                "ResourceNames are not in a valid ARN format: " + printable(resource, 200) + ".");
    if (auto wrong = read_resource_policy(in, r.what))
        return *wrong;
    if (auto wrong =
            read_policies("PermissionsBoundaryPolicyInputList", boundary, r.what.boundaries))
        return *wrong;
    return r;
}

json::object answer(request const& r) {
    auto const total = r.actions.size() * r.resources.size();
    auto const first = std::min(r.first, total);
    auto const last = std::min(total, first + r.max_items);
    json::array results;
    for (auto i = first; i < last; ++i)
        results.push_back(evaluate(r.what, r.actions[i / r.resources.size()],
                                   r.resources[i % r.resources.size()]));
    json::object out{{"EvaluationResults", std::move(results)}};
    finish_page(out, last < total, std::to_string(last));
    return out;
}

/// `arn:aws:iam::ACCOUNT:KIND/PATH/NAME`: the name; nothing if it is of another kind.
std::optional<std::string_view> find_entity(std::string_view arn, std::string_view kind) {
    auto const at = arn.find(":" + std::string(kind) + "/");
    if (!arn.starts_with("arn:aws:iam::") || at == std::string_view::npos || arn.ends_with('/'))
        return {};
    return arn.substr(arn.rfind('/') + 1);
}

outcome<std::vector<simulated_policy>> policies_of(call const& c, std::string_view arn) {
    for (std::string_view const kind : {"user", "group"})
        if (auto const name = find_entity(arn, kind))
            return no_such_entity("The " + std::string(kind) + " with name " + std::string(*name) +
                                  " cannot be found.");
    auto const name = find_entity(arn, "role");
    if (!name)
        return invalid_input("Invalid Entity Arn: " + printable(arn, 300) +
                             " does not clearly define entity type and name.");
    auto const* const role = c.world.iam.find_role_by_arn(arn);
    if (!role)
        return no_such_role(*name);
    std::vector<simulated_policy> out;
    for (auto const& [policy_name, document] : role->inline_policies)
        out.push_back({"role_" + role->name + "_" + policy_name, document});
    for (auto const& attached : role->attached)
        if (auto const* const p = c.world.iam.find_policy(attached))
            out.push_back({p->name, p->in_force()->document});
    return out;
}

} // namespace

outcome<json::object> simulate_principal_policy(call& c, json::object const& input) {
    input_reader in(input);
    auto const source = in.text("PolicySourceArn", arn_rule);
    auto const more = in.find_texts("PolicyInputList", document_rule);
    auto r = read_request(in);
    if (!r)
        return r.error();
    auto found = policies_of(c, source);
    if (!found)
        return found.error();
    r->what.identity_policies = std::move(*found);
    if (auto wrong = read_policies("PolicyInputList", more, r->what.identity_policies))
        return *wrong;
    return answer(*r);
}

outcome<json::object> simulate_custom_policy(call&, json::object const& input) {
    input_reader in(input);
    auto const texts = in.texts("PolicyInputList", document_rule);
    auto r = read_request(in);
    if (!r)
        return r.error();
    if (auto wrong = read_policies("PolicyInputList", texts, r->what.identity_policies))
        return *wrong;
    return answer(*r);
}

std::string policy_source_resource(call const&, json::object const& input) {
    return std::string(json::find_string(input, "PolicySourceArn").value_or("*"));
}

} // namespace cogniot::cloud::iam
