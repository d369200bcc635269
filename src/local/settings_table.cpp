#include "local/settings_table.hpp"

#include <type_traits>

namespace cogniot::local {
namespace {

using broker::profile;
using group = setting::group;

constexpr std::uint64_t any_16 = 0xFFFF;
constexpr std::uint64_t any_32 = 0xFFFF'FFFF;
constexpr std::uint64_t a_week = 604'800;

std::uint64_t to_number(auto value) {
    if constexpr (requires { value.count(); })
        return static_cast<std::uint64_t>(value.count());
    else
        return static_cast<std::uint64_t>(value);
}

/// Where a setting is kept: a member of one of the parts, or a member of a member.
template <auto part, auto member>
struct place {
    static std::uint64_t get(settings const& from) { return to_number((from.*part).*member); }
    static void put(settings& to, std::uint64_t number) {
        auto& kept = (to.*part).*member;
        using kind = std::remove_cvref_t<decltype(kept)>;
        if constexpr (std::is_same_v<kind, mqtt::qos> || std::is_enum_v<kind>)
            kept = static_cast<kind>(number);
        else
            kept = kind(number);
    }
};
template <auto member>
using of_broker = place<&settings::broker, member>;
template <auto member>
using of_upgrade = place<&settings::upgrade, member>;
template <auto member>
using of_services = place<&settings::services, member>;

template <auto member>
struct of_topics {
    static std::uint64_t get(settings const& from) { return from.broker.topics.*member; }
    static void put(settings& to, std::uint64_t number) {
        to.broker.topics.*member =
            static_cast<std::remove_cvref_t<decltype(to.broker.topics.*member)>>(number);
    }
};

template <auto member>
struct of_shadows {
    static std::uint64_t get(settings const& from) { return from.services.shadow.*member; }
    static void put(settings& to, std::uint64_t number) { to.services.shadow.*member = number; }
};

template <typename Place>
constexpr setting_row limit(std::string_view name, std::uint64_t least, std::uint64_t most,
                            std::string_view meaning) {
    return {name, group::limits, least, most, {}, 0, meaning, &Place::get, &Place::put};
}
template <typename Place>
constexpr setting_row rate(std::string_view name, std::uint64_t aws, std::string_view meaning) {
    return {name, group::rates, 0, any_32, {}, aws, meaning, &Place::get, &Place::put};
}
template <typename Place>
constexpr setting_row open_flag(std::string_view name, std::string_view meaning) {
    return {name, group::unconfirmed, 0, 1, {}, 0, meaning, &Place::get, &Place::put};
}
template <typename Place>
constexpr setting_row open_word(std::string_view name, std::span<std::string_view const> words,
                                std::string_view meaning) {
    return {name, group::unconfirmed, 0, words.size(), words, 0, meaning, &Place::get, &Place::put};
}
template <typename Place>
constexpr setting_row open_number(std::string_view name, std::uint64_t least, std::uint64_t most,
                                  std::string_view meaning) {
    return {name, group::unconfirmed, least, most, {}, 0, meaning, &Place::get, &Place::put};
}

constexpr std::string_view connect_denied_words[]{"close", "connack_5", "connack_7"};
constexpr std::string_view subscribe_denied_words[]{"close", "suback_80"};
constexpr std::string_view receive_denied_words[]{"drop", "close"};

constexpr setting_row rows[]{
    // Connections.
    limit<of_broker<&profile::max_client_id_bytes>>("max_client_id_bytes", 1, any_16,
                                                    "a longer client ID is refused"),
    limit<of_broker<&profile::max_connections>>(
        "max_connections", 0, any_32, "of the account; a CONNECT beyond is refused, MQTT 5 0x97"),
    limit<of_broker<&profile::min_keep_alive_seconds>>(
        "min_keep_alive_seconds", 1, any_16, "a shorter keep alive is this; closed at 1.5 times"),
    limit<of_broker<&profile::max_keep_alive_seconds>>("max_keep_alive_seconds", 1, any_16,
                                                       "a longer keep alive, and 0, is this"),
    limit<of_services<&service_limits::websocket_life>>(
        "websocket_life_seconds", 1, any_32, "then a WebSocket ends: WEBSOCKET_TTL_EXPIRATION"),
    // Messages.
    limit<of_broker<&profile::max_payload_bytes>>(
        "max_payload_bytes", 0, 128 * 1024, "a larger payload ends the connection; HTTPS 413"),
    limit<of_broker<&profile::min_client_packet_bytes>>(
        "min_client_packet_bytes", 1, any_32,
        "a smaller Maximum Packet Size of a client is refused (MQTT 5)"),
    limit<of_broker<&profile::topic_alias_maximum>>("topic_alias_maximum", 0, any_16,
                                                    "a higher topic alias: DISCONNECT 0x94"),
    limit<of_broker<&profile::max_content_type_bytes>>("max_content_type_bytes", 0, any_16,
                                                       "MQTT 5 content type"),
    limit<of_broker<&profile::max_correlation_data_bytes>>("max_correlation_data_bytes", 0, any_16,
                                                           "MQTT 5 correlation data"),
    limit<of_broker<&profile::max_user_properties_bytes>>("max_user_properties_bytes", 0, any_16,
                                                          "MQTT 5 user properties of a message"),
    limit<of_broker<&profile::max_message_expiry_seconds>>("max_message_expiry_seconds", 1, a_week,
                                                           "a longer message expiry is this"),
    limit<of_topics<&mqtt::topic_limits::max_bytes>>("max_topic_bytes", 1, 256,
                                                     "of a topic or filter"),
    limit<of_topics<&mqtt::topic_limits::max_slashes>>("max_topic_slashes", 0, 7,
                                                       "of a topic or filter"),
    limit<of_broker<&profile::receive_maximum>>(
        "receive_maximum", 1, any_16,
        "unacknowledged publishes of an MQTT 5 client, as CONNACK tells"),
    limit<of_broker<&profile::max_in_flight>>(
        "max_in_flight", 1, any_16, "unacknowledged deliveries to a client; further ones wait"),
    // Subscriptions.
    limit<of_broker<&profile::max_filters_per_subscribe>>("max_filters_per_subscribe", 1, any_16,
                                                          "one more ends the connection"),
    limit<of_broker<&profile::max_subscriptions>>(
        "max_subscriptions", 0, any_32, "of a connection; SUBACK 0x80, MQTT 5 0x97 beyond"),
    limit<of_broker<&profile::max_account_subscriptions>>("max_account_subscriptions", 0, any_32,
                                                          "of the account; the same SUBACKs"),
    limit<of_broker<&profile::max_shared_groups>>("max_shared_groups", 0, any_32,
                                                  "shared subscription groups; the same SUBACKs"),
    limit<of_broker<&profile::max_group_members>>("max_group_members", 0, any_32,
                                                  "subscriptions of a group; the same SUBACKs"),
    limit<of_broker<&profile::max_group_queued_messages>>(
        "max_group_queued_messages", 0, any_32,
        "stored for one shared group while no member is connected, more are dropped; 0: any "
        "number"),
    limit<of_broker<&profile::group_replay_per_second>>(
        "group_replay_per_second", 0, any_32,
        "of these, to each member that comes back; 0: as fast as it acknowledges"),
    // Sessions and what is kept.
    limit<of_broker<&profile::session_expiry_seconds>>(
        "session_expiry_seconds", 0, a_week,
        "of MQTT 3 sessions, and the most that MQTT 5 clients get"),
    limit<of_broker<&profile::max_queued_messages>>(
        "max_queued_messages", 0, any_32,
        "stored for one offline session, more are dropped; 0: any number, as AWS"),
    limit<of_broker<&profile::replay_per_second>>(
        "replay_per_second", 0, any_32,
        "stored messages a second after a session came back; 0: all at once"),
    limit<of_broker<&profile::max_retained_messages>>(
        "max_retained_messages", 0, any_32, "a further one is throttled; deleting goes on"),
    limit<of_shadows<&shadow::limits::max_document_bytes>>(
        "max_shadow_bytes", 2, 128 * 1024,
        "of a shadow's desired and reported as compact JSON; 413 beyond"),
    // Rates.
    rate<of_broker<&profile::connects_per_client_id>>(
        "connects_per_client_id", 1, "CONNECTs of one client ID; closed, MQTT 5 CONNACK 0x97"),
    rate<of_broker<&profile::connects_per_second>>("connects_per_second", 3'000,
                                                   "CONNECTs of the account; the same"),
    rate<of_broker<&profile::publishes_per_second>>(
        "publishes_per_second", 100,
        "messages from and to one client; more are discarded without PUBACK, MQTT 5 PUBACK 0x97"),
    rate<of_broker<&profile::account_publishes_per_second>>(
        "account_publishes_per_second", 20'000, "messages of the account; the same, HTTPS 429"),
    rate<of_broker<&profile::account_deliveries_per_second>>(
        "account_deliveries_per_second", 20'000, "deliveries of the account; more are discarded"),
    rate<of_broker<&profile::direct_messages_per_second>>(
        "direct_messages_per_second", 20'000, "SendDirectMessage, of the account; 429 beyond"),
    rate<of_broker<&profile::subscriptions_per_second>>(
        "subscriptions_per_second", 3'000, "filters of the account; SUBACK 0x80, MQTT 5 0x97"),
    rate<of_broker<&profile::group_changes_per_second>>(
        "group_changes_per_second", 100, "subscriptions to one shared group; the same SUBACKs"),
    rate<of_broker<&profile::queued_per_second>>(
        "queued_per_second", 500,
        "messages stored for offline sessions; more are dropped and logged as Queued, Failure"),
    rate<of_broker<&profile::retained_per_second>>(
        "retained_per_second", 500, "messages with RETAIN; more are discarded, HTTPS 429"),
    rate<of_broker<&profile::retained_per_topic>>("retained_per_topic", 1,
                                                  "messages with RETAIN on one topic; the same"),
    rate<of_services<&service_limits::connection_bytes_per_second>>(
        "connection_bytes_per_second", 512 * 1024,
        "bytes from and to one connection; more are delayed"),
    rate<of_services<&service_limits::shadow_requests_per_second>>(
        "shadow_requests_per_second", 20, "requests for the shadows of one thing; 429 beyond"),
    rate<of_services<&service_limits::shadow_requests_in_flight>>(
        "shadow_requests_in_flight", 10,
        "requests of one connection for one thing that arrive together; 429 beyond"),
    rate<of_services<&service_limits::connection_calls_per_client_id>>(
        "connection_calls_per_client_id", 1,
        "GetConnection, DeleteConnection, ListSubscriptions, each, for one client ID; 429 beyond"),
    rate<of_services<&service_limits::connection_calls_per_second>>(
        "connection_calls_per_second", 100, "the same calls, each, of the account"),
    // What nobody could confirm.
    open_word<of_broker<&profile::connect_denied_311>>(
        "connect_denied_311", connect_denied_words,
        "what a 3.x client sees of a denied CONNECT: the connection's end, or a CONNACK first"),
    open_word<of_broker<&profile::subscribe_denied_311>>(
        "subscribe_denied_311", subscribe_denied_words,
        "what a 3.x client sees of a denied SUBSCRIBE: the connection's end, or SUBACK 0x80"),
    open_word<of_broker<&profile::receive_denied_action>>(
        "receive_denied", receive_denied_words,
        "a delivery that iot:Receive denies is dropped, or ends the connection with AUTH_ERROR"),
    open_flag<of_broker<&profile::connack_codes_311>>(
        "connack_codes_311",
        "a refused 3.x client gets the CONNACK that the standard has for it, before the end"),
    open_flag<of_broker<&profile::reserved_check_first>>(
        "reserved_check_first", "the table of reserved topics is asked before the policy"),
    open_flag<of_broker<&profile::websocket_close_is_client_initiated>>(
        "ws_close_frame_is_client_initiated",
        "clientInitiatedDisconnect of a WebSocket Close frame without DISCONNECT"),
    open_flag<of_broker<&profile::will_delay>>("will_delay",
                                               "MQTT 5 Will Delay Interval is honoured"),
    open_number<of_broker<&profile::max_packet_bytes>>(
        "max_packet_bytes", 1024, 149'504, "MQTT 5 Maximum Packet Size in CONNACK, and the limit"),
    open_number<of_shadows<&shadow::limits::max_depth>>(
        "max_shadow_depth", 1, 60, "levels within each of a shadow's desired and reported; 400"),
    open_number<of_broker<&profile::retransmit_after>>(
        "retransmit_seconds", 0, any_16,
        "an unacknowledged delivery is sent again; 0: only when the client comes back"),
    open_number<of_broker<&profile::session_slack_seconds>>(
        "session_slack_seconds", 0, 1800, "how much longer a session lives than it was told"),
    open_number<of_broker<&profile::connect_timeout>>(
        "connect_timeout_seconds", 1, any_16, "how long a connection may wait with CONNECT"),
    open_flag<of_upgrade<&upgrade_rules::opaque_403>>(
        "opaque_403", "a refused upgrade says `Forbidden` and no more"),
    open_flag<of_upgrade<&upgrade_rules::token_may_be_signed>>(
        "sigv4_token_in_signature",
        "a session token may be signed into the WebSocket URL, or stand behind the signature"),
    open_flag<of_upgrade<&upgrade_rules::host_without_port>>(
        "sigv4_host_port_fallback",
        "the URL may be signed for the host without its port, and the other way round"),
    open_flag<of_upgrade<&upgrade_rules::honour_expires>>(
        "sigv4_honour_expires", "X-Amz-Expires bounds the URL's life, too"),
    open_number<of_upgrade<&upgrade_rules::skew>>("sigv4_skew_seconds", 1, 86'400,
                                                  "how far a WebSocket URL's date may be off"),
};

} // namespace

std::span<setting_row const> setting_rows() {
    return rows;
}

} // namespace cogniot::local
