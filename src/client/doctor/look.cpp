#include "client/doctor/look.hpp"

#include "client/errors.hpp"
#include "client/iot_calls.hpp"
#include "json/parse.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>

namespace cogniot::client::doctor {
namespace {

/// Twenty pages of a hundred: far beyond AWS's quota of policies.
constexpr int max_pages = 20;

bool is_one_of(std::string_view code, auto const& table) {
    return std::find(table.begin(), table.end(), code) != table.end();
}

constexpr std::array<std::string_view, 4> denied_codes{
    "AccessDenied", "AccessDeniedException", "UnauthorizedException", "ForbiddenException"};
constexpr std::array<std::string_view, 3> absent_codes{"NoSuchEntity", "ResourceNotFoundException",
                                                       "UserPoolClientNotFoundException"};
constexpr std::array<std::string_view, 8> credential_codes{
    "UnrecognizedClientException", "InvalidClientTokenId",
    "ExpiredTokenException",       "ExpiredToken",
    "MissingAuthenticationToken",  "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",       "InvalidSignatureException"};

/// Follows the pages of a list to its end.
net::task<looked<std::vector<std::string>>>
look_at_pages(aws_caller& aws, std::function<aws_call(std::string const& marker)> make,
              std::function<name_page(json::object const&)> read) {
    std::vector<std::string> names;
    std::string marker;
    for (int page = 0; page < max_pages; ++page) {
        auto looking = look(aws, make(marker));
        auto const answer = co_await std::move(looking);
        if (!answer)
            co_return answer.error();
        auto one = read(*answer);
        std::move(one.names.begin(), one.names.end(), std::back_inserter(names));
        marker = std::move(one.marker);
        if (marker.empty())
            break;
    }
    co_return names;
}

net::task<looked<seen_document>>
look_at_document(aws_caller& aws, aws_call call, std::string name,
                 result<std::string> (*read)(json::object const&)) {
    auto looking = look(aws, call);
    auto const answer = co_await std::move(looking);
    if (!answer)
        co_return answer.error();
    auto text = read(*answer);
    if (!text)
        co_return explain_failure(call, text.error());
    co_return seen_document{std::move(name), std::move(*text)};
}

net::task<looked<seen_document>> look_at_managed_policy(aws_caller& aws, std::string arn) {
    auto const call = make_get_managed_policy(arn);
    auto looking = look(aws, call);
    auto const answer = co_await std::move(looking);
    if (!answer)
        co_return answer.error();
    auto const version = read_default_version(*answer);
    if (!version)
        co_return explain_failure(call, version.error());
    auto reading = look_at_document(aws, make_get_managed_policy_version(arn, *version), arn,
                                    read_policy_version);
    co_return co_await std::move(reading);
}

} // namespace

void throw_exception_from_error(unseen const& u, boost::source_location const&) {
    throw std::runtime_error(u.says);
}

unseen explain_refusal(aws_call const& call, aws_error const& refused) {
    auto const permission = permission_of(call);
    auto const says = permission + ": " + refused.text();
    bool const is_denied = is_one_of(refused.code, denied_codes) ||
                           (refused.code == "NotAuthorizedException" &&
                            refused.message.find("not authorized to perform") != std::string::npos);
    if (is_denied)
        return {unseen::reason::not_permitted, permission,
                "the backend's credentials may not do " + permission};
    if (is_one_of(refused.code, credential_codes))
        return {.says = "the backend's credentials were refused: " + refused.text(),
                .has_bad_credentials = true};
    if (is_one_of(refused.code, absent_codes))
        return {unseen::reason::absent, {}, says};
    return {unseen::reason::not_available, {}, says};
}

unseen explain_failure(aws_call const& call, error const& why) {
    auto const permission = permission_of(call);
    if (why.code == make_error_code(errc::backend_credentials_refused))
        return {.says = "the backend's credentials cannot be had: " + why.message(),
                .has_bad_credentials = true};
    if (why.code == make_error_code(errc::backend_credentials_missing))
        return {unseen::reason::not_permitted, permission,
                "there are no credentials of the backend to do " + permission + " with"};
    return {unseen::reason::not_available, {}, permission + ": " + why.message()};
}

finding not_seen(step s, unseen const& u, error_code if_absent, std::string remedy) {
    if (u.why == unseen::reason::absent)
        return {.step = s,
                .how = verdict::failed,
                .says = u.says,
                .remedy = std::move(remedy),
                .code = if_absent};
    return {.step = s,
            .how = u.why == unseen::reason::not_permitted ? verdict::not_permitted
                                                          : verdict::not_available,
            .says = u.says,
            .permission = u.permission,
            .has_bad_credentials = u.has_bad_credentials};
}

net::task<looked<json::object>> look(aws_caller& aws, aws_call call) {
    auto calling = aws.call(call);
    auto answer = co_await std::move(calling);
    if (!answer)
        co_return explain_failure(call, answer.error());
    if (answer->refused)
        co_return explain_refusal(call, *answer->refused);
    co_return std::move(answer->body);
}

net::task<looked<seen_role_policies>> look_at_role_policies(aws_caller& aws,
                                                            std::string role_name) {
    seen_role_policies out;
    auto listing = look_at_pages(
        aws, [&](std::string const& marker) { return make_list_role_policies(role_name, marker); },
        read_role_policies);
    auto const names = co_await std::move(listing);
    if (!names)
        co_return names.error();
    for (auto const& name : *names) {
        auto looking =
            look_at_document(aws, make_get_role_policy(role_name, name), name, read_role_policy);
        auto one = co_await std::move(looking);
        if (!one)
            co_return one.error();
        out.inline_policies.push_back(std::move(*one));
    }
    auto listing_attached = look_at_pages(
        aws,
        [&](std::string const& marker) {
            return make_list_attached_role_policies(role_name, marker);
        },
        read_attached_role_policies);
    auto const arns = co_await std::move(listing_attached);
    if (!arns)
        co_return arns.error();
    for (auto const& arn : *arns) {
        auto looking = look_at_managed_policy(aws, arn);
        auto one = co_await std::move(looking);
        if (!one)
            co_return one.error();
        out.managed.push_back(std::move(*one));
    }
    co_return out;
}

net::task<looked<std::vector<std::string>>> look_at_attached(aws_caller& aws,
                                                             std::string identity_id) {
    auto listing = look_at_pages(
        aws,
        [&](std::string const& marker) { return make_list_attached_policies(identity_id, marker); },
        read_attached_policies);
    co_return co_await std::move(listing);
}

net::task<looked<seen_document>> look_at_iot_policy(aws_caller& aws, std::string name) {
    auto looking = look_at_document(aws, make_get_iot_policy(name), name, read_iot_policy);
    co_return co_await std::move(looking);
}

} // namespace cogniot::client::doctor
