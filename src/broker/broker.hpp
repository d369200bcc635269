// The MQTT broker core: events in, effects out. No socket, no clock, no thread, no policy language.
//
// The shell (src/local) feeds it connections and packets and performs what it asks. Effects are
// only asked for here: the shell commits every `persist` of a batch before it performs a `send` of
// it. One thread at a time. @source docs/formats/sessions.md, spec AWS IoT "MQTT".
#pragma once

#include "base/random_source.hpp"
#include "base/record.hpp"
#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "broker/profile.hpp"
#include "mqtt/packet.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::broker {

enum class errc { record_not_readable = 1 };
std::string_view describe(errc);
error_code make_error_code(errc);

/// Names one network connection for the life of the process; never reused.
enum class connection_id : std::uint64_t {};

/// Who is on the other end, as far as logs and presence events tell. Derived from by the shell,
/// whose authoriser knows more.
class principal {
  public:
    virtual ~principal() = default;
    /// AWS IoT's principalIdentifier: certificate ID, `AROA…:CognitoIdentityCredentials`, …
    virtual std::string_view identifier() const = 0;
};

/// One end of a connection.
struct peer {
    connection_id id{};
    /// Which of the two behaviours this listener has.
    profile const* rules = &aws_profile();
    std::shared_ptr<principal const> who{};
    std::string source_ip{};
    std::uint16_t source_port = 0;
};

/// An authoriser's answer; `because` is JSON for the log and empty for an allow.
struct verdict {
    bool allowed = true;
    std::string because{};
};

struct connect_facts {
    std::string_view client_id;
    bool persistent = false;
    std::optional<std::string_view> will_topic{};
    bool will_retain = false;
};

/// Asked before anything is done, for each packet and for each delivery.
class authoriser {
  public:
    virtual ~authoriser() = default;
    /// iot:Connect, and for a will iot:Publish (and iot:RetainPublish) on its topic.
    virtual verdict connect(peer const&, connect_facts const&) = 0;
    virtual verdict publish(peer const&, std::string_view client_id, std::string_view topic,
                            bool retain) = 0;
    virtual verdict subscribe(peer const&, std::string_view client_id, std::string_view filter) = 0;
    virtual verdict receive(peer const&, std::string_view client_id, std::string_view topic) = 0;
    /// Which thing this is, for events: the one that the principal is attached to exclusively.
    /// Empty if there is none; valid until the next call.
    virtual std::string_view thing_of(peer const&) { return {}; }
};

/// One line of AWSIotLogsV2 in the making; the shell adds time, account and trace ID.
struct log_event {
    /// `Connect`, `Publish-In`, `Publish-Out`, `Queued`, `Subscribe`, `Unsubscribe`, `Disconnect`,
    /// `Ping`
    std::string_view event_type;
    bool success = true;
    /// Whose connection. For `Queued` an empty peer: the session is offline.
    peer const& from;
    std::string_view client_id{};
    /// `MQTT` or `HTTP`
    std::string_view protocol = "MQTT";
    /// Subscribe: all filters, joined by `,`.
    std::string_view topic{};
    bool retain = false;
    /// `AUTHORIZATION_FAILURE`, `DUPLICATE_CLIENT_ID`, …; failures only.
    std::string_view reason{};
    std::string_view details{};
    /// `CLIENT_INITIATED_DISCONNECT`, …; Disconnect only.
    std::string_view disconnect_reason{};
    /// A policy's refusal, as JSON (see verdict).
    std::string_view because{};
    /// For people: what any other refusal means and what to do (advice.hpp).
    std::string_view explanation{};
    /// The same number in all events of one packet (Publish-In and its Publish-Outs): one trace ID.
    std::uint64_t request = 0;
    /// Queued only.
    mqtt::qos level = mqtt::qos::at_most_once;
    /// Subscribe by an MQTT 5 client only: one filter and one reason code each, in order.
    std::span<mqtt::subscription const> filters{};
    std::span<mqtt::reason_code const> codes{};
};

/// Names a direct message whose PUBACK is awaited, for the life of the process; never reused.
enum class direct_id : std::uint64_t {};

