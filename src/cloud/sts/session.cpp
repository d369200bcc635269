#include "cloud/sts/session.hpp"

#include "cloud/world.hpp"
#include "json/parse.hpp"
#include "policy/compiled.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::sts {

namespace {

bool is_session_name(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || std::string_view("+=,.@-").find(c) != std::string_view::npos;
    });
}

pattern const session_name_pattern{R"([\w+=,.@-]*)", &is_session_name};

/// @source AWS STS API reference: an inline policy has at most 2,048 characters.
constexpr std::size_t max_policy_size = 2048;

} // namespace

api_error access_denied(std::string message) {
    return {.code = "AccessDenied", .status = 403, .message = std::move(message)};
}

session_input read_session(input_reader& in) {
    session_input s{
        .role_arn = in.text("RoleArn", {.min = 20, .max = 2048}),
        .session_name =
            in.text("RoleSessionName", {.min = 2, .max = 64, .form = &session_name_pattern}),
        .lifetime = std::chrono::seconds(
            in.find_integer("DurationSeconds", {.min = 900, .max = 43200}).value_or(3600)),
        .policy = in.find_text("Policy", {.min = 1})};
    auto const* const arns = in.find_array("PolicyArns");
    for (std::size_t i = 0; arns && i < arns->size(); ++i)
        if (auto const* const one = (*arns)[i].if_object())
            s.policy_arns.emplace_back(
                in.inside("PolicyArns." + std::to_string(i + 1) + ".member", *one)
                    .text("arn", {.min = 20, .max = 2048}));
    if (s.policy_arns.size() > 10)
        in.note("PolicyArns", std::nullopt, "have length less than or equal to 10");
    return s;
}

outcome<session_policies> read_session_policies(call& c, session_input const& input) {
    session_policies out{};
    if (input.policy) {
        policy::complaint why;
        auto parsed = policy::document::parse(*input.policy, policy::kind::session, &why);
        if (!parsed && why.what == policy::errc::too_large)
            return api_error{.code = "PackedPolicyTooLarge",
                             .message = "Packed policy consumes more than 100% of allotted space."};
        if (!parsed)
            return api_error{.code = "MalformedPolicyDocument",
                             .message = policy::print_for_aws(why, policy::kind::session) + " (" +
                                        parsed.error().detail + ")"};
        auto const size = policy::counted_size(*input.policy, policy::kind::session);
        out.packed = static_cast<int>((size * 100 + max_policy_size - 1) / max_policy_size);
        out.documents.push_back(std::move(*parsed));
    }
    for (auto const& arn : input.policy_arns) {
        auto const* const p = c.world.iam.find_policy(arn);
        if (!p)
            return api_error{.code = "MalformedPolicyDocument",
                             .message = "Policy ARN " + arn + " does not exist."};
        out.documents.push_back(p->in_force()->document);
    }
    return out;
}

std::optional<api_error> refuse_lifetime(iam::role const& r, std::chrono::seconds wanted) {
    if (wanted <= r.max_session)
        return {};
    return api_error{
        .code = std::string(validation_error),
        .message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."};
}

json::object print_credentials(issued const& c) {
    return {{"AccessKeyId", c.access_key_id},
            {"SecretAccessKey", c.secret_access_key.reveal()},
            {"SessionToken", c.session_token.reveal()},
            {"Expiration", print_extended(c.expiry)}};
}

json::object print_assumed_role_user(principal const& who) {
    return {{"AssumedRoleId", who.user_id}, {"Arn", who.arn}};
}

} // namespace cogniot::cloud::sts
