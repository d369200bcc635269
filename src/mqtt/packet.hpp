// MQTT control packets as values (MQTT 3.1, 3.1.1 and 5). Bytes never appear here; see codec.hpp.
//
// Strings are views: into the decoder's input when a packet was decoded, into the caller's memory
// when one is to be encoded. A packet that must outlive its bytes is copied by its user.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cogniot::mqtt {

/// The protocol level byte of CONNECT.
enum class version : std::uint8_t { v31 = 3, v311 = 4, v5 = 5 };

/// How hard the two ends try. `exactly_once` exists on the standard profile only.
enum class qos : std::uint8_t { at_most_once = 0, at_least_once = 1, exactly_once = 2 };

/// Identifies a packet that awaits its acknowledgement, 1 to 65535 [MQTT-2.3.1-1].
using packet_id = std::uint16_t;

/// MQTT 5 reason codes; 3.1.1's CONNACK return codes 1 to 5 and SUBACK 0x80 are mapped by the
/// codec's user.
using reason_code = std::uint8_t;
/// From here on they say that something failed (MQTT 5, 2.4).
inline constexpr reason_code first_failure = 0x80;

/// MQTT 5 properties. Absent ones cost nothing to encode; 3.1.1 packets have none.
struct properties {
    std::optional<std::uint8_t> payload_format_indicator;
    std::optional<std::uint32_t> message_expiry_interval;
    std::optional<std::string_view> content_type;
    std::optional<std::string_view> response_topic;
    std::optional<std::string_view> correlation_data;
    std::vector<std::uint32_t> subscription_identifiers;
    std::optional<std::uint32_t> session_expiry_interval;
    std::optional<std::string_view> assigned_client_identifier;
    std::optional<std::uint16_t> server_keep_alive;
    std::optional<std::string_view> authentication_method;
    std::optional<std::string_view> authentication_data;
    std::optional<std::uint8_t> request_problem_information;
    std::optional<std::uint32_t> will_delay_interval;
    std::optional<std::uint8_t> request_response_information;
    std::optional<std::string_view> response_information;
    std::optional<std::string_view> server_reference;
    std::optional<std::string_view> reason_string;
    std::optional<std::uint16_t> receive_maximum;
    std::optional<std::uint16_t> topic_alias_maximum;
    std::optional<std::uint16_t> topic_alias;
    std::optional<std::uint8_t> maximum_qos;
    std::optional<std::uint8_t> retain_available;
    std::vector<std::pair<std::string_view, std::string_view>> user_properties;
    std::optional<std::uint32_t> maximum_packet_size;
    std::optional<std::uint8_t> wildcard_subscription_available;
    std::optional<std::uint8_t> subscription_identifier_available;
    std::optional<std::uint8_t> shared_subscription_available;
    friend bool operator==(properties const&, properties const&) = default;
};

/// The message a broker publishes when a client goes away without DISCONNECT.
struct will {
    std::string_view topic{};
    std::string_view payload{};
    qos level = qos::at_most_once;
    bool retain = false;
    properties props{};
    friend bool operator==(will const&, will const&) = default;
};

struct connect {
    version level = version::v311;
    /// Clean Session (3.x), Clean Start (5).
    bool clean_start = true;
    std::uint16_t keep_alive_seconds = 0;
    std::string_view client_id{};
    std::optional<will> last_will{};
    std::optional<std::string_view> user_name{};
    std::optional<std::string_view> password{};
    properties props{};
    friend bool operator==(connect const&, connect const&) = default;
};

struct connack {
    bool session_present = false;
    /// 3.x return code or 5 reason code; 0 is accepted in both.
    reason_code code = 0;
    properties props{};
    friend bool operator==(connack const&, connack const&) = default;
};

struct publish {
    std::string_view topic{};
    std::string_view payload{};
    qos level = qos::at_most_once;
    bool retain = false;
    bool dup = false;
    /// 0 exactly when level is at_most_once.
    packet_id id = 0;
    properties props{};
    friend bool operator==(publish const&, publish const&) = default;
};

/// PUBACK, PUBREC, PUBREL and PUBCOMP have the same parts.
enum class ack_type : std::uint8_t { puback = 4, pubrec = 5, pubrel = 6, pubcomp = 7 };
struct ack {
    ack_type type = ack_type::puback;
    packet_id id = 0;
    reason_code code = 0;
    properties props{};
    friend bool operator==(ack const&, ack const&) = default;
};

/// One topic filter of a SUBSCRIBE with its options (3.x knows only the QoS).
struct subscription {
    std::string_view filter{};
    qos maximum = qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    std::uint8_t retain_handling = 0;
    friend bool operator==(subscription const&, subscription const&) = default;
};

struct subscribe {
    packet_id id = 0;
    std::vector<subscription> filters{};
    properties props{};
    friend bool operator==(subscribe const&, subscribe const&) = default;
};

struct suback {
    packet_id id = 0;
    std::vector<reason_code> codes{};
    properties props{};
    friend bool operator==(suback const&, suback const&) = default;
};

struct unsubscribe {
    packet_id id = 0;
    std::vector<std::string_view> filters{};
    properties props{};
    friend bool operator==(unsubscribe const&, unsubscribe const&) = default;
};

struct unsuback {
    packet_id id = 0;
    /// Empty in 3.x.
    std::vector<reason_code> codes{};
    properties props{};
    friend bool operator==(unsuback const&, unsuback const&) = default;
};

struct pingreq {
    friend bool operator==(pingreq const&, pingreq const&) = default;
};
struct pingresp {
    friend bool operator==(pingresp const&, pingresp const&) = default;
};

struct disconnect {
    reason_code code = 0;
    properties props{};
    friend bool operator==(disconnect const&, disconnect const&) = default;
};

struct auth {
    reason_code code = 0;
    properties props{};
    friend bool operator==(auth const&, auth const&) = default;
};

using packet = std::variant<connect, connack, publish, ack, subscribe, suback, unsubscribe,
                            unsuback, pingreq, pingresp, disconnect, auth>;

} // namespace cogniot::mqtt
