// Why a request was refused or allowed, as data and in words that end in what to do.
#include "cloud/authorise.hpp"
#include "cloud/locks.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"
#include "policy/smallest_change.hpp"
#include "policy/words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace cogniot::cloud {

namespace {

std::string quoted(std::string_view text) {
    return "`" + std::string(text) + "`";
}

/// Who holds the documents of a lock: `role `ArticleRole``, `identity `ap-northeast-1:…``.
std::string owner_of(lock which, principal const& who) {
    switch (which) {
    case lock::iot_policy:
        return who.what == principal::type::device ? "certificate " + quoted(who.user_id)
                                                   : "identity " + quoted(who.identity_id);
    case lock::session_policy:
        return "session " + quoted(who.session_name);
    default:
        return "role " + quoted(who.role_name);
    }
}

/// The first IoT policy of the region that would allow it if it were attached.
iot::versioned_policy const* find_opening_policy(iot::registry const& in,
                                                 policy::request const& asked) {
    for (auto const& [name, p] : in.policies) {
        policy::named_document const one{name, &p.in_force()->document};
        if (policy::decide({&one, 1}, asked) == policy::effect::allow)
            return &p;
    }
    return nullptr;
}

/// Another region in which the principal has IoT policies; empty if there is none.
std::string_view find_region_of_attachment(world const& w, std::string_view target) {
    for (auto const& [name, registry] : w.iot.regions)
        if (registry.find_target(target))
            return name;
    return {};
}

std::string attach_command(std::string_view policy_name, std::string_view target,
                           std::string_view region) {
    return "`aws iot attach-policy --policy-name " + std::string(policy_name) + " --target " +
           std::string(target) + " --region " + std::string(region) + "`";
}

std::string words_without_iot_policy(world const& w, principal const& who, locks const& between,
                                     policy::request const& asked) {
    auto words = "no IoT policy is attached to " + owner_of(lock::iot_policy, who) + " in " +
                 std::string(between.region()) +
                 (who.what == principal::type::device
                      ? ": a device may do what the policies on its certificate allow, and nothing "
                        "else"
                      : ": an authenticated Cognito identity needs one beside its role's policy; a "
                        "guest does not, so that what works before sign-in fails after it");
    if (auto const elsewhere = find_region_of_attachment(w, who.iot_name()); !elsewhere.empty())
        words += " (it has some in " + std::string(elsewhere) + ", which do not count here)";
    auto const* const opening =
        between.registry() ? find_opening_policy(*between.registry(), asked) : nullptr;
    if (opening)
        return words + "; attach it with " +
               attach_command(opening->name, who.iot_name(), between.region());
    bool const has_some = between.registry() && !between.registry()->policies.empty();
    return words + "; " + (has_some ? "none of the region's IoT policies would allow this: " : "") +
           "create one that allows " + quoted(asked.action) + " on " + quoted(asked.resource) +
           " and attach it with " + attach_command("POLICY_NAME", who.iot_name(), between.region());
}

std::string words_without_role_policy(principal const& who, locks const& between) {
    if (!between.role())
        return "role " + quoted(who.role_name) +
               " is not there any more, or was made again after these credentials were issued; "
               "ask for new credentials";
    return "role " + quoted(who.role_name) +
           " has no policy at all; add one with `aws iam put-role-policy --role-name " +
           who.role_name + " --policy-name NAME --policy-document file://policy.json`";
}

/// A policy that came with the credentials; nobody can put another in its place.
/// @source Amazon Cognito developer guide, "IAM roles": enhanced flow, session policy of guests
std::string_view words_of_session(principal const& who) {
    if (who.from_identity_pool() && !who.authenticated)
        return "; AWS itself adds this policy to the session of every guest, and no policy of "
               "yours "
               "lifts it: only a user who has signed in may do this";
    return "; it was given when the credentials were asked for: ask for credentials with a session "
           "policy that allows this, or with none";
}

/// The narrowest change that would let it through; empty if a Deny stands in the way.
std::string words_of_remedy(one_lock const& shut, principal const& who,
                            policy::explanation const& why, policy::request const& asked) {
    if (shut.which == lock::session_policy)
        return std::string(words_of_session(who));
    if (why.decision == policy::effect::explicit_deny)
        return {};
    auto const found = policy::find_remedy(shut.documents, asked, why, kind_of(shut.which));
    if (!found.smallest)
        return {};
    return "; to allow it, " + found.smallest->words +
           (found.left_out.empty() ? "" : "; but mind: " + found.left_out);
}

/// Why one lock stayed shut.
std::string words_of_refusal(world const& w, principal const& who, locks const& between,
                             one_lock const& shut, policy::explanation const& why,
                             policy::request const& asked) {
    if (shut.documents.empty() && shut.which == lock::iot_policy)
        return words_without_iot_policy(w, who, between, asked);
    if (shut.documents.empty())
        return words_without_role_policy(who, between);
    return owner_of(shut.which, who) + ": " + policy::print_words(why, shut.documents, asked) +
           words_of_remedy(shut, who, why, asked);
}

json::object print_lock(one_lock const& one, principal const& who, policy::explanation const& why,
                        policy::request const& asked) {
    json::array names;
    for (auto const& d : one.documents)
        names.emplace_back(d.name);
    return {{"lock", print(one.which)},
            {"of", owner_of(one.which, who)},
            {"decision", policy::print(why.decision)},
            {"documents", std::move(names)},
            {"because", policy::print_json(why, one.documents, asked)}};
}

authorisation_explained explain_without_locks(principal const& who, policy::request const& asked,
                                              authorisation const& decided) {
    std::string words = decided.allowed
                            ? "the account's root may do everything"
                            : "the request is not signed: nobody may do this anonymously; sign it "
                              "with credentials of the account or of the identity pool";
    json::object out{{"decision", policy::print(decided.effect)},
                     {"action", asked.action},
                     {"resource", asked.resource},
                     {"principal", who.arn},
                     {"locks", json::array{}},
                     {"words", words}};
    return {decided, std::move(words), json::print(out)};
}

} // namespace

