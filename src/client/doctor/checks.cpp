#include "client/doctor/checks.hpp"

#include "base/text.hpp"
#include "client/clock_skew.hpp"
#include "client/doctor/in_ticks.hpp"
#include "client/errors.hpp"
#include "cloud/cognito_identity/operations.hpp"
#include "cloud/cognito_identity/role_selection.hpp"
#include "cloud/trust.hpp"
#include "cloud/world.hpp"
#include "crypto/random.hpp"
#include "json/parse.hpp"
#include "net/connect.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace cogniot::client::doctor {
namespace {

using namespace std::chrono_literals;
namespace pools = cloud::cognito_identity;

std::vector<std::string> texts_of(json::object const& in, std::string_view name) {
    std::vector<std::string> out;
    if (auto const* const list = json::find_array(in, name))
        for (auto const& one : *list)
            if (auto const* const text = one.if_string())
                out.emplace_back(*text);
    return out;
}

bool contains(std::vector<std::string> const& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

/// The pool as GetIdentityPoolRoles describes it, read by the operation that would set it.
result<pools::pool> read_pool(json::object const& roles, std::string const& id) {
    cloud::world world;
    world.cognito_identity.pools.emplace(id, pools::pool{.id = id});
    cloud::principal const root{.what = cloud::principal::type::root};
    std::vector<record> unused;
    cloud::call call{world, {}, root, {}, crypto::system_random(), unused, {}};
    json::object input{{"IdentityPoolId", id}, {"Roles", json::object()}};
    for (auto const* const name : {"Roles", "RoleMappings"})
        if (auto const* const given = json::find_object(roles, name))
            input[name] = *given;
    if (auto const set = pools::set_identity_pool_roles(call, input); !set)
        return fail(errc::answer_not_understood, "GetIdentityPoolRoles: " + set.error().message);
    return world.cognito_identity.pools.at(id);
}

std::string describe_reason(pools::selected_role const& role, pools::role_mapping const* mapping) {
    using reason = pools::selected_role::reason;
    switch (role.why) {
    case reason::pool_default:
        return "it is the pool's default for users who signed in, and the provider has no role "
               "mapping";
    case reason::preferred_role:
        return "the token's cognito:preferred_role names it";
    case reason::only_role:
        return "it is the only one of the token's cognito:roles";
    case reason::rule: {
        auto const& rule = mapping->rules[role.rule - 1];
        return "rule " + std::to_string(role.rule) + " of the role mapping fits: claim " +
               in_ticks(rule.claim) + ", value " + in_ticks(rule.value);
    }
    case reason::ambiguous:
        return "no role of the mapping fits, and AmbiguousRoleResolution takes the pool's default";
    case reason::custom:
        break;
    }
    return "it was asked for";
}

/// What gives a user a role that has none.
/// @param mapping  the provider's, null if it has none
std::string mend_role_choice(pools::pool const& pool, pools::role_mapping const* mapping,
                             json::object const& claims) {
    bool const lacks_default =
        !mapping || mapping->if_ambiguous == pools::role_mapping::ambiguity::authenticated_role;
    // The call sets the roles anew; whether mappings that it leaves out stay is not documented.
    if (lacks_default)
        return "`aws cognito-identity set-identity-pool-roles --identity-pool-id " + pool.id +
               " --roles authenticated=ROLE_ARN" +
               (pool.unauthenticated_role.empty()
                    ? ""
                    : ",unauthenticated=" + pool.unauthenticated_role) +
               "`" + (pool.mappings.empty() ? "" : ", with the --role-mappings that it has");
    std::string const otherwise =
        ", or let AmbiguousRoleResolution of the mapping be AuthenticatedRole: `aws "
        "cognito-identity set-identity-pool-roles`";
    if (mapping->what == pools::role_mapping::type::rules)
        return "add a rule that one of the user's claims fits, or give the user the claim that a "
               "rule asks for" +
               otherwise;
    // @source Amazon Cognito developer guide, "Assigning precedence values to groups"
    if (texts_of(claims, "cognito:roles").size() > 1)
        return "give one of the user's groups a lower Precedence than the others, so that its role "
               "is the preferred one (`aws cognito-idp update-group`), and sign in anew" +
               otherwise;
    return "put the user into a group that has a role (`aws cognito-idp update-group --role-arn`, "
           "`admin-add-user-to-group`), and sign in anew" +
           otherwise;
}

} // namespace

finding check_configuration(job_settings const& job, aws_settings const& aws) {
    auto const& iot_region = aws.region_for(service::iot);
    auto const pool_region = region_of_pool(job.identity_pool_id);
    auto out = passed(step::configuration,
                      "app client " + job.app.id + ", identity pool " + job.identity_pool_id +
                          ", IoT endpoint " + job.iot_endpoint.host_header() + " in " + iot_region);
    if (!pool_region.empty() && pool_region != iot_region)
        out.details.push_back(
            "the identity pool is in " + pool_region + " and IoT is asked in " + iot_region +
            ": that works, if the IoT policy is attached in " + iot_region +
            " and the policies name it; if not meant, give --region " + pool_region);
    if (job.user_pool_id.empty())
        out.details.emplace_back(
            "no user pool ID is set (--user-pool-id): the app client cannot be looked at");
    return out;
}

finding check_clock(std::optional<std::chrono::milliseconds> ahead_of_us) {
    if (!ahead_of_us)
        return {.step = step::clock,
                .how = verdict::not_available,
                .says = "no answer of AWS had a Date header"};
    // @source spec iot-broker 1.6: signatures more than 5 minutes off are refused
    auto const size = std::chrono::round<std::chrono::seconds>(std::chrono::abs(*ahead_of_us));
    std::string const says = "this machine's clock is " + print_span(size) +
                             (ahead_of_us->count() > 0 ? " behind" : " ahead of") + " AWS's";
    if (size >= 5min)
        return failed(step::clock,
                      fail(errc::clock_skewed, says + "; AWS refuses signatures more "
                                                      "than 5 minutes off"),
                      "set the clock, e.g. with `timedatectl set-ntp true`; cogniot itself signs "
                      "by AWS's clock meanwhile, other programs do not");
    return passed(step::clock, size < 2s ? "within a second of AWS's" : says);
}

finding check_app_client(app_client const& app, json::object const& description) {
    auto const flows = texts_of(description, "ExplicitAuthFlows");
    auto const its_secret = json::find_string(description, "ClientSecret").value_or("");
    if (!contains(flows, "ALLOW_USER_PASSWORD_AUTH") && !contains(flows, "USER_PASSWORD_AUTH"))
        return failed(step::app_client,
                      fail(errc::flow_not_enabled,
                           "app client " + in_ticks(app.id) + " does not allow USER_PASSWORD_AUTH"),
                      "add ALLOW_USER_PASSWORD_AUTH to its ExplicitAuthFlows (`aws cognito-idp "
                      "update-user-pool-client`, which sets everything else anew too)");
    if (its_secret.empty() && !app.client_secret.empty())
        return failed(step::app_client,
                      fail(errc::secret_hash_refused, "app client " + in_ticks(app.id) +
                                                          " has no secret, and one is configured"),
                      "remove app_client_secret from the configuration");
    if (!its_secret.empty() && app.client_secret.empty())
        return failed(step::app_client,
                      fail(errc::secret_hash_refused, "app client " + in_ticks(app.id) +
                                                          " has a secret, and none is configured"),
                      "give it as COGNIOT_APP_CLIENT_SECRET or app_client_secret");
    if (its_secret != app.client_secret.reveal())
        return failed(step::app_client,
                      fail(errc::secret_hash_refused, "the configured secret is not the one of app "
                                                      "client " +
                                                          in_ticks(app.id)),
                      "copy the secret again, or check that the app client ID is the right one");
    return passed(step::app_client, its_secret.empty()
                                        ? "USER_PASSWORD_AUTH is allowed; no secret"
                                        : "USER_PASSWORD_AUTH is allowed; the secret is right");
}

finding explain_sign_in(error const& why, std::string const& user_name, app_client const& app) {
    auto const is = [&](errc e) { return why.code == make_error_code(e); };
    auto const to_do = [&]() -> std::string {
        if (is(errc::password_refused))
            return "check user name and password of " + in_ticks(user_name) +
                   "; `cogniot user add` sets a password";
        if (is(errc::secret_hash_refused))
            return "give the secret of app client " + in_ticks(app.id) +
                   " (COGNIOT_APP_CLIENT_SECRET)";
        if (is(errc::flow_not_enabled))
            return "add ALLOW_USER_PASSWORD_AUTH to the app client's ExplicitAuthFlows";
        if (is(errc::challenge_unanswered))
            return why.detail.find("NEW_PASSWORD_REQUIRED") != std::string::npos
                       ? "set one with `cogniot sign-in` as " + in_ticks(user_name) +
                             ", which asks for it or takes COGNIOT_NEW_PASSWORD; then ask again "
                             "with the new password"
                       : "give the code with --mfa-code; a challenge that wants something else "
                         "cannot be answered here";
        if (is(errc::user_not_confirmed))
            return "confirm the user: `aws cognito-idp admin-confirm-sign-up`";
        if (is(errc::user_disabled))
            return "enable the user: `aws cognito-idp admin-enable-user`";
        if (is(errc::password_reset_required))
            return "set a new password, e.g. with `cogniot user add`";
        if (is(errc::sign_in_locked))
            return "wait a quarter of an hour, then give the right password";
        if (why.detail.find("ResourceNotFoundException") != std::string::npos)
            return "check the app client ID and the user pool's region (--user-pool-id, --region)";
        if (is(errc::setting_unusable))
            return "make user pool ID and app client ID belong together";
        return "see the message";
    };
    return failed(step::sign_in, why, to_do());
}

finding check_provider(json::object const& pool, std::string const& provider,
                       std::string const& client_id) {
    auto const id = std::string(json::find_string(pool, "IdentityPoolId").value_or(""));
    std::vector<std::string> same_pool;
    std::vector<std::string> all;
    if (auto const* const list = json::find_array(pool, "CognitoIdentityProviders"))
        for (auto const& one : *list)
            if (auto const* const entry = one.if_object()) {
                auto const name = json::find_string(*entry, "ProviderName").value_or("");
                auto const client = json::find_string(*entry, "ClientId").value_or("");
                if (name == provider && client == client_id)
                    return passed(step::provider,
                                  provider + " with app client " + client_id + " is a provider");
                if (name == provider)
                    same_pool.push_back(in_ticks(client));
                all.push_back(in_ticks(name));
            }
    auto const list = [](std::vector<std::string> const& names) {
        std::string out;
        for (auto const& name : names)
            out += (out.empty() ? "" : ", ") + name;
        return out.empty() ? std::string("none") : out;
    };
    std::string const says =
        same_pool.empty()
            ? "user pool " + in_ticks(provider) + " is not among the providers of identity pool " +
                  in_ticks(id) + ": " + list(all)
            : "identity pool " + in_ticks(id) + " trusts this user pool for app client " +
                  list(same_pool) + ", not for " + in_ticks(client_id);
    return failed(step::provider, fail(errc::identity_refused, says),
                  "add it: `aws cognito-identity update-identity-pool --identity-pool-id " + id +
                      " --cognito-identity-providers ProviderName=" + provider +
                      ",ClientId=" + client_id + " …`, or configure the identity pool that has it");
}

role_choice choose_role(json::object const& roles, std::string const& identity_pool_id,
                        std::string const& provider, std::string const& client_id,
                        json::object const& claims) {
    auto const pool = read_pool(roles, identity_pool_id);
    if (!pool)
        return {{.step = step::role, .how = verdict::not_available, .says = pool.error().message()},
                {}};
    pools::verified_login const login{
        .provider = provider, .client_id = client_id, .subject = {}, .claims = claims};
    auto const found = pool->mappings.find(provider + ":" + client_id);
    auto const* const mapping = found == pool->mappings.end() ? nullptr : &found->second;
    auto const chosen = pools::select_role({.from = *pool, .login = &login});
    if (chosen)
        return {passed(step::role, chosen->arn + ": " + describe_reason(*chosen, mapping)),
                chosen->arn};
    // The engine's own words, which AWS does not say.
    auto says = chosen.error().message;
    for (auto const& [name, value] : chosen.error().members)
        if (name == "reason")
            says = value;
    return {failed(step::role, fail(errc::identity_refused, says),
                   mend_role_choice(*pool, mapping, claims)),
            {}};
}

std::string role_name_of(std::string_view role_arn) {
    return std::string(role_arn.substr(role_arn.rfind('/') + 1));
}

std::vector<std::string> make_amr(tokens const& of) {
    // @source spec cognito-iam-sigv4 4.3
    return {"authenticated", of.provider, of.provider + ":CognitoSignIn:" + of.sub};
}

finding check_trust(role_description const& role, std::string const& identity_pool_id,
                    std::string const& identity_id, std::vector<std::string> const& amr) {
    auto trust = policy::document::parse(role.trust, policy::kind::trust);
    if (!trust)
        return {.step = step::trust,
                .how = verdict::not_available,
                .says = "the trust policy of " + in_ticks(role.name) +
                        " cannot be read: " + trust.error().detail};
    cloud::iam::role const wanted{
        .name = role.name, .id = role.id, .arn = role.arn, .trust = std::move(*trust)};
    auto const facts = cloud::identity_pool_facts(identity_pool_id, identity_id, amr);
    cloud::assumption const wish{.wanted = wanted,
                                 .action = cloud::assume_role_with_web_identity_action,
                                 .who = cloud::identity_pool_principal(),
                                 .facts = facts};
    if (cloud::is_trusted(wish))
        return passed(step::trust,
                      "role " + in_ticks(role.name) + " trusts identity pool " + identity_pool_id);
    return failed(step::trust, fail(errc::identity_refused, cloud::explain_mistrust(wish)),
                  "let it trust the pool: `aws iam update-assume-role-policy --role-name " +
                      role.name +
                      " --policy-document …` with \"cognito-identity.amazonaws.com:aud\": "
                      "\"" +
                      identity_pool_id + "\" and amr \"authenticated\"");
}

std::string mend_attachment(error const& why, std::string const& policy,
                            std::string const& identity_id, std::string const& region) {
    auto const is = [&](errc e) { return why.code == make_error_code(e); };
    if (is(errc::call_not_authorised))
        return "let somebody attach " + in_ticks(policy) + " who may do iot:AttachPolicy";
    if (is(errc::policy_not_found))
        return "create " + in_ticks(policy) +
               " with `aws iot create-policy`, or name one that exists with --iot-policy: `aws iot "
               "list-policies --region " +
               region + "`";
    // @source AWS IoT Core endpoints and quotas: ten policies attached to a principal
    if (why.detail.find("LimitExceededException") != std::string::npos)
        return "detach another policy: `aws iot list-attached-policies --target " + identity_id +
               " --region " + region + "` shows them";
    if (is(errc::backend_credentials_missing) || is(errc::backend_credentials_refused))
        return "give credentials of the backend that may do iot:AttachPolicy";
    if (is(errc::throttled) || is(errc::service_unavailable))
        return "ask again in a moment";
    return "see the message";
}

std::optional<finding> check_iot_endpoint(net::origin const& configured, std::string const& own) {
    auto const host = own.substr(0, own.rfind(':'));
    bool const is_aws = configured.host.find(".amazonaws.com") != std::string::npos;
    // The older name without -ats is the same account's; a domain of one's own cannot be judged.
    auto const account_of = [](std::string_view name) {
        auto const label = name.substr(0, name.find('.'));
        return std::string(label.ends_with("-ats") ? label.substr(0, label.size() - 4) : label);
    };
    if (!is_aws || account_of(configured.host) == account_of(host))
        return {};
    return failed(step::endpoints,
                  fail(errc::setting_unusable, "the IoT endpoint " + in_ticks(configured.host) +
                                                   " is not this account's, which is " +
                                                   in_ticks(host)),
                  "configure iot_endpoint: " + host);
}

} // namespace cogniot::client::doctor
