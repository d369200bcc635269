#include "cloud/iam/entity.hpp"

#include "base/ascii.hpp"
#include "base/text.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::iam {

namespace {

bool is_name_character(char c) {
    return is_letter_or_digit(c) || c == '_' ||
           std::string_view("+=,.@-").find(c) != std::string_view::npos;
}

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), &is_name_character);
}

bool is_path(std::string_view text) {
    if (text == "/")
        return true;
    return text.size() > 2 && text.front() == '/' && text.back() == '/' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7E; });
}

pattern const name_pattern{R"([\w+=,.@-]+)", &is_name};
pattern const path_pattern{R"((\u002F)|(\u002F[\u0021-\u007E]+\u002F))", &is_path};

constexpr std::string_view id_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string quota_sentence(policy::kind what, std::string_view role_name) {
    if (what == policy::kind::role_inline)
        return "Maximum policy size of 10240 bytes exceeded for role " + std::string(role_name);
    if (what == policy::kind::trust)
        return "Cannot exceed quota for ACLSizePerRole: 2048";
    return "Cannot exceed quota for PolicySize: 6144";
}

} // namespace

text_rule const role_name_rule{.min = 1, .max = 64, .form = &name_pattern};
text_rule const policy_name_rule{.min = 1, .max = 128, .form = &name_pattern};
text_rule const path_rule{.min = 1, .max = 512, .form = &path_pattern};
text_rule const arn_rule{.min = 20, .max = 2048};
text_rule const document_rule{.min = 1, .max = 131072};
text_rule const description_rule{.max = 1000};

api_error no_such_entity(std::string message) {
    return {.code = "NoSuchEntity", .status = 404, .message = std::move(message)};
}
api_error conflict(std::string message) {
    return {.code = "DeleteConflict", .status = 409, .message = std::move(message)};
}
api_error exists_already(std::string message) {
    return {.code = "EntityAlreadyExists", .status = 409, .message = std::move(message)};
}
api_error limit_exceeded(std::string message) {
    return {.code = "LimitExceeded", .status = 409, .message = std::move(message)};
}
api_error no_such_role(std::string_view name) {
    return no_such_entity("The role with name " + std::string(name) + " cannot be found.");
}
api_error no_such_policy(std::string_view arn) {
    return no_such_entity("Policy " + std::string(arn) + " was not found.");
}

outcome<policy::document> read_document(std::string_view text, policy::kind what,
                                        std::string_view role_name) {
    policy::complaint why;
    auto parsed = policy::document::parse(text, what, &why);
    if (parsed)
        return std::move(*parsed);
    if (why.what == policy::errc::too_large)
        return limit_exceeded(quota_sentence(what, role_name));
    auto message = policy::print_for_aws(why, what);
    if (!parsed.error().detail.empty())
        message += " (" + parsed.error().detail + ")";
    return api_error{
        .code = "MalformedPolicyDocument", .status = 400, .message = std::move(message)};
}

std::string make_unique_id(random_source& random, std::string_view prefix) {
    return std::string(prefix) + random_text(random, id_alphabet, 17);
}

std::string make_arn(call const& c, std::string_view resource, std::string_view path,
                     std::string_view name) {
    return "arn:aws:iam::" + c.world.settings.account + ":" + std::string(resource) +
           std::string(path) + std::string(name);
}

std::vector<tag> read_tags(input_reader& in) {
    std::vector<tag> out;
    auto const* const tags = in.find_array("Tags");
    if (!tags)
        return out;
    if (tags->size() > max_tags)
        in.note("Tags", std::nullopt,
                "have length less than or equal to " + std::to_string(max_tags));
    for (std::size_t i = 0; i < tags->size(); ++i) {
        auto const path = "Tags." + std::to_string(i + 1) + ".member";
        auto const* const one = (*tags)[i].if_object();
        if (!one) {
            in.note(path, std::nullopt, "not be null");
            continue;
        }
        auto inside = in.inside(path, *one);
        tag t{.key = std::string(inside.text("Key", {.min = 1, .max = 128})),
              .value = std::string(inside.text("Value", {.max = 256}))};
        out.push_back(std::move(t));
    }
    return out;
}

json::array print_tags(std::vector<tag> const& tags) {
    json::array out;
    for (auto const& t : tags)
        out.push_back(json::object{{"Key", t.key}, {"Value", t.value}});
    return out;
}

page read_page(input_reader& in) {
    page p;
    if (auto const max = in.find_integer("MaxItems", {.min = 1, .max = 1000}))
        p.max_items = static_cast<std::size_t>(*max);
    if (auto const marker = in.find_text("Marker", {.min = 1})) {
        if (auto after = decode_base64url(*marker))
            p.after = std::move(*after);
        else
            in.note("Marker", *marker, "be a marker of an earlier answer");
    }
    return p;
}

void finish_page(json::object& answer, bool is_truncated, std::string_view last_key) {
    answer["IsTruncated"] = is_truncated;
    if (is_truncated)
        answer["Marker"] = encode_base64url(last_key);
}

role* find_role(call& c, std::string_view name) {
    auto const at = c.world.iam.roles.find(name);
    return at == c.world.iam.roles.end() ? nullptr : &at->second;
}

std::string role_resource(call const& c, json::object const& input) {
    auto const name = json::find_string(input, "RoleName").value_or("");
    if (auto const* const r = c.world.iam.find_role(name))
        return r->arn;
    return make_arn(c, "role", json::find_string(input, "Path").value_or("/"), name);
}

std::string policy_resource(call const& c, json::object const& input) {
    if (auto const arn = json::find_string(input, "PolicyArn"))
        return std::string(*arn);
    return make_arn(c, "policy", json::find_string(input, "Path").value_or("/"),
                    json::find_string(input, "PolicyName").value_or(""));
}

void keep(call& c, role& r) {
    c.world.iam.refresh(r);
    c.persist.push_back(print_record(r));
}

} // namespace cogniot::cloud::iam