/// Why a direct message did not reach its receiver.
enum class direct_fault {
    none,
    invalid_topic,
    invalid,
    too_large,
    throttled,
    unknown_client,
    not_connected,
    receive_denied,
    receiver_throttled,
    receiver_window_full,
    not_writable,
    not_confirmed, // no PUBACK in time
};
struct direct_answer {
    direct_fault why = direct_fault::none;
    /// What is wrong.
    std::string details{};
    /// Of receive_denied: the policy's refusal, as JSON.
    std::string because{};
    /// It went out with QoS 1: effects::direct_ended() tells what became of it.
    std::optional<direct_id> waits_for{};
};

struct presence_event;

/// What the broker wants done. Views are valid during the call only.
class effects {
  public:
    virtual ~effects() = default;
    /// Appends whole encoded packets to what the connection will be sent at the end of the batch.
    virtual void send(connection_id, std::string_view packets) = 0;
    /// Ends the connection after what was sent to it. The broker has forgotten it already.
    virtual void close(connection_id) = 0;
    virtual void persist(record) = 0;
    /// Whether what was persisted can be read back; if not, all that waits is held in memory.
    virtual bool can_read_back() const { return false; }
    /// Gives `each` the records of `kind` from key `from` up to before `to`, in order, until it
    /// answers false; those persisted a moment ago, too. False if the store refuses.
    virtual bool
    read_back(std::string_view /*kind*/, std::string_view /*from*/, std::string_view /*to*/,
              std::function<bool(std::string_view key, std::string_view value)> const& /*each*/) {
        return false;
    }
    virtual void log(log_event const&) = 0;
    /// A message was published by a client and accepted: for services that listen inside (shadows).
    /// They answer with broker::publish_from_service().
    virtual void published(peer const&, std::string_view topic, std::string_view payload) = 0;
    /// The broker is about to publish a presence or subscription event. True if it comes back later
    /// by publish_from_service(), once or twice.
    virtual bool holds_back(presence_event const&) { return false; }
    /// A direct message was confirmed (none), or will not be any more.
    virtual void direct_ended(direct_id, direct_fault) {}
    /// Whether so much waits to be written to this connection that QoS 0 messages are better
    /// dropped.
    virtual bool is_congested(connection_id) { return false; }
};

enum class close_cause {
    lost,       // the network went away
    keep_alive, // nothing for 1.5 x keep alive (the broker finds this out by itself in tick())
    websocket_closed, // a WebSocket Close frame without MQTT DISCONNECT
    malformed,        // bytes that are no MQTT; `detail` says why
    too_large,        // a packet above profile::max_packet_bytes
    server_shutdown,
    websocket_expired,   // its life is over; `detail` is `open for 24 hours`
    protocol_error,      // MQTT, but not allowed; `detail` says why
    unsupported_version, // a CONNECT of a protocol that nobody here speaks
    not_authenticated,   // its credential does not count any more; `detail` says why
    server_error,
    taken_over,         // as if another connection came with its client ID
    throttled,          // it exceeded a limit; `detail` says which
    forbidden,          // it may not be connected any more, e.g. from its address
    authorizer_expired, // the time that a custom authorizer gave is over
};

/// Why a publish was refused.
enum class publish_refusal { none, invalid, forbidden, too_large, throttled, no_room };
struct publish_outcome {
    publish_refusal why = publish_refusal::none;
    /// For all but `forbidden`: what is wrong.
    std::string details{};
};

/// One retained message. Views are valid until the next event.
struct retained_view {
    std::string_view topic;
    std::string_view payload;
    mqtt::qos level = mqtt::qos::at_most_once;
    utc_time stored_at{};
    std::vector<std::pair<std::string, std::string>> user_properties{};
};

/// What is known about a client ID.
struct client_view {
    bool is_connected = false;
    connection_id link{};
    bool is_clean = true;
    std::uint32_t session_expiry_seconds = 0;
    std::vector<std::pair<std::string, mqtt::qos>> subscriptions{};
    /// Of the connection; nothing of it if there is none.
    std::uint16_t keep_alive_seconds = 0;
    std::string source_ip{};
    std::uint16_t source_port = 0;
    /// When the connection that is, or was the last, began (nothing: not known any more) or ended.
    std::optional<utc_time> since{};
    /// `CLIENT_INITIATED_DISCONNECT`, …: why the last connection ended.
    std::string_view disconnect_reason{};
};

