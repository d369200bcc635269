// AssumeRoleWithWebIdentity: the basic flow, with an OpenID token of an identity pool.
#include "cloud/cognito_identity/openid_token.hpp"
#include "cloud/sts/credentials.hpp"
#include "cloud/sts/operations.hpp"
#include "cloud/sts/session.hpp"
#include "cloud/trust.hpp"
#include "cloud/world.hpp"
#include "identity/token.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::sts {

namespace {

api_error invalid_token(std::string message) {
    return {.code = "InvalidIdentityToken", .message = std::move(message)};
}

api_error explain_fault(cognito_identity::openid_fault fault, std::string_view token) {
    switch (fault) {
    case cognito_identity::openid_fault::not_a_token:
        return invalid_token("The ID Token provided is not a valid JWT. (You may see this error if "
                             "you sent an Access Token)");
    case cognito_identity::openid_fault::signature:
        return invalid_token("Couldn't verify signed token.");
    case cognito_identity::openid_fault::not_ours:
        break;
    }
    // Roles for other issuers need an IAM OpenID Connect provider; the account has none.
    auto const decoded = identity::decode_token(token);
    return invalid_token(
        "No OpenIDConnect provider found in your account for " +
        std::string(decoded ? json::find_string(decoded->claims, "iss").value_or("") : ""));
}

} // namespace

outcome<json::object> assume_role_with_web_identity(call& c, json::object const& input) {
    input_reader in(input);
    auto const wanted = read_session(in);
    auto const token = in.text("WebIdentityToken", {.min = 4, .max = 20000, .is_sensitive = true});
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (!wanted.role_arn.starts_with("arn:"))
        return api_error{.code = std::string(validation_error),
                         .message = std::string(wanted.role_arn) + " is invalid"};
    auto const claims = cognito_identity::read_openid_token(c.world.cognito_identity, token);
    if (!claims)
        return explain_fault(claims.error(), token);
    if (c.now >= claims->expiry)
        return api_error{.code = "ExpiredTokenException",
                         .message = "Token expired: current date/time " +
                                    std::to_string(epoch_seconds(c.now)) +
                                    " must be before the expiration date/time " +
                                    std::to_string(epoch_seconds(claims->expiry))};
    auto const refused = [] {
        return access_denied("Not authorized to perform " +
                             std::string(assume_role_with_web_identity_action));
    };
    auto const* const r = c.world.iam.find_role_by_arn(wanted.role_arn);
    if (!r)
        return refused();
    auto const facts =
        identity_pool_facts(claims->identity_pool_id, claims->identity_id, claims->amr);
    if (!is_trusted({*r, assume_role_with_web_identity_action, identity_pool_principal(), facts}))
        return refused();
    if (auto refusal = refuse_lifetime(*r, wanted.lifetime))
        return *refusal;
    auto policies = read_session_policies(c, wanted);
    if (!policies)
        return policies.error();
    auto who = make_role_session(c.world, *r, wanted.session_name);
    who.session_policies = std::move(policies->documents);
    who.identity_id = claims->identity_id;
    who.identity_pool_id = claims->identity_pool_id;
    who.amr = claims->amr;
    who.authenticated = std::find(who.amr.begin(), who.amr.end(), "authenticated") != who.amr.end();
    auto const& made = issue(c, std::move(who), wanted.lifetime);
    json::object answer{{"Credentials", print_credentials(made)},
                        {"SubjectFromWebIdentityToken", claims->identity_id},
                        {"AssumedRoleUser", print_assumed_role_user(*made.who)},
                        {"Provider", "cognito-identity.amazonaws.com"},
                        {"Audience", claims->identity_pool_id}};
    if (policies->packed)
        answer["PackedPolicySize"] = *policies->packed;
    return answer;
}

} // namespace cogniot::cloud::sts
