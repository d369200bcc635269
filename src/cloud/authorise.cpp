#include "cloud/authorise.hpp"

#include "cloud/locks.hpp"
#include "policy/arn.hpp"

namespace cogniot::cloud {

std::string_view print(lock which) {
    switch (which) {
    case lock::none:
        return "none";
    case lock::role_policy:
        return "role_policy";
    case lock::session_policy:
        return "session_policy";
    case lock::iot_policy:
        return "iot_policy";
    }
    return "none";
}

authorisation authorise(world const& w, principal const& who, std::string_view action,
                        std::string_view resource, policy::context const& facts) {
    if (who.what == principal::type::root)
        return {.allowed = true, .refused_by = lock::none, .effect = policy::effect::allow};
    if (who.what == principal::type::anonymous)
        return {.allowed = false,
                .refused_by = lock::role_policy,
                .effect = policy::effect::implicit_deny};
    locks const between(w, who, action, resource);
    authorisation decided{.allowed = true, .effect = policy::effect::allow};
    for (auto const& one : between.all()) {
        auto const effect =
            policy::decide(one.documents, {action, resource, between.facts_for(one, facts)});
        if (effect == policy::effect::allow)
            continue;
        bool const is_explicit = effect == policy::effect::explicit_deny;
        if (decided.allowed || is_explicit)
            decided = {.allowed = false, .refused_by = one.which, .effect = effect};
        // Nothing outranks an explicit deny.
        if (is_explicit)
            break;
    }
    return decided;
}

std::string_view requested_region(std::string_view service, std::string_view signed_for) {
    return service == "iam" ? "us-east-1" : signed_for;
}

policy::context principal_facts(principal const& who, circumstances const& of) {
    policy::context facts;
    auto const set_known = [&](std::string key, std::string_view value) {
        if (!value.empty())
            facts.set(std::move(key), std::string(value));
    };
    facts.set("aws:CurrentTime", print_extended(of.now));
    facts.set("aws:EpochTime", std::to_string(epoch_seconds(of.now)));
    facts.set("aws:SecureTransport", of.how == transport::tls ? "true" : "false");
    set_known("aws:SourceIp", of.source_ip);
    if (who.what == principal::type::anonymous) {
        facts.set("aws:PrincipalType", "Anonymous");
        return facts;
    }
    // IAM's keys are about IAM's principals.
    if (who.what == principal::type::device)
        return facts;
    bool const is_role = who.what == principal::type::role_session;
    set_known("aws:RequestedRegion", of.region);
    // No service of AWS calls here in somebody's name.
    facts.set("aws:ViaAWSService", "false");
    facts.set("aws:PrincipalIsAWSService", "false");
    set_known("aws:userid", who.user_id);
    set_known("aws:PrincipalAccount", who.account);
    set_known("aws:PrincipalArn", is_role ? who.role_arn : who.arn);
    facts.set("aws:PrincipalType", is_role ? "AssumedRole" : "Account");
    if (is_role)
        facts.set("aws:TokenIssueTime", print_extended(who.issued));
    if (who.from_identity_pool()) {
        facts.set("aws:FederatedProvider", "cognito-identity.amazonaws.com");
        facts.set("cognito-identity.amazonaws.com:sub", who.identity_id);
        set_known("cognito-identity.amazonaws.com:aud", who.identity_pool_id);
        facts.set_list("cognito-identity.amazonaws.com:amr", who.amr);
    }
    return facts;
}

std::string access_denied_message(principal const& who, std::string_view action,
                                  std::string_view resource, authorisation const& denied) {
    auto const caller = who.what == principal::type::anonymous ? "anonymous" : who.arn;
    std::string message = "User: " + caller +
                          " is not authorized to perform: " + std::string(action) +
                          " on resource: " + std::string(resource);
    std::string_view const kind = denied.refused_by == lock::session_policy ? "session"
                                  : denied.refused_by == lock::iot_policy   ? "IoT"
                                                                            : "identity-based";
    if (denied.effect == policy::effect::explicit_deny) {
        message += " with an explicit deny in ";
        message += kind == "session" ? "a " : "an ";
        message += std::string(kind) + " policy";
    } else {
        message += " because no " + std::string(kind) + " policy allows the " +
                   std::string(action) + " action";
    }
    return message;
}

} // namespace cogniot::cloud