/// What a decoder's error means for its connection.
close_cause cause_of(error const& from_decoder);

class broker {
  public:
    /// @param aws  AWS's behaviour here, limits included: what sessions of that profile come back
    ///             to after a restart. Outlives the broker.
    broker(authoriser&, effects&, random_source&, profile const& aws = aws_profile());
    ~broker();
    broker(broker const&) = delete;
    broker& operator=(broker const&) = delete;

    /// Puts back one record at start, in any order; false for kinds that are not the broker's. Call
    /// tick() after the last one: the expiry of sessions that were connected when the last process
    /// ended starts there, and records that belong to no session are forgotten. See
    /// docs/formats/sessions.md. @errors record_not_readable, naming kind and key
    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);

    void opened(peer const&, utc_time now);
    /// A packet of a connection that the broker has closed already is ignored.
    void received(connection_id, mqtt::packet const&, utc_time now);
    /// The network end is gone or must go. For causes other than `lost` and `websocket_closed` the
    /// broker may still send() a last packet (CONNACK, DISCONNECT), and it asks for close().
    void closed(connection_id, close_cause, std::string_view detail, utc_time now);
    /// What effects::is_congested() held back can go on. Not needed if it always answers false.
    void writable(connection_id, utc_time now);
    /// Keep-alives, session expiries, redeliveries, delayed wills that are due. Costs nothing for
    /// connections that have nothing due.
    void tick(utc_time now);
    /// When tick() has something to do next.
    std::optional<utc_time> next_deadline() const;
    /// The clock was set back: what waits goes on waiting as long as it would have, counted from
    /// now. A message that expires keeps its instant.
    void set_back(std::chrono::milliseconds by);

    // What HTTPS asks. None of it needs a connection.

    /// A PUBLISH that came over HTTPS, with MQTT 5's properties: checked, authorised (the peer has
    /// no client ID), retained, delivered and logged like any other.
    publish_outcome publish(peer const&, mqtt::publish const&, utc_time now);
    std::optional<retained_view> find_retained(std::string_view topic, utc_time now) const;
    /// Retained messages in the order of their topics, from the first topic after `after`, until
    /// `each` answers false.
    void list_retained(std::string_view after, utc_time now,
                       std::function<bool(retained_view const&)> const& each) const;
    /// A client that is connected, has a session, or was connected within the last half hour.
    std::optional<client_view> find_client(std::string_view client_id, utc_time now) const;
    /// Ends a client's connection; false if there is none.
    bool disconnect(std::string_view client_id, bool clean_session, bool with_will, utc_time now);

    /// Sends a message to one connected client, subscribed or not: iot:Receive is asked, it is not
    /// stored for later, not retained, and no service hears it. Not logged: that is for who asks.
    /// @param timeout  QoS 1: how long its PUBACK may take
    direct_answer send_directly(peer const& from, std::string_view client_id, mqtt::publish const&,
                                std::chrono::seconds timeout, utc_time now);
    /// Nobody waits for this one any more; what it held of the receiver's window is free again.
    void abandon(direct_id, utc_time now);

    /// Numbers something that did not come in a packet: log_event::request.
    std::uint64_t begin_request();
    /// Publishes as the service itself: no policy on the way in, policies on each delivery.
    /// @param request  the number of what caused it
    void publish_from_service(std::string_view topic, std::string_view payload, mqtt::qos,
                              std::uint64_t request, utc_time now);

    std::size_t connection_count() const;
    std::size_t session_count() const;
    /// Bytes held by stored messages, subscriptions and sessions. At max_held_bytes() new ones are
    /// refused as a quota exceeded; those held stay.
    std::size_t held_bytes() const;
    void set_max_held_bytes(std::size_t);

  private:
    struct inside;
    std::unique_ptr<inside> in_;
};

} // namespace cogniot::broker
