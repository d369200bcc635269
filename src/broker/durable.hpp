// Records that outlive the process: their keys and values, as docs/formats/sessions.md has them.
#pragma once

#include "base/record.hpp"
#include "broker/message.hpp"
#include "broker/subscription_tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::broker::durable {

/// A persistent session, apart from what it subscribed to and what it is owed. Key: the client ID.
struct session_record {
    std::uint32_t number = 0;
    std::uint8_t version = 4;
    bool aws = true;
    std::uint32_t expiry_seconds = 0;
    /// When its connection went; nothing while there is one.
    std::optional<utc_time> offline_since{};
    /// Messages before this number may have been sent already.
    std::uint64_t sent = 0;
    /// Of the last presence event about a connection, where there are any.
    std::optional<std::uint64_t> presence_version{};
    /// What `disconnected` tells about the connection, while there is one.
    std::string session_identifier{};
    std::string principal_identifier{};
    friend bool operator==(session_record const&, session_record const&) = default;
};
record print_session(std::string_view client_id, session_record const&);
std::optional<session_record> parse_session(std::string_view value);

/// Key: session number, `/`, filter.
record print_subscription(std::uint32_t session, std::string_view filter,
                          subscription_options const&);
struct subscription_record {
    std::uint32_t session = 0;
    std::string filter;
    subscription_options options{};
};
std::optional<subscription_record> parse_subscription(std::string_view key, std::string_view value);

/// One message that one session is owed. Key: session number, `/`, number of the message in the
/// session. It holds the message itself, or names a `message` record that several share.
struct queued_record {
    std::uint32_t session = 0;
    std::uint64_t number = 0;
    mqtt::qos level = mqtt::qos::at_least_once;
    bool retain = false;
    /// QoS 2: PUBREC came, only PUBREL is owed; there is no message any more.
    bool released = false;
    std::vector<std::uint32_t> identifiers{};
    /// 0: the message is in `what`.
    std::uint64_t shared = 0;
    message_view what{};
};
record print_queued(queued_record const&);
inline constexpr std::string_view queued_kind = "queued";
std::string queued_key(std::uint32_t session, std::uint64_t number);
/// The views in the answer are into `value`.
std::optional<queued_record> parse_queued(std::string_view key, std::string_view value);

/// A message that several `queued` records name. Key: its number.
record print_shared(std::uint64_t number, message_view const&);
std::optional<std::uint64_t> parse_shared_key(std::string_view key);
std::optional<message_view> parse_message(std::string_view value);

/// Key: the topic.
record print_retained(message_view const&, utc_time stored_at);
struct retained_record {
    utc_time stored_at{};
    message_view what{};
};
std::optional<retained_record> parse_retained(std::string_view value);

/// A QoS 2 message that was received and not yet released. Key: session number, `/`, packet
/// identifier; no value.
record print_received(std::uint32_t session, std::uint16_t id);
std::optional<std::pair<std::uint32_t, std::uint16_t>> parse_received(std::string_view key);

/// A will that is to be published when the connection, or the process, is lost. Key: session
/// number, `/`.
struct will_record {
    message_view what{};
    std::optional<std::uint32_t> expiry_seconds{};
    std::uint32_t delay_seconds = 0;
};
record print_will(std::uint32_t session, will_record const&);
/// The views in the answer are into `value`.
std::optional<std::pair<std::uint32_t, will_record>> parse_will(std::string_view key,
                                                                std::string_view value);
record forget_will(std::uint32_t session);

record forget_session(std::string_view client_id);
record forget_subscription(std::uint32_t session, std::string_view filter);
/// Subscriptions, will, queued and received messages of a session.
std::vector<record> forget_all_of(std::uint32_t session);
record forget_queued(std::uint32_t session, std::uint64_t number);
record forget_shared(std::uint64_t number);
record forget_retained(std::string_view topic);
record forget_received(std::uint32_t session, std::uint16_t id);

} // namespace cogniot::broker::durable
