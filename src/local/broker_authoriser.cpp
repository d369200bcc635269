#include "local/broker_authoriser.hpp"

#include "cloud/iot/connection_facts.hpp"

#include <algorithm>
#include <typeinfo>
#include <utility>
#include <vector>

namespace cogniot::local {
namespace {

/// More topics in turn than this are decided anew.
constexpr std::size_t most_permissions = 8;

mqtt_principal const* find_principal(broker::peer const& from) {
    auto const* const who = from.who.get();
    // The class is final: cheaper than a dynamic_cast, which comes twice for every message.
    return who != nullptr && typeid(*who) == typeid(mqtt_principal)
               ? static_cast<mqtt_principal const*>(who)
               : nullptr;
}

std::string_view event_of(std::string_view action) {
    if (action == "iot:Connect")
        return "Connect";
    if (action == "iot:Subscribe")
        return "Subscribe";
    return action == "iot:Receive" ? "Publish-Out" : "Publish-In";
}

} // namespace

broker_authoriser::broker_authoriser(cloud::world const& world, clock const& time, event_log& log,
                                     bool soft)
    : world_(world), clock_(time), log_(log), soft_(soft) {}

policy::context broker_authoriser::facts_of(mqtt_principal const& p, std::string_view client_id,
                                            utc_time now) const {
    auto facts = cloud::principal_facts(*p.who_, {now, p.region_, p.source_ip_, p.how_});
    if (!p.domain_name_.empty())
        facts.set("iot:DomainName", p.domain_name_);
    cloud::iot::add_connection_facts(world_.iot.find(p.region_), p.who_->iot_name(), client_id,
                                     facts);
    return facts;
}

broker_authoriser::memory& broker_authoriser::recall(broker::peer const& from,
                                                     mqtt_principal const& p,
                                                     std::string_view client_id, utc_time now) {
    // Policies may ask for the time, in whole seconds.
    if (auto const second = epoch_seconds(now); second != memories_second_) {
        memories_second_ = second;
        memories_.clear();
    }
    auto& kept = memories_[from.id];
    // What is no connection has a number, too, but it is everybody's.
    bool const is_connection = from.id != broker::connection_id{};
    if (!is_connection || kept.client_id != client_id || kept.client_id.empty())
        kept = {.facts = facts_of(p, client_id, now), .client_id = std::string(client_id)};
    return kept;
}

broker_authoriser::question
broker_authoriser::repeatable(broker::peer const& from, mqtt_principal const& p,
                              std::string_view client_id, std::string_view action,
                              std::string_view kind, std::string_view name) {
    auto const now = clock_.now();
    auto& kept = recall(from, p, client_id, now);
    return {.from = from,
            .who = p,
            .client_id = client_id,
            .action = action,
            .kind = kind,
            .name = name,
            .now = now,
            .facts = kept.facts,
            .kept = &kept};
}

broker_authoriser::memory::permission const*
broker_authoriser::memory::find(std::string_view action, std::string_view name) const {
    auto const found = std::ranges::find_if(permissions, [&](permission const& one) {
        return one.name == name && one.action == action;
    });
    return found == permissions.end() ? nullptr : &*found;
}

void broker_authoriser::memory::add(permission what) {
    if (permissions.size() < most_permissions) {
        permissions.push_back(std::move(what));
        return;
    }
    permissions[next] = std::move(what);
    next = (next + 1) % most_permissions;
}

broker::verdict broker_authoriser::decide(question const& asked) {
    auto const& [from, p, client_id, action, kind, name, now, facts, kept, circumstance] = asked;
    auto const* const known = kept == nullptr ? nullptr : kept->find(action, name);
    if (known != nullptr && log_.decisions().add_again(known->counted, now))
        return {};
    resource_.assign("arn:aws:iot:");
    resource_.append(p.region_).append(":").append(world_.settings.account);
    resource_.append(":").append(kind).append("/").append(name);
    auto const decided = cloud::authorise(world_, *p.who_, action, resource_, facts);
    auto const counted =
        log_.decisions().add(world_, *p.who_, client_id, action, resource_, decided.effect, now);
    if (kept != nullptr && decided.allowed)
        kept->add({action, std::string(name), counted});
    if (decided.allowed)
        return {};
    auto why = explanations_.explain(world_,
                                     {.connection = static_cast<std::uint64_t>(from.id),
                                      .who = *p.who_,
                                      .action = action,
                                      .resource = resource_,
                                      .facts = facts,
                                      .circumstance = circumstance,
                                      .decided = decided},
                                     now);
    if (!soft_)
        return {false, std::move(why)};
    // Soft mode: what would have been refused is written as such, and goes through.
    log_.begin_request();
    log_.write({.type = event_of(action),
                .success = false,
                .region = p.region_,
                .client_id = client_id,
                .identity_id = p.who_->identity_id,
                .principal_id = p.identifier(),
                .source_ip = from.source_ip},
               now, [&](log_fields& line) {
                   // What comes over HTTPS is no connection's.
                   line.text("protocol", from.id == broker::connection_id{} ? "HTTP" : "MQTT")
                       .text("topicName", kind == "client" ? std::string_view() : name)
                       .text("clientId", client_id)
                       .text("principalId", p.identifier())
                       .text("sourceIp", from.source_ip)
                       .number("sourcePort", from.source_port)
                       .text("reason", "AUTHORIZATION_FAILURE")
                       .text("details", "Authorization Failure")
                       .flag("soft", true)
                       .reasons(why);
               });
    return {};
}

broker::verdict broker_authoriser::connect(broker::peer const& from,
                                           broker::connect_facts const& asked) {
    auto const* p = find_principal(from);
    if (p == nullptr)
        return {};
    // Of this packet alone: most connections say nothing more in the same second.
    auto const now = clock_.now();
    policy::context const facts([&](policy::context& all) {
        all = facts_of(*p, asked.client_id, now);
        std::vector<std::string> attributes;
        if (asked.persistent)
            attributes.emplace_back("PersistentConnect");
        if (asked.will_topic) {
            attributes.emplace_back("LastWill");
            all.set("iot:LastWillTopic", "arn:aws:iot:" + p->region_ + ":" +
                                             world_.settings.account + ":topic/" +
                                             std::string(*asked.will_topic));
        }
        // ForAllValues and ForAnyValue differ on a missing key: an empty list is left out.
        if (!attributes.empty())
            all.set_list("iot:ConnectAttributes", std::move(attributes));
    });
    auto answer = decide({.from = from,
                          .who = *p,
                          .client_id = asked.client_id,
                          .action = "iot:Connect",
                          .kind = "client",
                          .name = asked.client_id,
                          .now = now,
                          .facts = facts});
    if (answer.allowed && asked.will_topic)
        answer =
            decide_publish(from, *p, asked.client_id, *asked.will_topic, asked.will_retain, true);
    return answer;
}

broker::verdict broker_authoriser::publish(broker::peer const& from, std::string_view client_id,
                                           std::string_view topic, bool retain) {
    auto const* p = find_principal(from);
    if (p == nullptr)
        return {};
    return decide_publish(from, *p, client_id, topic, retain, false);
}

broker::verdict broker_authoriser::decide_publish(broker::peer const& from, mqtt_principal const& p,
                                                  std::string_view client_id,
                                                  std::string_view topic, bool retain,
                                                  bool is_will) {
    auto asked = repeatable(from, p, client_id, "iot:Publish", "topic", topic);
    if (is_will)
        asked.circumstance = "the CONNECT carries a will, and whether it may be published is "
                             "decided at once: ";
    auto answer = decide(asked);
    if (!answer.allowed || !retain)
        return answer;
    asked.action = "iot:RetainPublish";
    asked.circumstance = is_will
                             ? "the CONNECT carries a will with the RETAIN flag, which asks for "
                               "iot:RetainPublish beside iot:Publish: "
                             : "the message has the RETAIN flag, which asks for "
                               "iot:RetainPublish beside iot:Publish: ";
    return decide(asked);
}

broker::verdict broker_authoriser::subscribe(broker::peer const& from, std::string_view client_id,
                                             std::string_view filter) {
    auto const* p = find_principal(from);
    if (p == nullptr)
        return {};
    return decide(repeatable(from, *p, client_id, "iot:Subscribe", "topicfilter", filter));
}

broker::verdict broker_authoriser::receive(broker::peer const& from, std::string_view client_id,
                                           std::string_view topic) {
    auto const* p = find_principal(from);
    if (p == nullptr)
        return {};
    return decide(repeatable(from, *p, client_id, "iot:Receive", "topic", topic));
}

std::string_view broker_authoriser::thing_of(broker::peer const& from) {
    auto const* const p = find_principal(from);
    auto const* const registry = p == nullptr ? nullptr : world_.iot.find(p->region());
    auto const* const thing =
        registry == nullptr ? nullptr : registry->find_exclusive_thing(p->who().iot_name());
    return thing == nullptr ? std::string_view() : thing->name;
}

} // namespace cogniot::local
