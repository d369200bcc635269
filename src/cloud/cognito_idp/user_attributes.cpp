#include "cloud/cognito_idp/user_attributes.hpp"

#include "cloud/cognito_idp/entity.hpp"

#include <boost/json.hpp>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::array;
using boost::json::object;

bool is_verified_flag(std::string_view name) {
    return name == "email_verified" || name == "phone_number_verified";
}

api_error misfit(std::string_view name, std::string_view why) {
    return invalid_parameter("Attributes did not conform to the schema: " + std::string(name) +
                             ": " + std::string(why) + "\n");
}

} // namespace

attribute_values read_attributes(input_reader& in, std::string_view member) {
    attribute_values out;
    auto const* list = in.find_array(member);
    if (list == nullptr)
        return out;
    int number = 0;
    for (auto const& element : *list) {
        ++number;
        auto const* pair = element.if_object();
        if (pair == nullptr) {
            in.note(member, {}, "be a list of structures");
            continue;
        }
        auto inside =
            in.inside(std::string(member) + "." + std::to_string(number) + ".member", *pair);
        auto const name = inside.text("Name", rules::attribute_name);
        auto const value = inside.find_text("Value", rules::attribute_value);
        out[std::string(name)] = value.value_or("");
    }
    return out;
}

std::optional<api_error> check_attributes(user_pool const& pool, attribute_values const& values,
                                          user const* existing, writer by) {
    for (auto const& [name, value] : values) {
        auto const* row = identity::find_attribute(pool.schema, name);
        if (row == nullptr)
            return misfit(name, "Attribute does not exist in the schema.");
        if (name == "sub" || (existing != nullptr && !row->is_mutable))
            return invalid_parameter("user." + name + ": Attribute cannot be updated.\n");
        if (by == writer::user && (is_verified_flag(name) || row->is_developer_only))
            return not_authorised("A client attempted to write unauthorized attribute");
        if (value.empty()) {
            if (row->is_required)
                return misfit(name, "The attribute is required");
            continue;
        }
        if (name == "email" && !identity::is_email(value))
            return invalid_parameter("Invalid email address format.");
        if (name == "phone_number" && !identity::is_phone_number(value))
            return invalid_parameter("Invalid phone number format.");
        if (auto const why = identity::find_misfit(*row, value))
            return misfit(name, *why);
    }
    return {};
}

std::optional<api_error> check_writable(user_pool_client const& client,
                                        attribute_values const& values) {
    if (!client.write_attributes)
        return {};
    for (auto const& [name, value] : values)
        if (!client.write_attributes->contains(name))
            return not_authorised("A client attempted to write unauthorized attribute");
    return {};
}

std::optional<api_error> check_aliases(user_pool const& pool, attribute_values const& values,
                                       user const* existing) {
    for (auto const& [name, value] : values) {
        if (value.empty())
            continue;
        auto const* owner = pool.find_alias_owner(name, value);
        bool const is_taken = owner != nullptr && owner != existing;
        // An alias beside the username is claimed only by a verified value.
        bool const claims =
            pool.username_attributes.contains(name) || name == "preferred_username" || [&] {
                auto const flag = values.find(name + "_verified");
                return flag != values.end() && flag->second == "true";
            }();
        if (is_taken && claims)
            return refuse("AliasExistsException",
                          "An account with the given " + name + " already exists.");
    }
    return {};
}

void apply_attributes(user& who, attribute_values const& values) {
    for (auto const& [name, value] : values) {
        auto const before = who.attributes.find(name);
        bool const changes = before == who.attributes.end() || before->second != value;
        if (value.empty())
            who.attributes.erase(name);
        else
            who.attributes[name] = value;
        auto const flag = name + "_verified";
        if ((name == "email" || name == "phone_number") && changes && !values.contains(flag)) {
            if (value.empty())
                who.attributes.erase(flag);
            else
                who.attributes[flag] = "false";
        }
    }
}

array print_attributes(user const& who) {
    auto all = who.attributes;
    all["sub"] = who.sub;
    array out;
    for (auto const& [name, value] : all)
        out.emplace_back(object{{"Name", name}, {"Value", value}});
    return out;
}

} // namespace cogniot::cloud::cognito_idp
