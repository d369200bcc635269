#include "client/identity_pool.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <cmath>

namespace cogniot::client {
namespace {

json::object logins(tokens const& of) {
    return {{of.provider, of.id_token.reveal()}};
}

aws_call identity_call(std::string operation, json::object const& body) {
    return {.to = service::cognito_identity,
            .operation = std::move(operation),
            .body = json::print(body)};
}

} // namespace

aws_call make_get_id(std::string const& identity_pool_id, tokens const& of) {
    return identity_call("GetId", {{"IdentityPoolId", identity_pool_id}, {"Logins", logins(of)}});
}

result<identity_id> read_get_id(json::object const& answer) {
    auto const id = json::find_string(answer, "IdentityId");
    if (!id || id->empty())
        return fail(errc::answer_not_understood, "GetId answered without IdentityId");
    return identity_id{std::string(*id)};
}

aws_call make_get_credentials(identity_id const& id, tokens const& of) {
    return identity_call("GetCredentialsForIdentity",
                         {{"IdentityId", id.text}, {"Logins", logins(of)}});
}

result<user_credentials> read_credentials(json::object const& answer,
                                          identity_id const& asked_for) {
    auto const* in = json::find_object(answer, "Credentials");
    if (in == nullptr)
        return fail(errc::answer_not_understood,
                    "GetCredentialsForIdentity answered without Credentials");
    auto const key = json::find_string(*in, "AccessKeyId");
    // Cognito's spelling; STS says SecretAccessKey.
    auto const secret_key = json::find_string(*in, "SecretKey");
    auto const token = json::find_string(*in, "SessionToken");
    auto const* expiration = in->if_contains("Expiration");
    if (!key || !secret_key || !token || expiration == nullptr || !expiration->is_number())
        return fail(errc::answer_not_understood,
                    "Credentials lack AccessKeyId, SecretKey, SessionToken or Expiration");
    // Seconds since 1970, a fraction allowed (1.717171717123E9 as AWS writes it).
    auto const expires = expiration->to_number<double>();
    auto const id = json::find_string(answer, "IdentityId");
    return user_credentials{.identity = id ? identity_id{std::string(*id)} : asked_for,
                            .access_key_id = std::string(*key),
                            .secret_access_key = secret(std::string(*secret_key)),
                            .session_token = secret(std::string(*token)),
                            .expires =
                                utc_time(std::chrono::milliseconds(std::llround(expires * 1000)))};
}

error identity_error(aws_error const& refused) {
    std::string hint;
    auto const says = [&](std::string_view words) {
        return refused.message.find(words) != std::string::npos;
    };
    if (says("not from a supported provider"))
        hint = "; the identity pool does not list this user pool with this app client";
    else if (refused.code == "InvalidIdentityPoolConfigurationException")
        hint = "; the pool has no role for authenticated users, or the role's trust policy does "
               "not name this identity pool";
    else if (says("Token expired"))
        hint = "; sign in again";
    return fail(errc::identity_refused, refused.text() + hint);
}

error credentials_error(aws_error const& refused) {
    auto out = identity_error(refused);
    // The second: UnlinkIdentity took this login off it.
    if (refused.code == "ResourceNotFoundException" ||
        refused.message.find("Logins don't match") != std::string::npos)
        out.code = make_error_code(errc::identity_not_found);
    return out;
}

aws_call make_attach_policy(std::string const& policy_name, identity_id const& to) {
    return {.to = service::iot,
            .operation = "AttachPolicy",
            .form = wire_form::rest_json,
            .method = "PUT",
            .path = "/target-policies/" + percent_encode(policy_name),
            .body = json::print(json::object{{"target", to.text}}),
            .is_signed = true};
}

error backend_call_error(aws_error const& refused, aws_call const& call, std::string const& skew) {
    std::string const text = call.operation + ": " + refused.text();
    std::string const& code = refused.code;
    if (classify(refused) == failure::clock && !skew.empty())
        return fail(errc::clock_skewed, text + "; " + skew);
    if (code == "AccessDeniedException" || code == "AccessDenied")
        return fail(errc::call_not_authorised,
                    text + (call.operation == "AttachPolicy"
                                ? "; the backend's policy must allow iot:AttachPolicy with "
                                  "Resource `*`, an identity has no ARN"
                                : ""));
    if (code == "ResourceNotFoundException" && call.to == service::iot)
        return fail(errc::policy_not_found, text);
    if (classify(refused) == failure::clock || code == "UnrecognizedClientException" ||
        code == "InvalidClientTokenId" || code == "ExpiredTokenException" ||
        code == "ExpiredToken" || code == "IncompleteSignature" ||
        code == "MissingAuthenticationToken" || code == "ForbiddenException" ||
        code == "MissingAuthenticationTokenException" || code == "UnauthorizedException")
        return fail(errc::backend_credentials_refused,
                    text + "; `aws sts get-caller-identity` shows whose credentials these are");
    return fail(errc::call_refused, text);
}

} // namespace cogniot::client
