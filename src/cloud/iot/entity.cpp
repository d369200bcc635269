#include "cloud/iot/entity.hpp"

#include "base/ascii.hpp"
#include "base/text.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::iot {

namespace {

template <typename Predicate>
bool all(std::string_view text, Predicate accepts) {
    return !text.empty() && std::all_of(text.begin(), text.end(), accepts);
}

pattern const policy_name_pattern{R"([\w+=,.@-]+)", [](std::string_view text) {
                                      return all(text, [](char c) {
                                          return is_letter_or_digit(c) ||
                                                 std::string_view("_+=,.@-").find(c) !=
                                                     std::string_view::npos;
                                      });
                                  }};
pattern const thing_name_pattern{"[a-zA-Z0-9:_-]+", [](std::string_view text) {
                                     return all(text, [](char c) {
                                         return is_letter_or_digit(c) || c == ':' || c == '_' ||
                                                c == '-';
                                     });
                                 }};

pattern const certificate_id_pattern{"(0x)?[a-fA-F0-9]+", [](std::string_view text) {
                                         return all(text, [](char c) {
                                             return (c >= '0' && c <= '9') ||
                                                    (c >= 'a' && c <= 'f') ||
                                                    (c >= 'A' && c <= 'F');
                                         });
                                     }};

/// `REGION:UUID`
bool is_identity_id(std::string_view text) {
    auto const colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos || text.size() - colon != 37)
        return false;
    for (std::size_t i = 0; i < 36; ++i) {
        char const c = text[colon + 1 + i];
        bool const is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool const is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (is_dash ? c != '-' : !is_hex)
            return false;
    }
    return true;
}

bool is_arn_of(std::string_view text, std::string_view kind) {
    return text.starts_with("arn:aws:iot:") && text.find(kind) != std::string_view::npos;
}

page read(input_reader& in, std::string_view size_member, std::string_view marker_member) {
    page p;
    if (auto const size = in.find_integer(size_member, {.min = 1, .max = 250}))
        p.size = static_cast<std::size_t>(*size);
    if (auto const marker = in.find_text(marker_member, {.max = 2048});
        marker && !marker->empty()) {
        if (auto after = decode_base64url(*marker))
            p.after = std::move(*after);
        else
            in.note(marker_member, *marker, "be a marker of an earlier answer");
    }
    return p;
}

} // namespace

text_rule const policy_name_rule{.min = 1, .max = 128, .form = &policy_name_pattern};
text_rule const thing_name_rule{.min = 1, .max = 128, .form = &thing_name_pattern};
text_rule const document_rule{.max = 404600};
text_rule const version_rule{.form = &patterns::digits};
text_rule const certificate_id_rule{.min = 64, .max = 64, .form = &certificate_id_pattern};

api_error invalid_request(std::string message) {
    return {.code = "InvalidRequestException", .status = 400, .message = std::move(message)};
}
api_error not_found(std::string message) {
    return {.code = "ResourceNotFoundException", .status = 404, .message = std::move(message)};
}
api_error policy_not_found() {
    return not_found("Policy not found");
}
api_error exists_already(std::string message, std::string id, std::string arn) {
    return {.code = "ResourceAlreadyExistsException",
            .status = 409,
            .message = std::move(message),
            .members = {{"resourceId", std::move(id)}, {"resourceArn", std::move(arn)}}};
}
api_error delete_conflict(std::string message) {
    return {.code = "DeleteConflictException", .status = 409, .message = std::move(message)};
}

api_error no_such_thing(call const& c, std::string_view name) {
    return not_found("Thing " + std::string(name) + " cannot be found in " +
                     c.world.settings.account);
}

std::optional<api_error> refuse_principal(call const& c, std::string_view id) {
    if (is_identity_id(id))
        return {};
    if (!is_arn_of(id, ":cert/"))
        return invalid_request("Invalid principal `" + std::string(id) +
                               "`: a Cognito identity ID (REGION:UUID) or a certificate's ARN is "
                               "due");
    auto const* const region = c.world.iot.find(c.region);
    if (region && region->find_certificate_by_arn(id))
        return {};
    return not_found("The certificate given in the principal does not exist.");
}

std::optional<api_error> refuse_target(call const& c, std::string_view id) {
    if (is_arn_of(id, ":thinggroup/"))
        return not_found("Thing group not found: thing groups are not built yet (" +
                         std::string(id) + ")");
    if (is_identity_id(id) || is_arn_of(id, ":cert/"))
        return refuse_principal(c, id);
    return invalid_request("Invalid target `" + std::string(id) +
                           "`: a Cognito identity ID (REGION:UUID), a certificate's ARN or a thing "
                           "group's ARN is due");
}

outcome<policy::document> read_document(std::string_view text) {
    policy::complaint why;
    auto parsed = policy::document::parse(text, policy::kind::iot, &why);
    if (parsed)
        return std::move(*parsed);
    return api_error{.code = "MalformedPolicyException",
                     .status = 400,
                     .message = policy::print_for_aws(why, policy::kind::iot) + " (" +
                                parsed.error().detail + ")"};
}

std::string make_arn(call const& c, std::string_view kind, std::string_view name) {
    return "arn:aws:iot:" + c.region + ":" + c.world.settings.account + ":" + std::string(kind) +
           "/" + std::string(name);
}

std::string policy_resource(call const& c, json::object const& input) {
    return make_arn(c, "policy", json::find_string(input, "policyName").value_or(""));
}
std::string thing_resource(call const& c, json::object const& input) {
    return make_arn(c, "thing", json::find_string(input, "thingName").value_or(""));
}

std::string certificate_resource(call const& c, json::object const& input) {
    return make_arn(c, "cert", json::find_string(input, "certificateId").value_or(""));
}

versioned_policy* find_policy(call& c, std::string_view name) {
    auto& all_policies = c.world.iot.at(c.region).policies;
    auto const found = all_policies.find(name);
    return found == all_policies.end() ? nullptr : &found->second;
}

page read_page(input_reader& in) {
    auto p = read(in, "pageSize", "marker");
    p.ascending = in.find_flag("isAscendingOrder").value_or(false);
    return p;
}

page read_token_page(input_reader& in) {
    return read(in, "maxResults", "nextToken");
}

std::span<std::string_view const> cut_page(std::span<std::string_view const> keys,
                                           page const& wanted, json::object& answer,
                                           std::string_view next) {
    if (!wanted.after.empty()) {
        auto const at = std::find(keys.begin(), keys.end(), wanted.after);
        // What the marker named is gone: the rest cannot be told from what was answered before.
        keys = at == keys.end() ? keys.last(0)
                                : keys.subspan(static_cast<std::size_t>(at - keys.begin()) + 1);
    }
    if (keys.size() > wanted.size) {
        keys = keys.first(wanted.size);
        answer[next] = encode_base64url(keys.back());
    }
    return keys;
}

} // namespace cogniot::cloud::iot
