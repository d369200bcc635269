#include "broker/profile.hpp"

namespace cogniot::broker {

std::optional<large_property> find_large_property(profile const& rules, mqtt::properties const& p) {
    std::size_t user_properties = 0;
    for (auto const& [name, value] : p.user_properties)
        user_properties += name.size() + value.size();
    for (auto const& one : {
             large_property{"content type", p.content_type.value_or("").size(),
                            rules.max_content_type_bytes},
             large_property{"correlation data", p.correlation_data.value_or("").size(),
                            rules.max_correlation_data_bytes},
             large_property{"user properties", user_properties, rules.max_user_properties_bytes},
         })
        if (one.bytes > one.most)
            return one;
    return {};
}

profile const& aws_profile() {
    static profile const table{};
    return table;
}

profile const& standard_profile() {
    using namespace std::chrono_literals;
    // The standard has no limits here; without any, one packet could keep everybody else waiting
    // for seconds. A depth of 200 levels bounds the work that one topic can cause; Mosquitto has
    // the same bound.
    static profile const table{
        .aws = false,
        .topics = {.max_bytes = 65535, .max_slashes = 200},
        .parent = mqtt::parent_rule::hash_matches_parent,
        .maximum_qos = mqtt::qos::exactly_once,
        .max_payload_bytes = no_limit,
        .max_packet_bytes = 16 * 1024 * 1024,
        .max_message_expiry_seconds = never_expires,
        .max_content_type_bytes = no_limit,
        .max_correlation_data_bytes = no_limit,
        .max_user_properties_bytes = no_limit,
        .reserved_topics = false,
        .presence_events = false,
        .tells_no_subscribers = true,
        .retained_by_wildcard = true,
        .max_client_id_bytes = 65535,
        .min_keep_alive_seconds = 0,
        .max_keep_alive_seconds = 65535,
        .connect_timeout = 10s,
        .min_client_packet_bytes = 1,
        .topic_alias_maximum = 10,
        .max_connections = no_limit,
        .receive_maximum = 4096,
        .subscription_identifiers = true,
        .will_delay = true,
        .will_after_errors = true,
        .max_filters_per_subscribe = 10'000,
        .max_subscriptions = 100'000,
        .max_account_subscriptions = no_limit,
        .max_shared_groups = no_limit,
        .max_group_members = no_limit,
        .max_group_queued_messages = 0,
        .max_retained_messages = no_limit,
        .max_in_flight = 1024,
        .retransmit_after = 0s, // [MQTT-4.4.0-1]: only when the client comes back
        .retransmit_until_v3 = 0s,
        .retransmit_until_v5 = 0s,
        .dup_on_redelivery = true, // [MQTT-3.3.1-1]
        .replay_per_second = 0,
        .group_replay_per_second = 0,
        .session_expiry_seconds = never_expires,
        .resume_across_versions = true,
        .max_queued_messages = 0,
        .connect_denied_311 = profile::connect_denied::connack_5,
        .subscribe_denied_311 = profile::subscribe_denied::suback_80,
        .receive_denied_action = profile::receive_denied::drop,
        .connack_codes_311 = true,
    };
    return table;
}

} // namespace cogniot::broker
