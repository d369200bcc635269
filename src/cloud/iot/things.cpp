// The registry of things: create, describe, list, update, delete.
#include "cloud/iot/entity.hpp"
#include "cloud/iot/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <utility>

namespace cogniot::cloud::iot {

namespace {

/// Without a thing type. @source AWS IoT Core quotas, "Thing"; spec cognito-iam-sigv4 7.2
constexpr std::size_t max_attributes = 3;

bool is_attribute_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_.,@/:#=[]-").find(c) != std::string_view::npos;
    });
}

pattern const attribute_pattern{R"([a-zA-Z0-9_.,@/:#=\[\]-]*)", &is_attribute_text};
text_rule const attribute_value_rule{.max = 800, .form = &attribute_pattern};

/// `attributePayload`
struct attribute_input {
    std::map<std::string, std::string, std::less<>> attributes{};
    bool merge = false;
    bool present = false;
};

attribute_input read_attributes(input_reader& in) {
    attribute_input out;
    auto const* const payload = in.find_object("attributePayload");
    if (!payload)
        return out;
    out.present = true;
    auto inside = in.inside("attributePayload", *payload);
    out.merge = inside.find_flag("merge").value_or(false);
    if (auto const* const attributes = inside.find_object("attributes")) {
        auto values = inside.inside("attributes", *attributes);
        for (auto const& [name, value] : *attributes) {
            std::string_view const key = name;
            if (key.empty() || key.size() > 128 || !is_attribute_text(key))
                inside.note("attributes", key,
                            "satisfy regular expression pattern: [a-zA-Z0-9_.,@/:#-]+");
            if (auto const text = values.find_text(key, attribute_value_rule))
                out.attributes.emplace(key, *text);
        }
    }
    return out;
}

/// Thing types and billing groups cannot be made here yet, so that none of them exists.
std::optional<api_error> refuse_references(input_reader& in) {
    if (auto const type = in.find_text("thingTypeName", thing_name_rule))
        return not_found("Thing type " + std::string(*type) +
                         " not found: thing types are not built yet");
    if (auto const group = in.find_text("billingGroupName", thing_name_rule))
        return not_found("Billing group " + std::string(*group) +
                         " not found: billing groups are not built yet");
    return {};
}

std::optional<api_error> refuse_attributes(thing const& t) {
    if (t.attributes.size() <= max_attributes)
        return {};
    return invalid_request("A thing without a thing type can have at most 3 attributes");
}

std::optional<api_error> refuse_version(thing const& t, std::optional<std::int64_t> expected) {
    if (!expected || *expected == t.version)
        return {};
    return api_error{.code = "VersionConflictException",
                     .status = 409,
                     .message = "The version for thing " + t.name +
                                " does not match the expected version."};
}

json::object print_attributes(thing const& t) {
    json::object out;
    for (auto const& [name, value] : t.attributes)
        out[name] = value;
    return out;
}

json::object print_created(thing const& t) {
    return {{"thingName", t.name}, {"thingArn", t.arn}, {"thingId", t.id}};
}

} // namespace

outcome<json::object> create_thing(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("thingName", thing_name_rule);
    auto attributes = read_attributes(in);
    auto const references = refuse_references(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (references)
        return *references;
    auto& things = c.world.iot.at(c.region).things;
    std::erase_if(attributes.attributes, [](auto const& entry) { return entry.second.empty(); });
    if (auto const found = things.find(name); found != things.end()) {
        auto const& t = found->second;
        if (t.attributes == attributes.attributes)
            return print_created(t);
        return exists_already("Thing " + t.name +
                                  " already exists in account with different attributes",
                              t.name, t.arn);
    }
    thing made{.name = std::string(name),
               .region = c.region,
               .id = random_uuid(c.random),
               .arn = make_arn(c, "thing", name),
               .attributes = std::move(attributes.attributes)};
    if (auto refusal = refuse_attributes(made))
        return *refusal;
    c.persist.push_back(print_record(made));
    return print_created(things.emplace(std::string(name), std::move(made)).first->second);
}

outcome<json::object> describe_thing(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("thingName", thing_name_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const t = c.world.iot.at(c.region).find_thing(name);
    if (!t)
        return no_such_thing(c, name);
    return json::object{{"defaultClientId", t->name}, {"thingName", t->name},
                        {"thingId", t->id},           {"thingArn", t->arn},
                        {"version", t->version},      {"attributes", print_attributes(*t)}};
}

outcome<json::object> list_things(call& c, json::object const& input) {
    input_reader in(input);
    auto const wanted = read_token_page(in);
    auto const attribute = in.find_text("attributeName", {.max = 128});
    auto const value = in.find_text("attributeValue", attribute_value_rule);
    auto const type = in.find_text("thingTypeName", thing_name_rule);
    bool const prefix = in.find_flag("usePrefixAttributeValue").value_or(false);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (value && !attribute)
        return invalid_request("attributeValue needs attributeName");
    auto const fits = [&](thing const& t) {
        if (type && t.type_name != *type)
            return false;
        if (!attribute)
            return true;
        auto const at = t.attributes.find(*attribute);
        if (at == t.attributes.end())
            return false;
        return !value || (prefix ? at->second.starts_with(*value) : at->second == *value);
    };
    auto const& region = c.world.iot.at(c.region);
    std::vector<std::string_view> names;
    for (auto const& [name, t] : region.things)
        if (fits(t))
            names.push_back(name);
    json::object answer;
    json::array things;
    for (auto const name : cut_page(names, wanted, answer, "nextToken")) {
        auto const& t = *region.find_thing(name);
        things.push_back(json::object{{"thingName", t.name},
                                      {"thingArn", t.arn},
                                      {"attributes", print_attributes(t)},
                                      {"version", t.version}});
    }
    answer["things"] = std::move(things);
    return answer;
}

outcome<json::object> update_thing(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("thingName", thing_name_rule);
    auto const attributes = read_attributes(in);
    auto const expected = in.find_integer("expectedVersion", {});
    in.find_flag("removeThingType");
    auto const references = refuse_references(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (references)
        return *references;
    auto& things = c.world.iot.at(c.region).things;
    auto const found = things.find(name);
    if (found == things.end())
        return no_such_thing(c, name);
    if (auto refusal = refuse_version(found->second, expected))
        return *refusal;
    thing changed = found->second;
    if (attributes.present && !attributes.merge)
        changed.attributes.clear();
    for (auto const& [key, value] : attributes.attributes) {
        if (value.empty())
            changed.attributes.erase(key);
        else
            changed.attributes.insert_or_assign(key, value);
    }
    if (auto refusal = refuse_attributes(changed))
        return *refusal;
    ++changed.version;
    c.persist.push_back(print_record(changed));
    found->second = std::move(changed);
    return json::object{};
}

outcome<json::object> delete_thing(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("thingName", thing_name_rule);
    auto const expected = in.find_integer("expectedVersion", {});
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto& things = c.world.iot.at(c.region).things;
    auto const found = things.find(name);
    // Deleting what is not there succeeds on AWS too.
    if (found == things.end())
        return json::object{};
    if (auto refusal = refuse_version(found->second, expected))
        return *refusal;
    if (!found->second.principals.empty())
        return invalid_request("Cannot delete. Thing " + std::string(name) +
                               " is still attached to one or more principals");
    c.persist.push_back(forget(found->second));
    things.erase(found);
    return json::object{};
}

} // namespace cogniot::cloud::iot
