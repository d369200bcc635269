// AssumeRole: the account's root, or a session that its role's policy lets, becomes another role.
#include "cloud/authorise.hpp"
#include "cloud/sts/credentials.hpp"
#include "cloud/sts/operations.hpp"
#include "cloud/sts/session.hpp"
#include "cloud/trust.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <array>

namespace cogniot::cloud::sts {

namespace {

/// The names under which a trust policy may mean the caller: itself, its role, its account.
struct caller_names {
    std::string account_root;
    std::array<policy::principal_name, 4> names;

    explicit caller_names(principal const& who)
        : account_root("arn:aws:iam::" + who.account + ":root"), names{{{"AWS", who.arn},
                                                                        {"AWS", who.role_arn.empty()
                                                                                    ? who.arn
                                                                                    : who.role_arn},
                                                                        {"AWS", account_root},
                                                                        {"AWS", who.account}}} {}
};

} // namespace

outcome<json::object> assume_role(call& c, json::object const& input) {
    input_reader in(input);
    auto const wanted = read_session(in);
    auto const external_id = in.find_text("ExternalId", {.min = 2, .max = 1224});
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (!wanted.role_arn.starts_with("arn:"))
        return api_error{.code = std::string(validation_error),
                         .message = std::string(wanted.role_arn) + " is invalid"};
    auto const refused = [&] {
        return access_denied("User: " + c.who.arn +
                             " is not authorized to perform: " + std::string(assume_role_action) +
                             " on resource: " + std::string(wanted.role_arn));
    };
    auto const* const r = c.world.iam.find_role_by_arn(wanted.role_arn);
    if (!r)
        return refused();
    auto facts = principal_facts(c.who, {c.now, c.region, c.source_ip, c.how});
    if (external_id)
        facts.set("sts:ExternalId", std::string(*external_id));
    caller_names const caller(c.who);
    if (!is_trusted({*r, assume_role_action, caller.names, facts}))
        return refused();
    if (auto refusal = refuse_lifetime(*r, wanted.lifetime))
        return *refusal;
    auto policies = read_session_policies(c, wanted);
    if (!policies)
        return policies.error();
    auto who = make_role_session(c.world, *r, wanted.session_name);
    who.session_policies = std::move(policies->documents);
    auto const& made = issue(c, std::move(who), wanted.lifetime);
    json::object answer{{"Credentials", print_credentials(made)},
                        {"AssumedRoleUser", print_assumed_role_user(*made.who)}};
    if (policies->packed)
        answer["PackedPolicySize"] = *policies->packed;
    return answer;
}

} // namespace cogniot::cloud::sts
