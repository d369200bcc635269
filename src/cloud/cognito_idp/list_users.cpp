// ListUsers with its one-condition filter.
// @source ListUsers API reference, "Filter"; spec cognito-iam-sigv4 3.5
#include "base/text.hpp"
#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/operations.hpp"
#include "cloud/cognito_idp/paging.hpp"
#include "cloud/cognito_idp/print_user.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::array;
using boost::json::object;

constexpr std::array<std::string_view, 10> searchable{
    "username",   "email",       "phone_number",       "name",
    "given_name", "family_name", "preferred_username", "cognito:user_status",
    "status",     "sub"};

/// `ATTRIBUTE = "value"` or `ATTRIBUTE ^= "prefix"`. An empty attribute lets everybody pass.
struct filter {
    std::string attribute;
    bool is_prefix = false;
    std::string value;
};

/// Takes a text in double quotes off the front, with backslash escapes.
std::optional<std::string> take_quoted(std::string_view& from) {
    if (from.empty() || from[0] != '"')
        return {};
    std::string out;
    for (std::size_t i = 1; i < from.size(); ++i) {
        if (from[i] == '\\' && i + 1 < from.size())
            out += from[++i];
        else if (from[i] == '"') {
            from = trim(from.substr(i + 1));
            return out;
        } else
            out += from[i];
    }
    return {};
}

std::optional<filter> parse_filter(std::string_view text) {
    auto left = trim(text);
    if (left.empty())
        return filter{};
    filter out;
    if (left[0] == '"') {
        auto const name = take_quoted(left);
        if (!name)
            return {};
        out.attribute = *name;
    } else {
        auto const end = std::min(left.find_first_of(" ^="), left.size());
        out.attribute = left.substr(0, end);
        left = trim(left.substr(end));
    }
    out.is_prefix = left.starts_with("^=");
    if (!out.is_prefix && !left.starts_with("="))
        return {};
    left = trim(left.substr(out.is_prefix ? 2 : 1));
    auto const value = take_quoted(left);
    if (!value || !left.empty())
        return {};
    out.value = *value;
    return out;
}

std::string value_of(user const& who, std::string_view attribute) {
    if (attribute == "username")
        return who.username;
    if (attribute == "sub")
        return who.sub;
    if (attribute == "status")
        return who.enabled ? "Enabled" : "Disabled";
    if (attribute == "cognito:user_status")
        return to_lower(print(who.status));
    auto const found = who.attributes.find(attribute);
    return found == who.attributes.end() ? "" : found->second;
}

bool passes(user const& who, filter const& f) {
    if (f.attribute.empty())
        return true;
    auto const value = value_of(who, f.attribute);
    auto const wanted = f.attribute == "cognito:user_status" ? to_lower(f.value) : f.value;
    return f.is_prefix ? value.starts_with(wanted) : value == wanted;
}

/// Leaves only the attributes asked for.
void keep_attributes(object& printed, std::vector<std::string> const& wanted) {
    array kept;
    for (auto const& pair : printed["Attributes"].as_array()) {
        std::string_view const name = pair.as_object().at("Name").as_string();
        if (std::find(wanted.begin(), wanted.end(), name) != wanted.end())
            kept.push_back(pair);
    }
    printed["Attributes"] = std::move(kept);
}

} // namespace

outcome<object> list_users(call& c, object const& input) {
    input_reader in(input);
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    auto const wanted = in.find_texts("AttributesToGet", rules::attribute_name);
    auto const most = in.find_integer("Limit", {.min = 0, .max = 60}).value_or(0);
    auto const from = in.find_text("PaginationToken", rules::page);
    auto const text = in.find_text("Filter", {.max = 256}).value_or("");
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    auto const f = parse_filter(text);
    if (!f)
        return invalid_parameter("Error while parsing filter.");
    if (!f->attribute.empty() &&
        std::find(searchable.begin(), searchable.end(), f->attribute) == searchable.end())
        return invalid_parameter("Invalid search attribute: " + f->attribute);
    auto const page = paginate((*pool)->users, from, most == 0 ? 60 : most,
                               [&](user const& who) { return passes(who, *f); },
                               [&](user const& who) {
                                   auto printed = print_user(who);
                                   if (wanted)
                                       keep_attributes(printed, *wanted);
                                   return printed;
                               });
    return print_page(page, "Users", "PaginationToken");
}

} // namespace cogniot::cloud::cognito_idp
