// What AWS IoT takes at all, and what the fetched policies allow together, by our engine and by
// AWS's own simulators.
#include "base/text.hpp"
#include "client/doctor/chart.hpp"
#include "client/doctor/checks.hpp"
#include "client/doctor/limits.hpp"
#include "client/errors.hpp"
#include "client/iot_calls.hpp"
#include "json/parse.hpp"

namespace cogniot::client::doctor {
namespace {

errc code_of(std::string_view action) {
    if (action == "iot:Connect")
        return errc::connect_denied;
    return action == "iot:Publish" || action == "iot:RetainPublish" ? errc::publish_denied
                                                                    : errc::subscribe_denied;
}

finding judge(chart const& c, cloud::question const& q) {
    auto const answer = c.locks->judge(q);
    finding out{.step = step::permission,
                .how = verdict::passed,
                .says = answer.words,
                .action = q.action,
                .resource = q.resource};
    if (answer.allowed) {
        std::string_view const unseen = !c.role_policies  ? "the role's policies"
                                        : !c.iot_policies ? "the identity's IoT policies"
                                                          : "";
        if (!unseen.empty()) {
            out.how = verdict::not_available;
            out.says =
                "allowed as far as could be looked at; " + std::string(unseen) + " were not seen";
        }
        return out;
    }
    if (!answer.unknowable.empty()) {
        out.how = verdict::not_available;
        out.says = "it depends on " + answer.unknowable + ", which only AWS knows: " + answer.words;
        return out;
    }
    out.how = verdict::failed;
    out.code = make_error_code(code_of(q.action));
    out.remedy = answer.remedy;
    // Said at length by the step before; here the role's own answer is the news.
    if (c.iot_policies && c.iot_policies->empty() && answer.by_role == policy::effect::allow)
        out.says = "the role's policies allow it; no IoT policy is attached to allow it too";
    return out;
}

/// `ALLOWED` and `allowed` say the same.
bool says_allowed(std::string_view decision) {
    return equals_ignoring_case(decision, "allowed");
}

/// Adds how AWS and our engine agree; a step that failed if AWS denies what our engine allows, by
/// the first that it denies.
/// @param missing  condition keys that AWS was not told: its answer is no verdict then
/// @return whether there was something to compare
bool compare(finding& out, cloud::question const& q, std::string const& aws_says,
             std::vector<std::string> const& missing, std::optional<policy::effect> ours) {
    if (!missing.empty()) {
        out.details.push_back(q.action + " on " + q.resource +
                              ": not judged by AWS's simulator, which was not told " +
                              printable(missing.front(), 256));
        return false;
    }
    auto const about = q.action + " on " + q.resource + ": " + printable(aws_says);
    if (!ours || says_allowed(aws_says) == (*ours == policy::effect::allow)) {
        out.details.push_back(about);
        return true;
    }
    out.details.push_back(about + "; our engine says " + std::string(policy::print(*ours)) +
                          ": a disagreement");
    if (out.how == verdict::failed)
        return true;
    if (says_allowed(aws_says)) {
        out.says += "; they disagree with our engine, see below";
        return true;
    }
    out.how = verdict::failed;
    out.action = q.action;
    out.resource = q.resource;
    out.code = make_error_code(code_of(q.action));
    out.says = "AWS denies what our engine allows: " + about;
    out.remedy =
        "AWS's answer counts: look for a permissions boundary, an organisation's policy or "
        "a policy attached elsewhere, and report the disagreement to cogniot";
    return true;
}

/// Nothing was compared: that is no agreement.
finding concluded(finding out, bool is_compared) {
    if (is_compared || out.details.empty())
        return out;
    out.how = verdict::not_available;
    out.says += ", and judged nothing of it: the policies hang on what it was not told";
    return out;
}

net::task<finding> ask_iot(chart& c, std::vector<cloud::question> questions) {
    std::vector<cloud::question> known;
    std::vector<authorisation_question> asked;
    // At most ten a call; the first ten say enough.
    for (auto const& q : questions)
        if (auto const type = action_type_of(q.action); !type.empty() && known.size() < 10) {
            known.push_back(q);
            asked.push_back({std::string(type), q.resource});
        }
    auto const call =
        make_test_authorization(c.identity->text, c.job().identity_pool_id, c.client_id(), asked);
    auto looking = look(c.aws(), call);
    auto const answer = co_await std::move(looking);
    if (!answer)
        co_return not_seen(step::aws_answers, answer.error(), make_error_code(errc::call_refused),
                           "see the message");
    auto const decisions = read_test_authorization(*answer, asked);
    if (!decisions)
        co_return not_seen(step::aws_answers, explain_failure(call, decisions.error()), {}, {});
    auto out = passed(step::aws_answers, "iot:TestAuthorization was asked about the IoT policies");
    bool is_compared = false;
    for (std::size_t i = 0; i < known.size(); ++i)
        is_compared |= compare(out, known[i], (*decisions)[i].decision,
                               (*decisions)[i].missing_context, c.locks->judge(known[i]).by_iot);
    co_return concluded(std::move(out), is_compared);
}

net::task<finding> ask_iam(chart& c, std::vector<cloud::question> questions) {
    auto out = passed(step::aws_answers, "iam:SimulatePrincipalPolicy was asked about the role");
    std::map<std::string, std::string> const facts{
        {"cognito-identity.amazonaws.com:sub", c.identity->text},
        {"cognito-identity.amazonaws.com:aud", c.job().identity_pool_id},
        {"aws:RequestedRegion", c.aws().settings().region_for(service::iot)}};
    bool is_compared = false;
    for (auto const& q : questions) {
        auto const call =
            make_simulate_principal_policy(c.locks->role_arn(), q.action, q.resource, facts);
        auto looking = look(c.aws(), call);
        auto const answer = co_await std::move(looking);
        if (!answer)
            co_return not_seen(step::aws_answers, answer.error(),
                               make_error_code(errc::call_refused), "see the message");
        auto const simulated = read_simulation(*answer);
        if (!simulated)
            co_return not_seen(step::aws_answers, explain_failure(call, simulated.error()), {}, {});
        is_compared |= compare(out, q, simulated->decision, simulated->missing_context,
                               c.locks->judge(q).by_role);
    }
    co_return concluded(std::move(out), is_compared);
}

/// The thing whose name the client ID is; nothing if there is none, or nobody may look.
net::task<std::optional<cloud::iot::thing>> look_at_thing(chart& c, std::string name) {
    auto looking = look(c.aws(), make_describe_thing(name));
    auto const answer = co_await std::move(looking);
    if (!answer)
        co_return std::nullopt;
    cloud::iot::thing out{
        .name = std::move(name),
        .type_name = std::string(json::find_string(*answer, "thingTypeName").value_or(""))};
    if (auto const* const attributes = json::find_object(*answer, "attributes"))
        for (auto const& [key, value] : *attributes)
            if (auto const* const text = value.if_string())
                out.attributes.emplace(std::string(key), std::string(*text));
    co_return out;
}

} // namespace

net::task<void> examine_locks(chart& c) {
    if (!c.caller || !c.identity || (!c.role_policies && !c.iot_policies)) {
        c.no_locks = skipped(step::permission, c.caller ? "no policies were seen"
                                                        : "whose the credentials are is not known");
        co_return;
    }
    lock_facts facts{.who = *c.caller,
                     .role_arn = c.role ? c.role->arn : std::string(),
                     .region = c.aws().settings().region_for(service::iot),
                     .identity_id = c.identity->text,
                     .identity_pool_id = c.job().identity_pool_id,
                     .amr = make_amr(*c.signed_in),
                     .client_id = c.client_id(),
                     .domain_name = c.job().iot_endpoint.host,
                     .now = c.aws().skew().signing_time(c.aws().now()),
                     .role_policies = c.role_policies,
                     .iot_policies = c.iot_policies};
    if (facts.mentions("iot:Connection.Thing.")) {
        auto looking = look_at_thing(c, c.client_id());
        facts.thing = co_await std::move(looking);
    }
    auto made = double_lock::make(facts);
    if (!made) {
        c.no_locks = {.step = step::permission,
                      .how = verdict::not_available,
                      .says = "not readable here: " + made.error().message()};
        co_return;
    }
    c.locks.emplace(std::move(*made));
}

net::task<void> examine_limits(chart& c) {
    for (auto& found : check_limits(c.who.asked, c.client_id()))
        c.tell(std::move(found));
    co_return;
}

net::task<void> examine_permissions(chart& c) {
    if (!c.locks) {
        c.tell(c.no_locks);
        co_return;
    }
    for (auto const& q : c.locks->questions(make_attempts(c.who.asked)))
        c.tell(judge(c, q));
}

net::task<void> examine_aws_answers(chart& c) {
    if (!c.locks) {
        c.tell(skipped(step::aws_answers, "there is nothing to compare with"));
        co_return;
    }
    auto const questions = c.locks->questions(make_attempts(c.who.asked));
    if (!c.is_out_of_reach(service::iot, step::aws_answers)) {
        auto asking = ask_iot(c, questions);
        auto answer = co_await std::move(asking);
        c.tell(std::move(answer));
    }
    if (!c.is_out_of_reach(service::iam, step::aws_answers)) {
        auto asking = ask_iam(c, questions);
        auto answer = co_await std::move(asking);
        c.tell(std::move(answer));
    }
}

} // namespace cogniot::client::doctor
