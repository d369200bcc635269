// GetId, GetCredentialsForIdentity, GetOpenIdToken: from a user's token to an identity and its
// credentials. SDKs send all three unsigned; the token is the proof.
#include "cloud/cognito_identity/errors.hpp"
#include "cloud/cognito_identity/login.hpp"
#include "cloud/cognito_identity/openid_token.hpp"
#include "cloud/cognito_identity/operations.hpp"
#include "cloud/cognito_identity/role_selection.hpp"
#include "cloud/cognito_identity/scope_down.hpp"
#include "cloud/sts/credentials.hpp"
#include "cloud/trust.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <utility>

namespace cogniot::cloud::cognito_identity {

namespace {

/// Enhanced flow: whatever the role's MaxSessionDuration.
constexpr std::chrono::seconds credentials_lifetime{3600};
constexpr std::string_view session_name = "CognitoIdentityCredentials";

api_error guests_not_allowed() {
    return not_authorized("Unauthenticated access is not supported for this identity pool.");
}
api_error logins_do_not_match() {
    return not_authorized("Logins don't match. Please include at least one valid login for this "
                          "identity or identity pool.");
}
api_error linked_elsewhere() {
    return {.code = "ResourceConflictException",
            .message = "Login is already linked to another identity."};
}

void keep(call& c, identity i) {
    c.persist.push_back(print_record(i));
    c.world.cognito_identity.put(std::move(i));
}

/// Links logins that are not linked yet. @return whether anything changed
bool link(identity& i, std::vector<verified_login> const& logins, utc_time now) {
    bool changed = false;
    for (auto const& login : logins)
        changed = i.logins.emplace(login.provider, login.subject).second || changed;
    if (changed)
        i.modified = now;
    return changed;
}

/// An identity that was asked for by its ID, and what proved the right to it.
struct admitted {
    identity const& who;
    pool const& from;
    std::vector<verified_login> logins;
};

outcome<admitted> admit(call& c, std::string_view identity_id, json::object const* login_input) {
    auto& state = c.world.cognito_identity;
    auto const* const found = state.find_identity(identity_id);
    if (!found)
        return no_such_identity(identity_id);
    auto const* const p = state.find_pool(found->pool_id);
    if (!p)
        return no_such_pool(found->pool_id);
    auto logins = verify_logins(c, *p, login_input);
    if (!logins)
        return logins.error();
    if (logins->empty()) {
        if (!found->logins.empty())
            return identity_forbidden(identity_id);
        if (!p->allow_unauthenticated)
            return guests_not_allowed();
        return admitted{*found, *p, {}};
    }
    bool const is_known =
        std::any_of(logins->begin(), logins->end(), [&](verified_login const& login) {
            auto const at = found->logins.find(login.provider);
            return at != found->logins.end() && at->second == login.subject;
        });
    for (auto const& login : *logins) {
        auto const* const other = state.find_by_login(p->id, login.provider, login.subject);
        auto const own = found->logins.find(login.provider);
        bool const is_other_user = own != found->logins.end() && own->second != login.subject;
        // One valid login is enough, but none of them may be somebody else's.
        if ((other && other != found) || is_other_user)
            return is_known || found->logins.empty() ? linked_elsewhere() : logins_do_not_match();
    }
    if (!is_known && !found->logins.empty())
        return logins_do_not_match();
    identity changed = *found;
    if (link(changed, *logins, c.now))
        keep(c, std::move(changed));
    return admitted{*state.find_identity(identity_id), *p, std::move(*logins)};
}

/// The role must be there and its trust policy must accept this pool and how the user came.
outcome<iam::role const*> find_trusting_role(call& c, identity const& who, std::string_view arn) {
    auto const* const r = c.world.iam.find_role_by_arn(arn);
    if (!r)
        return wrong_pool_roles("role `" + std::string(arn) + "` does not exist");
    auto const facts = identity_pool_facts(who.pool_id, who.id, amr_of(who));
    assumption const wish{*r, assume_role_with_web_identity_action, identity_pool_principal(),
                          facts};
    if (!is_trusted(wish))
        return wrong_pool_roles(explain_mistrust(wish));
    return r;
}

} // namespace

outcome<json::object> get_id(call& c, json::object const& input) {
    input_reader in(input);
    auto const pool_id = in.text("IdentityPoolId", pool_id_rule);
    in.find_text("AccountId", {.min = 1, .max = 15, .form = &patterns::digits});
    auto const* const login_input = in.find_object("Logins");
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto& state = c.world.cognito_identity;
    auto const* const p = state.find_pool(pool_id);
    if (!p)
        return no_such_pool(pool_id);
    auto const logins = verify_logins(c, *p, login_input);
    if (!logins)
        return logins.error();
    if (logins->empty() && !p->allow_unauthenticated)
        return guests_not_allowed();

    identity const* known = nullptr;
    for (auto const& login : *logins)
        if (auto const* const other = state.find_by_login(p->id, login.provider, login.subject)) {
            if (known && known != other)
                return linked_elsewhere();
            known = other;
        }
    identity i = known ? *known
                       : identity{.id = p->region + ":" + random_uuid(c.random),
                                  .pool_id = p->id,
                                  .created = c.now,
                                  .modified = c.now};
    auto answer = json::object{{"IdentityId", i.id}};
    if (link(i, *logins, c.now) || !known)
        keep(c, std::move(i));
    return answer;
}

outcome<json::object> get_credentials_for_identity(call& c, json::object const& input) {
    input_reader in(input);
    auto const identity_id = in.text("IdentityId", identity_id_rule);
    auto const* const login_input = in.find_object("Logins");
    auto const custom_role = in.find_text("CustomRoleArn", {.min = 20, .max = 2048});
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const subject = admit(c, identity_id, login_input);
    if (!subject)
        return subject.error();
    bool const is_guest = subject->logins.empty();
    auto const role = select_role({.from = subject->from,
                                   .login = is_guest ? nullptr : &subject->logins.front(),
                                   .custom_role = custom_role,
                                   .identity_id = identity_id});
    if (!role)
        return role.error();
    auto const trusting = find_trusting_role(c, subject->who, role->arn);
    if (!trusting)
        return trusting.error();

    auto who = sts::make_role_session(c.world, **trusting, session_name);
    who.identity_id = subject->who.id;
    who.identity_pool_id = subject->from.id;
    who.authenticated = !is_guest;
    who.amr = amr_of(subject->who);
    if (is_guest)
        who.session_policies.push_back(guest_scope_down());
    auto const& made = sts::issue(c, std::move(who), credentials_lifetime);
    return json::object{{"IdentityId", made.who->identity_id},
                        {"Credentials", json::object{{"AccessKeyId", made.access_key_id},
                                                     {"SecretKey", made.secret_access_key.reveal()},
                                                     {"SessionToken", made.session_token.reveal()},
                                                     {"Expiration", epoch_seconds(made.expiry)}}}};
}

outcome<json::object> get_open_id_token(call& c, json::object const& input) {
    input_reader in(input);
    auto const identity_id = in.text("IdentityId", identity_id_rule);
    auto const* const login_input = in.find_object("Logins");
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const subject = admit(c, identity_id, login_input);
    if (!subject)
        return subject.error();
    // A pool that never said was seen to allow it (spec cognito-iam-sigv4 4.6).
    if (!subject->from.allow_classic_flow.value_or(true))
        return invalid_parameter("Basic (classic) flow is not enabled, please use enhanced flow.");
    auto token = make_openid_token(c, subject->who);
    return json::object{{"IdentityId", subject->who.id}, {"Token", std::move(token)}};
}

} // namespace cogniot::cloud::cognito_identity
