#include "client/doctor/double_lock.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace cogniot::client::doctor {
namespace {

/// Stands where a lock could not be looked at: the other lock alone decides then.
constexpr std::string_view open_document =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";

/// AWS has checked them: of a role's document that is not what its kind is here, the grammar
/// counts.
result<void> add(seen_document const& d, policy::kind kind, cloud::offline_setup::documents& into) {
    auto parsed = policy::document::parse(d.text, kind);
    if (!parsed && kind != policy::kind::iot)
        parsed = policy::document::parse(d.text, policy::kind::any);
    if (!parsed) {
        auto e = parsed.error();
        e.detail = "policy `" + printable(d.name) + "`: " + e.detail;
        return e;
    }
    into.emplace_back(d.name, std::move(*parsed));
    return {};
}

cloud::principal make_principal(lock_facts const& from) {
    auto const& caller = from.who;
    auto const name = caller.role_name();
    return {.what = cloud::principal::type::role_session,
            .arn = caller.arn,
            .user_id = caller.user_id,
            .account = caller.account,
            .role_name = name,
            .role_arn = !from.role_arn.empty() ? from.role_arn
                                               : "arn:" + caller.partition() +
                                                     ":iam::" + caller.account + ":role/" + name,
            .session_name = caller.arn.substr(caller.arn.rfind('/') + 1),
            .identity_id = from.identity_id,
            .identity_pool_id = from.identity_pool_id,
            .authenticated = true,
            .amr = from.amr,
            .issued = from.now};
}

/// `role `R`: in statement 2 …: add …: {…}`
std::string print_remedy(cloud::lock_answer const& shut, cloud::principal const& who) {
    bool const is_iot = shut.which == cloud::lock::iot_policy;
    auto out = is_iot ? "identity `" + who.identity_id + "`: " : "role `" + who.role_name + "`: ";
    for (auto const& deny : shut.remedy.denies)
        out += deny + "; ";
    if (!shut.remedy.smallest)
        return out.substr(0, out.size() - 2);
    auto const& change = *shut.remedy.smallest;
    if (!shut.remedy.denies.empty())
        out += "nothing allows it either, so that it needs this besides: ";
    out += change.words + (is_iot && shut.documents.empty() ? " and attach it" : "") + ": " +
           json::print(change.statement);
    if (shut.remedy.exact)
        out += "; or, to allow nothing beside it, add the statement " +
               json::print(*shut.remedy.exact);
    if (!shut.remedy.left_out.empty())
        out += "; mind: " + shut.remedy.left_out;
    return out;
}

} // namespace

std::vector<cloud::attempt> make_attempts(asked const& what) {
    using verb = cloud::attempt::verb;
    std::vector<cloud::attempt> out{{.what = verb::connect, .persistent = !what.clean_session}};
    if (what.will) {
        out.front().will_topic = what.will->topic;
        out.front().retain = what.will->retain;
    }
    for (auto const& topic : what.topics) {
        bool const is_plain = topic.find_first_of("+#") == std::string::npos;
        if (what.publishes && is_plain)
            out.push_back({.what = verb::publish, .topic = topic, .retain = what.retains});
        if (what.subscribes)
            out.push_back({.what = verb::subscribe, .topic = topic});
        if (what.subscribes && is_plain)
            out.push_back({.what = verb::receive, .topic = topic});
    }
    return out;
}

std::string_view action_type_of(std::string_view action) {
    for (auto const& [name, type] :
         {std::pair<std::string_view, std::string_view>{"iot:Connect", "CONNECT"},
          {"iot:Publish", "PUBLISH"},
          {"iot:Subscribe", "SUBSCRIBE"},
          {"iot:Receive", "RECEIVE"}})
        if (action == name)
            return type;
    return {};
}

bool lock_facts::mentions(std::string_view words) const {
    auto const in = [&](std::vector<seen_document> const& documents) {
        return std::any_of(documents.begin(), documents.end(), [&](seen_document const& d) {
            return d.text.find(words) != std::string::npos;
        });
    };
    return (role_policies && (in(role_policies->inline_policies) || in(role_policies->managed))) ||
           (iot_policies && in(*iot_policies));
}

double_lock::double_lock(cloud::offline_setup setup, lock_facts const& from)
    : locks_(std::move(setup)), domain_name_(from.domain_name),
      role_was_seen_(from.role_policies.has_value()), iot_was_seen_(from.iot_policies.has_value()) {
}

result<double_lock> double_lock::make(lock_facts const& from) {
    cloud::offline_setup setup{.who = make_principal(from),
                               .identity_id = from.identity_id,
                               .identity_pool_id = from.identity_pool_id,
                               .client_id = from.client_id,
                               .region = from.region,
                               .account = from.who.account,
                               .thing = from.thing,
                               .now = from.now};
    seen_document const unseen{"not looked at", std::string(open_document)};
    auto const role = from.role_policies.value_or(seen_role_policies{{unseen}, {}});
    for (auto const& d : role.inline_policies)
        if (auto added = add(d, policy::kind::role_inline, setup.role_policies); !added)
            return added.error();
    for (auto const& d : role.managed)
        if (auto added = add(d, policy::kind::managed, setup.role_policies); !added)
            return added.error();
    for (auto const& d : from.iot_policies.value_or(std::vector{unseen}))
        if (auto added = add(d, policy::kind::iot, setup.iot_policies); !added)
            return added.error();
    return double_lock(std::move(setup), from);
}

std::vector<cloud::question>
double_lock::questions(std::vector<cloud::attempt> const& attempts) const {
    std::vector<cloud::question> out;
    for (auto const& attempt : attempts)
        for (auto& q : locks_.questions(attempt)) {
            if (!domain_name_.empty())
                q.facts.set("iot:DomainName", domain_name_);
            out.push_back(std::move(q));
        }
    return out;
}

lock_verdict double_lock::judge(cloud::question const& q) const {
    auto const decided = locks_.decide(q);
    lock_verdict out{.allowed = decided.allowed, .words = locks_.words(q)};
    for (auto const& one : locks_.explain(q)) {
        bool const is_iot = one.which == cloud::lock::iot_policy;
        if (!(is_iot ? iot_was_seen_ : role_was_seen_))
            continue;
        (is_iot ? out.by_iot : out.by_role) = one.why.decision;
        if (one.why.decision == policy::effect::allow)
            continue;
        out.remedy += (out.remedy.empty() ? "" : "; and ") + print_remedy(one, *locks_.setup().who);
        if (one.which == decided.refused_by)
            out.unknowable = one.hangs_on.empty() ? std::string() : one.hangs_on.front();
    }
    return out;
}

} // namespace cogniot::client::doctor
