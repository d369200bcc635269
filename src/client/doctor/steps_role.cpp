// Which role, whether it may be had, and the documents of both locks.
#include "base/text.hpp"
#include "client/doctor/chart.hpp"
#include "client/doctor/checks.hpp"
#include "client/errors.hpp"
#include "client/iot_calls.hpp"
#include "client/pool_calls.hpp"
#include "client/steps.hpp"
#include "json/parse.hpp"

#include <algorithm>

namespace cogniot::client::doctor {
namespace {

std::string list(std::vector<seen_document> const& documents) {
    std::string out;
    for (auto const& d : documents)
        out += (out.empty() ? "" : ", ") + printable(d.name);
    return out.empty() ? "none" : out;
}

/// The role's own description, asked for once.
net::task<looked<role_description>> look_at_role(chart& c, std::string name) {
    auto const call = make_get_role(name);
    auto looking = look(c.aws(), call);
    auto const answer = co_await std::move(looking);
    if (!answer)
        co_return answer.error();
    auto role = read_role(*answer);
    if (!role)
        co_return explain_failure(call, role.error());
    co_return *role;
}

finding nothing_attached(chart const& c, std::string const& region) {
    auto const& id = c.identity->text;
    auto const& policy = c.who.asked.iot_policy;
    auto const pool_region = region_of_pool(c.job().identity_pool_id);
    std::string says = "no IoT policy is attached to identity `" + id + "` in " + region +
                       ": an authenticated Cognito identity needs one beside its role's policy";
    if (!pool_region.empty() && pool_region != region)
        says += "; the identity pool is in " + pool_region + ", so the region may be the mistake";
    std::string remedy = policy.empty()
                             ? "`aws iot attach-policy --policy-name POLICY --target " + id +
                                   " --region " + region + "`"
                             : "`cogniot doctor --fix attach-policy` attaches `" + policy +
                                   "`, as publish and subscribe do; or `aws iot attach-policy "
                                   "--policy-name " +
                                   policy + " --target " + id + " --region " + region + "`";
    if (!pool_region.empty() && pool_region != region)
        remedy =
            "give --region " + pool_region + " (AWS_REGION); if " + region + " is meant: " + remedy;
    return failed(step::iot_policies, fail(errc::connect_denied, std::move(says)),
                  std::move(remedy));
}

/// --fix attach-policy. @return what was done, else the failure
net::task<result<std::string>> attach_wanted(chart& c) {
    auto const& wanted = c.who.asked.iot_policy;
    auto attaching = attach_policy(c.aws(), wanted, *c.identity);
    auto const attached = co_await std::move(attaching);
    if (!attached)
        co_return attached.error();
    co_return "attached `" + wanted + "` just now (--fix attach-policy)";
}

/// The documents of these IoT policies.
net::task<looked<std::vector<seen_document>>> read_all(chart& c, std::vector<std::string> names) {
    std::vector<seen_document> out;
    for (auto const& name : names) {
        auto reading = look_at_iot_policy(c.aws(), name);
        auto one = co_await std::move(reading);
        if (!one) {
            auto why = one.error();
            why.says += " (attached: " + printable(name) + ")";
            co_return why;
        }
        out.push_back(std::move(*one));
    }
    co_return out;
}

} // namespace

net::task<void> examine_role(chart& c) {
    if (!c.signed_in) {
        c.tell(skipped(step::role, "nobody signed in"));
        co_return;
    }
    if (c.is_out_of_reach(service::cognito_identity, step::role))
        co_return;
    auto looking = look(c.aws(), make_get_identity_pool_roles(c.job().identity_pool_id));
    auto const roles = co_await std::move(looking);
    if (!roles) {
        c.tell(not_seen(step::role, roles.error(), make_error_code(errc::setting_unusable),
                        "check the identity pool's ID and region"));
        co_return;
    }
    auto const audience = std::string(json::find_string(c.claims, "aud").value_or(c.job().app.id));
    auto choice =
        choose_role(*roles, c.job().identity_pool_id, c.signed_in->provider, audience, c.claims);
    c.role_arn = choice.role_arn;
    c.tell(std::move(choice.found));
}

net::task<void> examine_trust(chart& c) {
    if (c.role_arn.empty()) {
        c.tell(skipped(step::trust, "which role the pool gives is not known"));
        co_return;
    }
    if (c.is_out_of_reach(service::iam, step::trust))
        co_return;
    auto looking = look_at_role(c, role_name_of(c.role_arn));
    auto const role = co_await std::move(looking);
    if (!role) {
        c.tell(not_seen(step::trust, role.error(), make_error_code(errc::identity_refused),
                        "create the role, or set another one with `aws cognito-identity "
                        "set-identity-pool-roles`"));
        co_return;
    }
    c.role = *role;
    c.tell(check_trust(*role, c.job().identity_pool_id, c.identity ? c.identity->text : "",
                       make_amr(*c.signed_in)));
}

net::task<void> examine_credentials(chart& c) {
    if (!c.identity) {
        c.tell(skipped(step::credentials, "there is no identity ID"));
        co_return;
    }
    auto asking = get_credentials(c.aws(), *c.identity, *c.signed_in);
    auto const got = co_await std::move(asking);
    if (!got) {
        c.tell(failed(step::credentials, got.error(),
                      "check the pool's roles and the role's trust policy"));
        co_return;
    }
    c.credentials = *got;
    c.secrets.push_back(got->secret_access_key);
    c.secrets.push_back(got->session_token);
    c.identity = got->identity;
    auto out = passed(step::credentials, "until " + print_extended(got->expires));
    auto looking = look(c.aws(), make_get_caller_identity(got->for_signing()));
    auto const answer = co_await std::move(looking);
    if (!answer)
        out.details.push_back("whose they are was not told: " + answer.error().says);
    else if (auto caller = read_caller_identity(*answer)) {
        c.caller = std::move(*caller);
        out.says += ", " + printable(c.caller->arn);
        if (!c.role_arn.empty() && role_name_of(c.role_arn) != c.caller->role_name())
            out.details.push_back("that is not the role which the pool's settings lead to, " +
                                  c.role_arn);
    }
    c.tell(std::move(out));
}

net::task<void> examine_role_policies(chart& c) {
    auto const name = c.role_name();
    if (name.empty()) {
        c.tell(skipped(step::role_policies, "the role is not known"));
        co_return;
    }
    if (c.is_out_of_reach(service::iam, step::role_policies))
        co_return;
    auto looking = look_at_role_policies(c.aws(), name);
    auto seen = co_await std::move(looking);
    if (!seen) {
        c.tell(not_seen(step::role_policies, seen.error(), make_error_code(errc::identity_refused),
                        "the role or one of its policies was deleted: set it up anew"));
        co_return;
    }
    auto out =
        passed(step::role_policies, "role " + name + ": inline " + list(seen->inline_policies) +
                                        "; managed " + list(seen->managed));
    if (c.role && !c.role->permissions_boundary.empty())
        out.details.push_back("the permissions boundary " + c.role->permissions_boundary +
                              " limits them further and is not evaluated here");
    c.role_policies = std::move(*seen);
    c.tell(std::move(out));
}

net::task<void> examine_iot_policies(chart& c) {
    if (!c.identity) {
        c.tell(skipped(step::iot_policies, "there is no identity ID"));
        co_return;
    }
    if (c.is_out_of_reach(service::iot, step::iot_policies))
        co_return;
    auto const region = c.aws().settings().region_for(service::iot);
    auto const& wanted = c.who.asked.iot_policy;
    auto const code = make_error_code(errc::connect_denied);
    auto looking = look_at_attached(c.aws(), c.identity->text);
    auto names = co_await std::move(looking);
    bool const is_there = names && std::find(names->begin(), names->end(), wanted) != names->end();
    std::vector<std::string> details;
    // Attaching what is attached changes nothing: it needs no list.
    if (!wanted.empty() && !is_there && c.who.asked.attaches_policy) {
        auto attaching = attach_wanted(c);
        auto const done = co_await std::move(attaching);
        if (!done) {
            c.tell(failed(step::iot_policies, done.error(),
                          mend_attachment(done.error(), wanted, c.identity->text, region)));
            co_return;
        }
        if (names)
            names->push_back(wanted);
        details.push_back(*done);
    } else if (names && !wanted.empty() && !is_there) {
        auto reading = look_at_iot_policy(c.aws(), wanted);
        auto const spare = co_await std::move(reading);
        details.push_back(spare ? "`" + wanted + "` (iot_policy) is not attached"
                                : "`" + wanted + "` (iot_policy): " + spare.error().says);
    }
    if (!names) {
        auto out = not_seen(step::iot_policies, names.error(), code,
                            "check the identity's ID and the region");
        out.details = std::move(details);
        c.tell(std::move(out));
        co_return;
    }
    auto reading = read_all(c, *names);
    auto documents = co_await std::move(reading);
    if (!documents) {
        auto out =
            not_seen(step::iot_policies, documents.error(), code, "attach a policy that exists");
        out.details = std::move(details);
        c.tell(std::move(out));
        co_return;
    }
    auto out = documents->empty()
                   ? nothing_attached(c, region)
                   : passed(step::iot_policies, "attached in " + region + ": " + list(*documents));
    out.details = std::move(details);
    c.iot_policies = std::move(*documents);
    c.tell(std::move(out));
}

} // namespace cogniot::client::doctor
