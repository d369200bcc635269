// What AWS IoT's data plane asks of the message broker and of the shadow service beside it. The
// shell implements it; nothing that is answered here is ahead of what is durable.
#pragma once

#include "cloud/service.hpp"
#include "shadow/topic.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::cloud::iot_data {

/// A message as HTTPS gives it. Views are into the call's input or beside it.
struct publication {
    std::string_view topic;
    std::string_view payload;
    int qos = 0;
    bool retain = false;
    std::optional<bool> is_utf8{};
    std::optional<std::uint32_t> expiry_seconds{};
    std::optional<std::string_view> content_type{};
    std::optional<std::string_view> response_topic{};
    std::optional<std::string> correlation_data{};
    std::vector<std::pair<std::string, std::string>> user_properties{};
};

/// A message for one client. With QoS 1 the call is answered when its PUBACK has come.
struct direct_message {
    std::string_view client_id;
    publication what;
    /// How long the PUBACK may take.
    std::chrono::seconds timeout{};
};

struct retained_message {
    std::string topic;
    std::string payload;
    int qos = 0;
    utc_time stored_at{};
    std::vector<std::pair<std::string, std::string>> user_properties{};
};

struct retained_summary {
    std::string topic;
    std::size_t payload_bytes = 0;
    int qos = 0;
    utc_time stored_at{};
};

struct subscription {
    std::string filter;
    int qos = 0;
};

/// A client that is connected, has a session, or was connected within the last half hour.
struct client {
    bool is_connected = false;
    /// Under which things are attached to who is connected (principal::iot_name()).
    std::string principal{};
    bool is_clean = true;
    std::uint32_t session_expiry_seconds = 0;
    std::uint16_t keep_alive_seconds = 0;
    /// When the connection began, or ended.
    std::optional<utc_time> since{};
    std::string disconnect_reason{};
    std::string source_ip{};
    std::uint16_t source_port = 0;
    std::string target_ip{};
    std::uint16_t target_port = 0;
    std::vector<subscription> subscriptions{};
};

class messaging {
  public:
    virtual ~messaging() = default;

    /// Publishes as the caller: the broker asks the policies, logs, retains and delivers.
    virtual outcome<void> publish(call const&, publication const&) = 0;
    /// Sends to one client that is connected.
    /// @return what the call waits for; nothing if it has left with QoS 0
    virtual outcome<std::optional<confirmation_id>> send_directly(call const&,
                                                                  direct_message const&) = 0;
    /// Asks a shadow something; answers the document. What an accepted update or deletion makes the
    /// service publish over MQTT is published.
    virtual outcome<std::string> ask_shadow(call const&, shadow::operation,
                                            shadow::shadow_id const&, std::string_view payload) = 0;
    /// The names of a thing's named shadows, ascending.
    virtual std::vector<std::string> shadow_names(std::string_view thing) const = 0;
    virtual std::optional<retained_message> find_retained(std::string_view topic,
                                                          utc_time now) const = 0;
    /// In the order of the topics, from the first after `after`, `limit` at most.
    virtual std::vector<retained_summary> list_retained(std::string_view after, std::size_t limit,
                                                        utc_time now) const = 0;
    /// Counts a call about a client; ThrottlingException if there were too many.
    virtual outcome<void> admit(call const&, std::string_view operation,
                                std::string_view client_id) = 0;
    virtual std::optional<client> find_client(std::string_view client_id, utc_time now) const = 0;
    /// Ends a client's connection, if it has one.
    virtual outcome<void> disconnect(call const&, std::string_view client_id, bool clean_session,
                                     bool with_will) = 0;
};

} // namespace cogniot::cloud::iot_data
