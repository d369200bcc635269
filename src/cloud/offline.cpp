#include "cloud/offline.hpp"

#include "cloud/cognito_identity/scope_down.hpp"
#include "cloud/iot/connection_facts.hpp"
#include "cloud/locks.hpp"
#include "policy/open_keys.hpp"

#include <algorithm>
#include <array>

namespace cogniot::cloud {
namespace {

constexpr std::string_view role_name = "role";

/// Whether AWS may know a key that has no value here. Its own are known in full but for the name
/// that the client connects to; no service acts for the client, no user of IAM stands behind it,
/// and AWS IoT's data plane has no tags.
bool may_be_known_to_aws(lock which, std::string_view key) {
    constexpr std::array<std::string_view, 8> never{
        "aws:username",    "aws:sourcearn", "aws:sourceaccount", "aws:sourceorg",
        "aws:sourceowner", "aws:calledvia", "aws:requesttag",    "aws:tagkeys"};
    if (key.starts_with("aws:"))
        return std::none_of(never.begin(), never.end(),
                            [&](std::string_view one) { return key.starts_with(one); });
    return key == "cognito-identity.amazonaws.com:aud" ||
           (key == "iot:domainname" && which == lock::iot_policy);
}

/// The role is there already: nobody assumes it here.
policy::document nobody_trusted() {
    return policy::document::parse(R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny",)"
                                   R"("Principal":"*","Action":"sts:AssumeRole"}]})",
                                   policy::kind::trust)
        .value();
}

iam::role make_role(offline_setup const& from, principal const& who) {
    iam::role r{.name = who.role_name,
                .id = who.user_id.substr(0, who.user_id.find(':')),
                .arn = who.role_arn,
                .trust = nobody_trusted()};
    for (auto const& [name, document] : from.role_policies)
        r.inline_policies.emplace(name, document);
    return r;
}

principal make_principal(offline_setup const& from) {
    if (from.who)
        return *from.who;
    // The role's ID is AWS's to know, and its ARN if it was not given: they stay empty, so that
    // nothing is decided by what nobody said.
    principal who{.what = principal::type::role_session};
    who.session_name = "CognitoIdentityCredentials";
    who.role_arn = from.role_arn;
    who.role_name = from.role_arn.empty() ? std::string(role_name)
                                          : from.role_arn.substr(from.role_arn.rfind('/') + 1);
    who.arn =
        "arn:aws:sts::" + from.account + ":assumed-role/" + who.role_name + "/" + who.session_name;
    who.account = from.account;
    who.identity_id = from.identity_id;
    who.identity_pool_id = from.identity_pool_id;
    who.authenticated = from.authenticated;
    who.amr = {from.authenticated ? "authenticated" : "unauthenticated"};
    who.issued = from.now;
    if (!from.authenticated)
        who.session_policies.push_back(cognito_identity::guest_scope_down());
    return who;
}

} // namespace

offline::offline(offline_setup from) : setup_(std::move(from)), who_(make_principal(setup_)) {
    world_.settings.account = setup_.account;
    world_.settings.region = setup_.region;
    auto& role = world_.iam.roles.emplace(who_.role_name, make_role(setup_, who_)).first->second;
    world_.iam.refresh(role);

    auto& registry = world_.iot.at(setup_.region);
    iot::target attached{.id = setup_.identity_id, .region = setup_.region};
    for (auto const& [name, document] : setup_.iot_policies) {
        registry.policies.emplace(name,
                                  iot::versioned_policy{.name = name,
                                                        .region = setup_.region,
                                                        .versions = {{1, setup_.now, document}}});
        attached.policies.push_back(name);
    }
    if (!attached.policies.empty())
        registry.refresh(registry.targets.emplace(attached.id, attached).first->second);
    if (setup_.thing)
        registry.things.emplace(setup_.thing->name, *setup_.thing);
}

std::string offline::arn(std::string_view type, std::string_view name) const {
    // `arn:aws:sts::…`, `arn:aws-cn:sts::…`
    auto const partition = who_.arn.substr(0, who_.arn.find(':', sizeof "arn:" - 1) + 1);
    return partition + "iot:" + setup_.region + ":" + setup_.account + ":" + std::string(type) +
           "/" + std::string(name);
}

question offline::ask(std::string_view action, std::string_view resource) const {
    auto facts = principal_facts(who_, {setup_.now, setup_.region, setup_.source_ip});
    iot::add_connection_facts(world_.iot.find(setup_.region), who_.iot_name(), setup_.client_id,
                              facts);
    return {std::string(action), std::string(resource), std::move(facts)};
}

std::vector<question> offline::questions(attempt const& wanted) const {
    std::vector<question> all;
    auto const publish = [&](std::string const& topic) {
        all.push_back(ask("iot:Publish", arn("topic", topic)));
        if (wanted.retain)
            all.push_back(ask("iot:RetainPublish", arn("topic", topic)));
    };
    switch (wanted.what) {
    case attempt::verb::connect: {
        auto connect = ask("iot:Connect", arn("client", setup_.client_id));
        std::vector<std::string> attributes;
        if (wanted.persistent)
            attributes.emplace_back("PersistentConnect");
        if (wanted.will_topic) {
            attributes.emplace_back("LastWill");
            connect.facts.set("iot:LastWillTopic", arn("topic", *wanted.will_topic));
        }
        // ForAllValues and ForAnyValue differ on a missing key: an empty list is left out.
        if (!attributes.empty())
            connect.facts.set_list("iot:ConnectAttributes", std::move(attributes));
        all.push_back(std::move(connect));
        if (wanted.will_topic)
            publish(*wanted.will_topic);
        break;
    }
    case attempt::verb::publish:
        publish(wanted.topic);
        break;
    case attempt::verb::subscribe:
        all.push_back(ask("iot:Subscribe", arn("topicfilter", wanted.topic)));
        break;
    case attempt::verb::receive:
        all.push_back(ask("iot:Receive", arn("topic", wanted.topic)));
        break;
    }
    return all;
}

authorisation offline::decide(question const& asked) const {
    return authorise(world_, who_, asked.action, asked.resource, asked.facts);
}

std::string offline::words(question const& asked) const {
    return cloud::explain(world_, who_, asked.action, asked.resource, asked.facts).words;
}

std::vector<lock_answer> offline::explain(question const& asked) const {
    std::vector<lock_answer> out;
    locks const between(world_, who_, asked.action, asked.resource);
    for (auto const& one : between.all()) {
        // What AWS adds to a guest's session is nobody's to change and lets all of AWS IoT through.
        if (one.which == lock::session_policy)
            continue;
        policy::request const request{asked.action, asked.resource,
                                      between.facts_for(one, asked.facts)};
        lock_answer said{one.which, one.documents, policy::explain(one.documents, request)};
        said.hangs_on = policy::find_open_keys(one.documents, request, [&](std::string_view key) {
            return may_be_known_to_aws(one.which, key);
        });
        if (said.why.decision != policy::effect::allow)
            said.remedy = policy::find_remedy(one.documents, request, said.why, kind_of(one.which));
        out.push_back(std::move(said));
    }
    return out;
}

std::string_view action_of(attempt::verb what) {
    switch (what) {
    case attempt::verb::connect:
        return "iot:Connect";
    case attempt::verb::publish:
        return "iot:Publish";
    case attempt::verb::subscribe:
        return "iot:Subscribe";
    case attempt::verb::receive:
        return "iot:Receive";
    }
    return "iot:Connect";
}

} // namespace cogniot::cloud
