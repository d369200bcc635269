// One real MQTT conversation, packet by packet, without second tries: which packet does the
// broker hang up on? Messages that arrive are not acknowledged: a kept session loses nothing.
//
// @source MQTT 3.1.1 and 5; spec iot-broker 1.7, 4.6, 8.2
#pragma once

#include "client/errors.hpp"
#include "client/link_values.hpp"
#include "client/refusal_causes.hpp"
#include "client/transports.hpp"
#include "mqtt/codec.hpp"
#include "net/task.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::client::doctor {

/// As whom it connects.
struct probe_settings {
    std::string client_id{};
    bool clean_session = false;
    mqtt::version version = mqtt::version::v311;
    /// An IoT policy was seen on the identity: a hang-up is not told as if there were none.
    bool has_iot_policy = false;
    /// Actions that the policies were seen to allow: they are the last to be thought of.
    std::vector<std::string> allowed_actions{};
};

/// One thread (the loop's).
class probe {
  public:
    /// @param open  a new stream, ready for CONNECT
    probe(std::function<net::task<transport>()> open, probe_settings);

    /// @return whether the broker kept a session for this client ID
    /// @errors those of the transport, connect_denied (hang-up), broker_refused_connect (CONNACK),
    ///         broker_broke_protocol (also: CONNACK of another version), no_answer_in_time
    net::task<result<bool>> connect();
    /// At QoS 1 whatever the message says, so that there is a PUBACK. @errors publish_denied, …
    net::task<result<void>> publish(message);
    /// Subscribes and takes the subscription back. @errors subscribe_denied, …
    net::task<result<void>> subscribe(std::string filter);
    /// DISCONNECT. Afterwards, and after an error, connect() starts anew.
    net::task<void> leave();
    bool is_connected() const { return stream_ != nullptr; }

    static constexpr std::chrono::seconds answer_timeout{10};

  private:
    using is_answer = std::function<bool(mqtt::packet const&)>;
    /// Sends and reads up to the packet that answers it.
    /// @errors hung_up, no_answer_in_time, broker_broke_protocol
    net::task<result<void>> exchange(mqtt::packet const&, is_answer);
    net::task<result<void>> converse(std::string bytes, is_answer);
    net::task<result<void>> converse_in_time(std::string bytes, is_answer);
    error explain_connack(mqtt::reason_code) const;
    /// The broker's answer is of another version than CONNECT was; nothing if it is not.
    std::optional<error> find_version_fault() const;
    error explain_hang_up(errc, std::string causes) const;
    /// @param action  what was tried: `iot:Connect`
    told_by teller(std::string_view action) const;

    std::function<net::task<transport>()> open_;
    probe_settings as_;
    net::stream_ptr stream_{};
    /// The first bytes of the connection: CONNACK's, whatever version they are of.
    std::string head_{};
    /// MQTT 5: what the broker said as it hung up.
    std::optional<mqtt::reason_code> goodbye_{};
    mqtt::decoder in_{mqtt::decoder::role::reads_from_server};
};

} // namespace cogniot::client::doctor
