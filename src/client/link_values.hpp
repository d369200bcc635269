// What goes into and comes out of the MQTT link: settings, messages, outcomes, events, effects.
// Plain values; the rules are in link_machine.hpp.
#pragma once

#include "base/result.hpp"
#include "mqtt/packet.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cogniot::client {

/// The link's clock. Only differences count, so a clock that people turn is not used.
using instant = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

/// Whose limits hold: AWS IoT's, or only the standard's (plain MQTT brokers).
enum class broker_kind { aws_iot, standard };

/// How a link behaves. Defaults are those of the issue and of AWS's device SDKs.
struct link_settings {
    std::string client_id{};
    broker_kind broker = broker_kind::aws_iot;
    /// Where the broker is, as people know it (`host:port`); only for messages.
    std::string where{};
    bool clean_session = false;
    /// 0 = no pings.
    std::chrono::seconds keep_alive{30};
    /// Plain MQTT hosts may ask for these; AWS IoT ignores them.
    std::optional<std::string> user_name{};
    std::optional<std::string> password{};

    /// From CONNECT to CONNACK, and from PINGREQ to any packet of the broker.
    std::chrono::seconds answer_timeout{10};
    /// Waits between attempts: rand(0, min(cap, base * 2^n)). @source aws-c-mqtt: 1 s, 128 s
    std::chrono::milliseconds backoff_base{1000};
    std::chrono::milliseconds backoff_cap{128'000};
    /// A connection that lived this long, or acknowledged something, resets the backoff.
    std::chrono::seconds stable_after{10};
    /// AWS IoT takes one CONNECT a second for a client ID and hangs up on more (spec quota).
    std::chrono::milliseconds connect_spacing{1000};
    /// Consecutive refusals (403, or a hang-up after CONNECT) before the link ends. The second
    /// number holds once a connection has been accepted: then the policy was right before.
    unsigned refusals_allowed = 2;
    unsigned refusals_allowed_later = 4;
    /// Consecutive network failures before the first accepted connection; 0 = no limit.
    unsigned failures_allowed_at_first = 0;
    /// A hang-up this long after a packet was sent is not blamed on the packet.
    std::chrono::seconds blame_window{10};
    /// A connection that dies idle within this time of CONNACK may have been taken over; so many
    /// in a row, and the link ends.
    std::chrono::seconds takeover_window{30};
    unsigned takeovers_allowed = 3;
    /// How often one publish is sent at most.
    unsigned max_sends = 4;
    /// PUBLISH packets a second at most, an eighth of them at once; 0 = as fast as they come. AWS
    /// IoT discards what exceeds 100 a second and never acknowledges it; the rest is a margin for
    /// networks that hold packets back and bring them together. @source spec iot-broker 2.2
    unsigned publishes_per_second = 80;
    /// The oldest publish of a connection that has waited so long for PUBACK was discarded: the
    /// connection is replaced, and what is unacknowledged is sent again with DUP.
    std::chrono::seconds acknowledgement_timeout{10};
    /// The first attempt sends what waits behind CONNECT without waiting for CONNACK: a round trip
    /// less (MQTT 3.1.1 section 3.1.4 allows it). AWS IoT calls what happens then undefined.
    bool publishes_early = false;
    /// Denials of a topic in a row after which nothing more is sent to it for a while.
    unsigned denials_allowed = 3;
    std::chrono::seconds denied_topic_rest{60};

    /// AWS IoT: eight filters a SUBSCRIBE, 100 unacknowledged QoS 1 publishes.
    std::size_t filters_per_subscribe = 8;
    std::size_t max_in_flight = 100;
    /// Topics and payloads held that are not acknowledged yet.
    std::size_t max_queue_bytes = 64 << 20;
};

struct message {
    std::string topic{};
    std::string payload{};
    mqtt::qos level = mqtt::qos::at_least_once;
    bool retain = false;
    friend bool operator==(message const&, message const&) = default;
};

struct received_message {
    std::string topic{};
    std::string payload{};
    mqtt::qos level = mqtt::qos::at_most_once;
    bool retain = false;
    bool dup = false;
    mqtt::packet_id id = 0;
};

/// What a program did with a message it was handed.
enum class reception {
    /// It is acknowledged.
    taken,
    /// It is not acknowledged, and the link ends: the broker keeps it for the session.
    left,
};

/// Chosen by whoever asks, unique among the requests of one link.
using request_token = std::uint64_t;

/// Who ended a connection: only a hang-up by the broker can be blamed on what we sent.
enum class ended_by { broker, us };
/// Whether other packets of this link still wait for their answer: a suspect is tested alone.
enum class company { alone, others_pending };

/// How a publish ended.
struct publish_outcome {
    enum class kind {
        /// PUBACK (QoS 1), or the broker still answered a ping after it (QoS 0, which has no
        /// PUBACK).
        delivered,
        /// The broker hung up on this very packet twice, or refused the connection it needed.
        denied,
        /// The connection or the time was lost first: it may or may not have arrived.
        unknown,
    };
    kind how = kind::unknown;
    /// Why it was not delivered; meaningless when it was.
    error why{};
    /// How often it left this machine.
    unsigned sends = 0;
};

struct topic_request {
    std::string filter{};
    mqtt::qos maximum = mqtt::qos::at_least_once;
    friend bool operator==(topic_request const&, topic_request const&) = default;
};

/// How a SUBSCRIBE or UNSUBSCRIBE of one filter ended.
struct filter_outcome {
    std::string filter{};
    /// What the broker granted; nothing = see `why`.
    std::optional<mqtt::qos> granted{};
    error why{};
};

/// What became of the link, for people and for programs that wait.
struct link_report {
    /// subscription_lost: a filter that had been granted was refused when asked for again.
    enum class kind { connecting, connected, interrupted, subscription_lost, ended };
    kind what = kind::connecting;
    /// interrupted, subscription_lost, ended: why.
    error why{};
    /// connected: the broker kept the session.
    bool session_present = false;
    /// interrupted: when the next attempt starts.
    std::chrono::milliseconds retry_in{0};
    /// connecting: from 1, back to 1 after an accepted connection.
    unsigned attempt = 0;
};

/// What happened.
namespace happened {
struct started {};
struct stop_asked {};
struct transport_opened {};
struct transport_failed {
    enum class kind {
        /// Worth trying again for ever: unreachable, slow, 5xx.
        network,
        /// The server answered and does not want us: 403.
        refused,
        /// Trying again cannot help: untrusted certificate, sign-in refused.
        hopeless,
    };
    error why{};
    kind how = kind::network;
};
struct transport_closed {
    enum class kind {
        /// The broker closed it: its way to say no.
        by_broker,
        /// The network broke it: reset, unreachable.
        by_network,
    };
    error why{};
    kind how = kind::by_broker;
};
/// The program has taken a QoS 1 message that was delivered: it may be acknowledged.
struct message_taken {
    mqtt::packet_id id = 0;
};
struct publish_asked {
    request_token token = 0;
    message what{};
    std::optional<instant> deadline{};
};
struct subscribe_asked {
    request_token token = 0;
    std::vector<topic_request> filters{};
    std::optional<instant> deadline{};
};
struct unsubscribe_asked {
    request_token token = 0;
    std::vector<std::string> filters{};
    std::optional<instant> deadline{};
};
/// The program breaks the connection off without a word, as a bad network would; another follows.
struct cut_asked {};
/// deadline() has come.
struct timer_fired {};
} // namespace happened

/// `mqtt::packet const*` is a packet from the broker; its views are read before apply() returns.
using link_event =
    std::variant<happened::started, happened::stop_asked, happened::transport_opened,
                 happened::transport_failed, happened::transport_closed, happened::message_taken,
                 happened::publish_asked, happened::subscribe_asked, happened::unsubscribe_asked,
                 happened::cut_asked, happened::timer_fired, mqtt::packet const*>;

/// What the shell must do, in this order.
namespace effect {
struct open_transport {
    /// What ended the attempt or the connection before; no code = there was none.
    error after{};
};
struct send {
    std::string bytes{};
};
/// Ends the transport; `politely` says goodbye first. No transport_closed is expected after it.
struct close_transport {
    bool politely = false;
};
/// Hands a message to the program; at QoS 1 message_taken is expected, or an end.
struct deliver {
    received_message what{};
};
struct finish_publish {
    request_token token = 0;
    publish_outcome outcome{};
};
struct finish_filters {
    request_token token = 0;
    std::vector<filter_outcome> outcomes{};
};
struct report {
    link_report what{};
};
} // namespace effect

using link_effect =
    std::variant<effect::open_transport, effect::send, effect::close_transport, effect::deliver,
                 effect::finish_publish, effect::finish_filters, effect::report>;
using link_effects = std::vector<link_effect>;

} // namespace cogniot::client
