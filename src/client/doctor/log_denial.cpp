#include "client/doctor/log_denial.hpp"

#include "base/text.hpp"
#include "broker/advice.hpp"
#include "client/doctor/in_ticks.hpp"

#include <optional>

namespace cogniot::client::doctor {
namespace {

using verb = cloud::attempt::verb;

std::vector<cloud::attempt> attempts_of(log_entry const& e, log_facts const& facts) {
    if (e.is("Connect") && facts.will)
        return {
            {.what = verb::connect, .retain = facts.will->retain, .will_topic = facts.will->topic}};
    if (e.is("Connect"))
        return {{.what = verb::connect}};
    if (e.is("Publish-In"))
        return {{.what = verb::publish, .topic = e.topic, .retain = e.retain}};
    if (e.is("Publish-Out"))
        return {{.what = verb::receive, .topic = e.topic}};
    std::vector<cloud::attempt> out;
    for (auto const filter : split(e.topic, ','))
        out.push_back({.what = verb::subscribe, .topic = std::string(filter)});
    return out;
}

errc code_of(log_entry const& e) {
    return e.is("Connect")      ? errc::connect_denied
           : e.is("Publish-In") ? errc::publish_denied
                                : errc::subscribe_denied;
}

/// A certificate, a plain IAM principal, a guest or another role's user.
bool is_of_another(log_entry const& e, log_facts const& facts) {
    if (e.principal_id.empty())
        return false;
    return facts.principal_id.empty() ? !e.principal_id.ends_with(":CognitoIdentityCredentials")
                                      : e.principal_id != facts.principal_id;
}

/// The verdict on the first that is not allowed.
std::optional<lock_verdict> find_shut(double_lock const& locks,
                                      std::vector<cloud::attempt> const& attempts) {
    for (auto const& question : locks.questions(attempts))
        if (auto verdict = locks.judge(question); !verdict.allowed)
            return verdict;
    return {};
}

/// The entry says that the client was connected, and this user's policies do not let it connect.
bool is_of_another_user(log_entry const& e, log_facts const& facts) {
    if (e.is("Connect") || facts.client_id == generated_client_ids)
        return false;
    auto const shut = find_shut(*facts.locks, {{.what = verb::connect}});
    return shut && shut->unknowable.empty();
}

/// Why this user's policies allow by now what was denied; empty if they do not.
std::string why_not_now(log_entry const& e, log_facts const& facts,
                        std::optional<lock_verdict> const& shut) {
    if (is_of_another_user(e, facts))
        return "This user's policies do not even allow to connect as " + in_ticks(e.client_id) +
               ": it was another user of the same role, or they were changed since";
    // A will that the entry does not show may have been what was denied.
    bool const is_wills = e.is("Connect") && !facts.will && !facts.is_probe &&
                          e.explanation.starts_with("the CONNECT carries a will");
    if (is_wills || (shut && shut->unknowable.empty()))
        return {};
    if (shut)
        return "It depends on " + shut->unknowable + ", which only AWS knows";
    std::string out = "As they stand now they allow it, as far as could be looked at: they were "
                      "changed since, or this client has other credentials";
    if (e.is("Connect") && !facts.will && !facts.is_probe)
        out += ", or it came with a will that may not be published (--will-topic asks)";
    return out;
}

} // namespace

log_cause explain_denial(log_entry const& e, log_facts const& facts) {
    auto const attempts = attempts_of(e, facts);
    auto const action = std::string(cloud::action_of(attempts.front().what));
    auto const said = e.event_type + (e.topic.empty() ? "" : " on " + in_ticks(e.topic)) +
                      " was denied by a policy: ";
    auto out = make_cause(e, {}, "let the policies allow " + action, code_of(e));
    if (is_of_another(e, facts)) {
        out.is_proven = false;
        out.says = said + "it was asked by " + in_ticks(e.principal_id) +
                   ", who is not this user's role, so that this user's policies do not decide it" +
                   (e.explanation.empty() ? "" : "; " + words_of(e));
        out.remedy = "give that client a client ID of its own, or let that principal's policies "
                     "allow " +
                     action;
        return out;
    }
    auto const shut = facts.locks ? find_shut(*facts.locks, attempts) : std::nullopt;
    if (shut && !shut->remedy.empty())
        out.remedy = shut->remedy;
    bool const is_told =
        !e.explanation.empty() &&
        (!shut || e.explanation.find(broker::advice::not_explained) == std::string::npos);
    auto words = is_told ? words_of(e) : shut ? shut->words : std::string();
    if (auto const why = facts.locks ? why_not_now(e, facts, shut) : std::string(); !why.empty()) {
        out.is_proven = false;
        words += (words.empty() ? "" : ". ") + why;
    }
    if (words.empty())
        words = "neither the role's policies nor the IoT policies alone are enough, both must "
                "allow " +
                action;
    out.says = said + words;
    return out;
}

} // namespace cogniot::client::doctor
