#include "client/doctor/double_lock.hpp"

#include "base/text.hpp"
#include "cloud/iot/connection_facts.hpp"
#include "cloud/locks.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"
#include "policy/smallest_change.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace cogniot::client::doctor {
namespace {

/// Stands where a lock could not be looked at: the other lock alone decides then.
constexpr std::string_view open_document =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";

/// @param kind  documents come from AWS, which has checked them: only the grammar counts, and
///              whether AWS IoT's own rules hold
result<policy::document> parse(seen_document const& d, policy::kind kind) {
    auto parsed = policy::document::parse(d.text, kind);
    if (!parsed) {
        auto e = parsed.error();
        e.detail = "policy `" + printable(d.name) + "`: " + e.detail;
        return e;
    }
    return parsed;
}

bool has_wildcard(std::string_view topic) {
    return topic.find_first_of("+#") != std::string_view::npos;
}

/// The condition key that the answer hangs on, if only the server knows its value.
std::string find_unknowable(policy::explanation const& why) {
    if (!why.telling)
        return {};
    auto const& miss = why.statements[*why.telling].why_not;
    if (miss.failed != policy::miss::clause::condition || miss.key_present)
        return {};
    for (std::string_view key : {"aws:SourceIp", "aws:SourceVpc", "aws:SourceVpce"})
        if (equals_ignoring_case(miss.condition_key, key))
            return miss.condition_key;
    return {};
}

} // namespace

