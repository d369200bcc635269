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
    // Kept from packet to packet: the context is built at CONNECT, its instants once a second.
    mutable policy::context facts_{};
    mutable std::string client_id_{};
    mutable std::int64_t facts_second_ = -1;
    /// The world that they are of (broker_authoriser::forget_decisions).
    mutable std::uint64_t facts_of_ = 0;
    /// What was allowed lately, by these facts (broker_authoriser::remembers).
    struct permission {
        /// One of the broker authoriser's own words.
        std::string_view action;
        std::string resource;
    };
    mutable std::vector<permission> permissions_{};
    mutable std::size_t next_permission_ = 0;
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
    void forget_decisions() { ++generation_; }

    broker::verdict connect(broker::peer const&, broker::connect_facts const&) override;
    broker::verdict publish(broker::peer const&, std::string_view client_id, std::string_view topic,
                            bool retain) override;
    broker::verdict subscribe(broker::peer const&, std::string_view client_id,
                              std::string_view filter) override;
    broker::verdict receive(broker::peer const&, std::string_view client_id,
                            std::string_view topic) override;

  private:
    policy::context const& facts_of(mqtt_principal const&, std::string_view client_id);
    /// @param circumstance  why this is asked at all, where the packet does not show it
    broker::verdict decide(broker::peer const&, mqtt_principal const&, std::string_view client_id,
                           std::string_view action, std::string_view kind, std::string_view name,
                           policy::context const&, std::string_view circumstance = {});
    /// iot:Publish and, for a message to be retained, iot:RetainPublish.
    broker::verdict decide_publish(broker::peer const&, mqtt_principal const&,
                                   std::string_view client_id, std::string_view topic, bool retain,
                                   bool is_will);

    cloud::world const& world_;
    clock const& clock_;
    event_log& log_;
    bool soft_;
    explanations explanations_{};
    std::uint64_t generation_ = 1;
    std::string resource_;

    /// Whether this was allowed in the same second, with the same policies and facts. The last few
    /// of each connection are known: nearly every message is about a topic like the one before.
    bool remembers(mqtt_principal const&, std::string_view action) const;
    void remember(mqtt_principal const&, std::string_view action) const;
};

} // namespace cogniot::local
