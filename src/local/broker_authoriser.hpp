// The double lock at the broker: each packet and each delivery is decided by cloud::authorise with
// the facts of its connection.
//
// @source AWS IoT developer guide, "AWS IoT Core policy variables", "Authorization with Amazon
// Cognito identities"; spec iot-broker 4.2, 4.4, 4.5
#pragma once

#include "broker/broker.hpp"
#include "cloud/authorise.hpp"
#include "cloud/world.hpp"
#include "local/clock.hpp"
#include "local/event_log.hpp"
#include "local/explanations.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cogniot::local {

/// Who is at the other end of an MQTT connection, with what policies may ask about it.
class mqtt_principal final : public broker::principal {
  public:
    mqtt_principal(std::shared_ptr<cloud::principal const> who, std::string region,
                   std::string source_ip, cloud::transport how, std::string domain_name)
        : who_(std::move(who)), region_(std::move(region)), source_ip_(std::move(source_ip)),
          domain_name_(std::move(domain_name)), how_(how) {}

    std::string_view identifier() const override { return who_->user_id; }
    cloud::principal const& who() const { return *who_; }
    std::string const& region() const { return region_; }

  private:
    friend class broker_authoriser;
    std::shared_ptr<cloud::principal const> who_;
    std::string region_;
    std::string source_ip_;
    std::string domain_name_;
    cloud::transport how_;
};

/// Everybody on the plain listener: no identity, everything allowed.
class local_tool final : public broker::principal {
  public:
    std::string_view identifier() const override { return "insecure-mqtt"; }
};

class broker_authoriser final : public broker::authoriser {
  public:
    /// @param soft  evaluate and log, refuse nothing
    broker_authoriser(cloud::world const&, clock const&, event_log&, bool soft);

    /// Something that decisions rest on may have changed, policies, attachments, things: what was
    /// decided counts no longer, nor the facts that it was decided by.
    void forget_decisions() { memories_.clear(); }

    broker::verdict connect(broker::peer const&, broker::connect_facts const&) override;
    broker::verdict publish(broker::peer const&, std::string_view client_id, std::string_view topic,
                            bool retain) override;
    broker::verdict subscribe(broker::peer const&, std::string_view client_id,
                              std::string_view filter) override;
    broker::verdict receive(broker::peer const&, std::string_view client_id,
                            std::string_view topic) override;
    std::string_view thing_of(broker::peer const&) override;

  private:
    /// What is known of one connection, good for one second and one state of the world. Idle
    /// connections have none.
    struct memory {
        policy::context facts{};
        std::string client_id{};
        struct permission {
            /// One of our own words.
            std::string_view action;
            /// Of the topic, filter or client ID: what kind of resource it is says the action.
            std::string name;
            decision_feed::counted counted{};
        };
        /// What was allowed lately, by these facts: nearly every message is about a topic like the
        /// one before.
        std::vector<permission> permissions{};
        std::size_t next = 0;

        permission const* find(std::string_view action, std::string_view name) const;
        void add(permission);
    };
    policy::context facts_of(mqtt_principal const&, std::string_view client_id, utc_time) const;
    /// Good until the next call.
    memory& recall(broker::peer const&, mqtt_principal const&, std::string_view client_id,
                   utc_time now);

    struct question {
        broker::peer const& from;
        mqtt_principal const& who;
        std::string_view client_id;
        std::string_view action;
        /// Of the resource: `topic`, and its name.
        std::string_view kind;
        std::string_view name;
        utc_time now;
        policy::context const& facts;
        /// What `facts` are of; null if the answer rests on more.
        memory* kept = nullptr;
        /// Why this is asked at all, where the packet does not show it.
        std::string_view circumstance{};
    };
    /// One that rests on what is known of the connection alone: its answer may be remembered.
    /// Good until the next call.
    question repeatable(broker::peer const&, mqtt_principal const&, std::string_view client_id,
                        std::string_view action, std::string_view kind, std::string_view name);
    broker::verdict decide(question const&);
    /// iot:Publish and, for a message to be retained, iot:RetainPublish.
    broker::verdict decide_publish(broker::peer const&, mqtt_principal const&,
                                   std::string_view client_id, std::string_view topic, bool retain,
                                   bool is_will);

    cloud::world const& world_;
    clock const& clock_;
    event_log& log_;
    bool soft_;
    explanations explanations_{};
    std::string resource_;
    /// By connection; of this second, and of the world as it is.
    std::unordered_map<broker::connection_id, memory> memories_;
    std::int64_t memories_second_ = 0;
};

} // namespace cogniot::local