std::vector<question> make_questions(asked const& what, std::string const& client_id,
                                     std::string const& arn_prefix) {
    std::vector<question> out{{"iot:Connect", "CONNECT", arn_prefix + "client/" + client_id}};
    for (auto const& topic : what.topics) {
        bool const is_plain = !has_wildcard(topic);
        auto const name = arn_prefix + "topic/" + topic;
        if (what.publishes && is_plain) {
            out.push_back({"iot:Publish", "PUBLISH", name});
            if (what.retains)
                out.push_back({"iot:RetainPublish", "", name});
        }
        if (what.subscribes) {
            out.push_back({"iot:Subscribe", "SUBSCRIBE", arn_prefix + "topicfilter/" + topic});
            if (is_plain)
                out.push_back({"iot:Receive", "RECEIVE", name});
        }
    }
    return out;
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

std::string lock_facts::arn_prefix() const {
    return "arn:" + who.partition() + ":iot:" + region + ":" + who.account + ":";
}

double_lock::double_lock(lock_facts facts)
    : facts_(std::move(facts)), world_(std::make_unique<cloud::world>()) {
    auto const& caller = facts_.who;
    if (facts_.role_arn.empty())
        facts_.role_arn =
            "arn:" + caller.partition() + ":iam::" + caller.account + ":role/" + caller.role_name();
    who_ = {.what = cloud::principal::type::role_session,
            .arn = caller.arn,
            .user_id = caller.user_id,
            .account = caller.account,
            .role_name = caller.role_name(),
            .role_arn = facts_.role_arn,
            .session_name = caller.arn.substr(caller.arn.rfind('/') + 1),
            .identity_id = facts_.identity_id,
            .identity_pool_id = facts_.identity_pool_id,
            .authenticated = true,
            .amr = facts_.amr,
            .issued = facts_.now};
    world_->settings.account = caller.account;
    world_->settings.region = facts_.region;
}

double_lock::~double_lock() = default;
double_lock::double_lock(double_lock&&) noexcept = default;

result<double_lock> double_lock::make(lock_facts facts) {
    double_lock out(std::move(facts));
    if (auto added = out.add_role(); !added)
        return added.error();
    if (auto added = out.add_iot_policies(); !added)
        return added.error();
    return out;
}

result<void> double_lock::add_role() {
    auto trust = policy::document::parse(open_document, policy::kind::any);
    cloud::iam::role role{.name = who_.role_name,
                          .id = who_.user_id.substr(0, who_.user_id.find(':')),
                          .arn = who_.role_arn,
                          .trust = std::move(*trust)};
    auto const unseen = seen_role_policies{{{"not looked at", std::string(open_document)}}, {}};
    auto const& seen = facts_.role_policies ? *facts_.role_policies : unseen;
    for (auto const& d : seen.inline_policies) {
        auto parsed = parse(d, policy::kind::any);
        if (!parsed)
            return parsed.error();
        role.inline_policies.emplace(d.name, std::move(*parsed));
    }
    for (auto const& d : seen.managed) {
        auto parsed = parse(d, policy::kind::any);
        if (!parsed)
            return parsed.error();
        cloud::iam::managed_policy policy{.name = d.name.substr(d.name.rfind('/') + 1),
                                          .arn = d.name,
                                          .default_version = "v1",
                                          .versions = {{"v1", facts_.now, std::move(*parsed)}}};
        world_->iam.policies.insert_or_assign(d.name, std::move(policy));
        role.attached.push_back(d.name);
    }
    auto const at = world_->iam.roles.insert_or_assign(role.name, std::move(role)).first;
    world_->iam.refresh(at->second);
    return {};
}

result<void> double_lock::add_iot_policies() {
    auto& registry = world_->iot.at(facts_.region);
    if (facts_.thing)
        registry.things.emplace(facts_.thing->name, *facts_.thing);
    auto const put = [&](seen_document const& d) -> result<void> {
        auto parsed = parse(d, policy::kind::iot);
        if (!parsed)
            return parsed.error();
        registry.policies.insert_or_assign(
            d.name, cloud::iot::versioned_policy{
                        .name = d.name,
                        .region = facts_.region,
                        .versions = {{.created = facts_.now, .document = std::move(*parsed)}}});
        return {};
    };
    if (facts_.spare_iot_policy)
        if (auto added = put(*facts_.spare_iot_policy); !added)
            return added.error();
    auto const unseen = std::vector<seen_document>{{"not looked at", std::string(open_document)}};
    auto const& seen = facts_.iot_policies ? *facts_.iot_policies : unseen;
    cloud::iot::target target{.id = facts_.identity_id, .region = facts_.region};
    for (auto const& d : seen) {
        if (auto added = put(d); !added)
            return added.error();
        target.policies.push_back(d.name);
    }
    if (target.policies.empty())
        return {};
    auto const at = registry.targets.insert_or_assign(target.id, std::move(target)).first;
    registry.refresh(at->second);
    return {};
}

policy::context double_lock::context_of(question const& q) const {
    auto facts = cloud::principal_facts(who_, facts_.now, {});
    cloud::iot::add_connection_facts(world_->iot.find(facts_.region), facts_.client_id, facts);
    if (!facts_.domain_name.empty())
        facts.set("iot:DomainName", facts_.domain_name);
    if (q.action == "iot:Connect" && !facts_.clean_session)
        facts.set_list("iot:ConnectAttributes", {"PersistentConnect"});
    return facts;
}

std::string double_lock::advise(cloud::lock which,
                                std::span<policy::named_document const> documents,
                                policy::request const& refused) const {
    bool const is_iot = which == cloud::lock::iot_policy;
    auto const found = policy::find_remedy(documents, refused,
                                           is_iot ? policy::kind::iot : policy::kind::role_inline);
    auto out = is_iot ? "identity `" + who_.identity_id + "`: " : "role `" + who_.role_name + "`: ";
    for (auto const& deny : found.denies)
        out += deny + "; ";
    if (!found.smallest)
        return out.substr(0, out.size() - 2);
    out += found.smallest->words;
    if (is_iot && documents.empty())
        out += " and attach it";
    out += ": " + json::print(found.exact.value_or(found.smallest->statement));
    return out;
}

lock_answer double_lock::ask(question const& q) const {
    auto const context = context_of(q);
    auto explained = cloud::explain(*world_, who_, q.action, q.resource, context);
    lock_answer out{.allowed = explained.decision.allowed, .words = std::move(explained.words)};
    cloud::locks const between(*world_, who_, q.action, q.resource);
    for (auto const& one : between.all()) {
        policy::request const request{q.action, q.resource, between.facts_for(one, context)};
        bool const is_iot = one.which == cloud::lock::iot_policy;
        bool const was_seen =
            is_iot ? facts_.iot_policies.has_value() : facts_.role_policies.has_value();
        if (!was_seen)
            continue;
        auto const effect = policy::decide(one.documents, request);
        (is_iot ? out.by_iot : out.by_role) = effect;
        if (effect != policy::effect::allow)
            out.remedy +=
                (out.remedy.empty() ? "" : "; and ") + advise(one.which, one.documents, request);
        if (!out.allowed && one.which == explained.decision.refused_by)
            out.unknowable = find_unknowable(policy::explain(one.documents, request));
    }
    return out;
}

} // namespace cogniot::client::doctor