authorisation_explained explain(world const& w, principal const& who, std::string_view action,
                                std::string_view resource, policy::context const& facts) {
    auto const decided = authorise(w, who, action, resource, facts);
    if (who.what == principal::type::root || who.what == principal::type::anonymous)
        return explain_without_locks(who, {action, resource, facts}, decided);

    locks const between(w, who, action, resource);
    json::array printed;
    std::string refusal;
    std::string allowed_by;
    std::string also_shut;
    for (auto const& one : between.all()) {
        policy::request const asked{action, resource, between.facts_for(one, facts)};
        auto const why = policy::explain(one.documents, asked);
        printed.push_back(print_lock(one, who, why, asked));
        if (why.decision == policy::effect::allow)
            allowed_by += (allowed_by.empty() ? "" : "; ") + owner_of(one.which, who) + ": " +
                          policy::print_words(why, one.documents, asked);
        else if (one.which == decided.refused_by)
            refusal = words_of_refusal(w, who, between, one, why, asked);
        else
            also_shut += "; moreover, " + words_of_refusal(w, who, between, one, why, asked);
    }
    auto words = decided.allowed ? allowed_by : refusal + also_shut;
    if (auto const* const late = between.late())
        words += "; these policies were changed, which takes effect at " +
                 print_extended(late->until) + ": " + late->because;
    json::object out{{"decision", policy::print(decided.effect)},
                     {"action", action},
                     {"resource", resource},
                     {"principal", who.arn}};
    if (!decided.allowed)
        out["refused_by"] = print(decided.refused_by);
    if (who.from_identity_pool()) {
        out["identity"] = who.identity_id;
        out["authenticated"] = who.authenticated;
    }
    out["locks"] = std::move(printed);
    out["words"] = words;
    return {decided, std::move(words), json::print(out)};
}

} // namespace cogniot::cloud
