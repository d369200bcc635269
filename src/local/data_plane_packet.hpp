// What a call of AWS IoT's data plane gives to the broker: who sends, and a PUBLISH. For
// mqtt_data_plane.cpp and mqtt_direct.cpp.
#pragma once

#include "broker/broker.hpp"
#include "cloud/iot_data/messaging.hpp"
#include "local/broker_authoriser.hpp"
#include "mqtt/packet.hpp"

#include <memory>

namespace cogniot::local {

/// The caller as the broker sees it: nobody's connection. Log lines may keep it after the call.
inline broker::peer peer_of(cloud::call const& c, broker::profile const& rules) {
    auto const who = std::make_shared<cloud::principal const>(c.who);
    return {.rules = &rules,
            .who =
                std::make_shared<mqtt_principal>(who, c.region, c.source_ip, c.how, c.domain_name),
            .source_ip = c.source_ip,
            .source_port = c.source_port};
}

/// Views into `p`.
inline mqtt::publish to_packet(cloud::iot_data::publication const& p) {
    mqtt::publish packet{.topic = p.topic,
                         .payload = p.payload,
                         .level = static_cast<mqtt::qos>(p.qos),
                         .retain = p.retain};
    if (p.is_utf8)
        packet.props.payload_format_indicator = *p.is_utf8 ? 1 : 0;
    packet.props.message_expiry_interval = p.expiry_seconds;
    packet.props.content_type = p.content_type;
    packet.props.response_topic = p.response_topic;
    packet.props.correlation_data = p.correlation_data;
    for (auto const& [name, value] : p.user_properties)
        packet.props.user_properties.emplace_back(name, value);
    return packet;
}

} // namespace cogniot::local
