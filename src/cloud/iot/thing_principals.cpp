// Which principals may be which thing: a certificate's ARN or a Cognito identity ID on one side, a
// thing's name on the other.
// @source AWS IoT API reference, AttachThingPrincipal; AWS IoT developer guide, "Associating an AWS
// IoT thing to an MQTT client connection"
#include "cloud/iot/entity.hpp"
#include "cloud/iot/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <array>
#include <functional>
#include <utility>

namespace cogniot::cloud::iot {

namespace {

text_rule const thing_principal_rule{.min = 1, .max = 2048};
constexpr std::array<std::string_view, 2> types{exclusive_thing, non_exclusive_thing};
text_rule const type_rule{.values = types};

thing* find_thing(call& c, std::string_view name) {
    auto& things = c.world.iot.at(c.region).things;
    auto const found = things.find(name);
    return found == things.end() ? nullptr : &found->second;
}

/// Things that the principal is attached to, by name.
std::vector<thing const*> things_of(registry const& in, std::string_view principal) {
    std::vector<thing const*> out;
    for (auto const& [name, one] : in.things)
        if (one.principals.contains(principal))
            out.push_back(&one);
    return out;
}

/// An exclusive attachment is the principal's only one, and the thing's. (What AWS answers
/// otherwise is not documented: unconfirmed.)
std::optional<api_error> refuse_conflict(registry const& in, thing const& to,
                                         std::string_view principal, std::string_view type) {
    for (auto const* const other : things_of(in, principal)) {
        bool const is_exclusive = other->principals.find(principal)->second == exclusive_thing;
        if (other != &to && (is_exclusive || type == exclusive_thing))
            return invalid_request("The principal is attached to thing " + other->name +
                                   (is_exclusive ? " exclusively" : "") +
                                   "; detach it there first");
    }
    return {};
}

/// One side of the attachments, cut to a page.
/// @param print  an entry of the answer
outcome<json::object> list(input_reader& in, std::vector<std::string_view> const& names,
                           std::string_view member, page const& wanted,
                           std::function<json::value(std::string_view)> const& print) {
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    json::object answer;
    json::array entries;
    for (auto const name : cut_page(names, wanted, answer, "nextToken"))
        entries.push_back(print(name));
    answer[member] = std::move(entries);
    return answer;
}

enum class form { names, with_types };

outcome<json::object> list_principals(call& c, json::object const& input, form how) {
    input_reader in(input);
    auto const name = in.text("thingName", thing_name_rule);
    auto const wanted = read_token_page(in);
    auto const type =
        how == form::with_types ? in.find_text("thingPrincipalType", type_rule) : std::nullopt;
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const of = find_thing(c, name);
    if (!of)
        return no_such_thing(c, name);
    std::vector<std::string_view> principals;
    for (auto const& [principal, its_type] : of->principals)
        if (!type || its_type == *type)
            principals.push_back(principal);
    if (how == form::names)
        return list(in, principals, "principals", wanted,
                    [](std::string_view principal) { return json::value(principal); });
    return list(in, principals, "thingPrincipalObjects", wanted, [&](std::string_view principal) {
        return json::value(
            json::object{{"principal", principal},
                         {"thingPrincipalType", of->principals.find(principal)->second}});
    });
}

outcome<json::object> list_things_of(call& c, json::object const& input, form how) {
    input_reader in(input);
    auto const principal = in.text("principal", thing_principal_rule);
    auto const wanted = read_token_page(in);
    auto const type =
        how == form::with_types ? in.find_text("thingPrincipalType", type_rule) : std::nullopt;
    auto const& region = c.world.iot.at(c.region);
    std::vector<std::string_view> names;
    for (auto const* const one : things_of(region, principal))
        if (!type || one->principals.find(principal)->second == *type)
            names.push_back(one->name);
    if (how == form::names)
        return list(in, names, "things", wanted,
                    [](std::string_view name) { return json::value(name); });
    return list(in, names, "principalThingObjects", wanted, [&](std::string_view name) {
        auto const& its_type = region.find_thing(name)->principals.find(principal)->second;
        return json::value(json::object{{"thingName", name}, {"thingPrincipalType", its_type}});
    });
}

} // namespace

outcome<json::object> attach_thing_principal(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("thingName", thing_name_rule);
    auto const principal = in.text("principal", thing_principal_rule);
    auto const type = in.find_text("thingPrincipalType", type_rule).value_or(non_exclusive_thing);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const to = find_thing(c, name);
    if (!to)
        return no_such_thing(c, name);
    if (auto refusal = refuse_principal(c, principal))
        return *refusal;
    auto& region = c.world.iot.at(c.region);
    if (auto refusal = refuse_conflict(region, *to, principal, type))
        return *refusal;
    region.detach(*to, principal);
    region.attach(*to, principal, type);
    c.persist.push_back(print_record(*to));
    return json::object{};
}

outcome<json::object> detach_thing_principal(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("thingName", thing_name_rule);
    auto const principal = in.text("principal", thing_principal_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const from = find_thing(c, name);
    if (!from)
        return no_such_thing(c, name);
    if (!from->principals.contains(principal))
        return json::object{};
    c.world.iot.at(c.region).detach(*from, principal);
    c.persist.push_back(print_record(*from));
    return json::object{};
}

outcome<json::object> list_thing_principals(call& c, json::object const& input) {
    return list_principals(c, input, form::names);
}
outcome<json::object> list_thing_principals_v2(call& c, json::object const& input) {
    return list_principals(c, input, form::with_types);
}
outcome<json::object> list_principal_things(call& c, json::object const& input) {
    return list_things_of(c, input, form::names);
}
outcome<json::object> list_principal_things_v2(call& c, json::object const& input) {
    return list_things_of(c, input, form::with_types);
}

} // namespace cogniot::cloud::iot
