// The broker's machine behind broker.hpp. One class, its verbs in one file a theme: connect.cpp,
// publish.cpp, requests.cpp, direct.cpp, route.cpp, group.cpp, deliver.cpp, subscribe.cpp,
// ending.cpp, restore.cpp, tick.cpp.
//
// The order of checks in a step is the one of docs/fidelity.md.
#pragma once

#include "broker/broker.hpp"
#include "broker/durable.hpp"
#include "broker/presence.hpp"
#include "broker/publish_encoder.hpp"
#include "broker/rate.hpp"
#include "broker/retained_store.hpp"
#include "broker/state.hpp"
#include "broker/subscription_tree.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cogniot::broker {

/// Why and how a connection ends.
struct ending {
    disconnect_reason why = disconnect_reason::client_error;
    /// Reason code of MQTT 5's DISCONNECT; 0 sends none.
    mqtt::reason_code code = 0;
    /// AWSIotLogsV2's reason and details; empty for an ending that is no failure.
    std::string_view log_reason{};
    std::string_view details{};
    std::string_view explanation{};
    bool client_initiated = false;
    bool with_will = true;
    /// Whether the shell has to close the network end.
    bool close = true;
};

/// A CONNECT that is not accepted.
struct refusal {
    /// MQTT 5 CONNACK.
    mqtt::reason_code code = 0x80;
    /// CONNACK of 3.1 and 3.1.1 where the profile sends one; 0 closes without.
    mqtt::reason_code code_311 = 0;
    std::string_view log_reason = "CLIENT_ERROR";
    std::string_view details{};
    std::string_view because{};
    std::string explanation{};
};

class core {
  public:
    core(authoriser& a, effects& e, random_source& r, profile const& aws)
        : may_(a), out_(e), random_(r), aws_(aws) {}

    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);
    void opened(peer const&, utc_time now);
    void received(connection_id, mqtt::packet const&, utc_time now);
    void closed(connection_id, close_cause, std::string_view detail, utc_time now);
    void writable(connection_id, utc_time now);
    void tick(utc_time now);
    std::optional<utc_time> next_deadline() const;
    void set_back(std::chrono::milliseconds by);
    std::uint64_t begin_request() { return request_ = ++last_request_; }
    void publish_from_service(std::string_view topic, std::string_view payload, mqtt::qos,
                              std::uint64_t request, utc_time now);

    // requests.cpp
    publish_outcome publish(peer const&, mqtt::publish const&, utc_time now);
    std::optional<retained_view> find_retained(std::string_view topic, utc_time now) const;
    void list_retained(std::string_view after, utc_time now,
                       std::function<bool(retained_view const&)> const& each) const;
    std::optional<client_view> find_client(std::string_view client_id, utc_time now) const;
    bool disconnect(std::string_view client_id, bool clean_session, bool with_will, utc_time now);

    // direct.cpp
    direct_answer send_directly(peer const& from, std::string_view client_id, mqtt::publish const&,
                                std::chrono::seconds timeout, utc_time now);
    void abandon(direct_id, utc_time now);

    std::size_t connection_count() const { return connections_.size(); }
    std::size_t session_count() const { return sessions_.size() - queue_count_; }
    budget& memory() { return memory_; }

  private:
    // connect.cpp
    void on(connection&, mqtt::connect const&, utc_time now);
    std::optional<refusal> find_fault(connection const&, mqtt::connect const&,
                                      std::string_view client_id) const;
    void refuse(connection&, refusal const&, std::string_view client_id, utc_time now);
    session& find_or_make_session(connection&, mqtt::connect const&, std::string_view client_id,
                                  bool& present, utc_time now);
    void send_connack(connection&, mqtt::connect const&, bool present,
                      std::string_view assigned_client_id);
    std::uint64_t next_presence_version(std::string_view client_id, utc_time now);
    /// Counts a CONNECT: nothing, or which limit it exceeds.
    std::optional<refusal> find_throttle(std::string_view client_id, profile const&, utc_time now);

    // publish.cpp
    /// Whose message it is: a connection's, or a request's over HTTPS, which has none.
    struct publisher {
        peer const& from;
        std::string_view client_id{};
        std::string_view protocol = "MQTT";
        mqtt::version level = mqtt::version::v5;
        std::uint32_t session_number = 0;
        connection* link = nullptr;
    };
    struct publish_fault {
        publish_refusal why = publish_refusal::invalid;
        mqtt::reason_code code = 0;
        /// MQTT 5 hangs up, too, instead of answering with the code.
        bool hang_up = false;
        std::string details{};
        std::string explanation{};
    };
    void on(connection&, mqtt::publish const&, utc_time now);
    /// Why a publish is refused by rates, its form, its topic or policies; it is logged.
    std::optional<publish_fault> find_refusal(publisher const&, mqtt::publish const&,
                                              std::string_view topic, utc_time now);
    /// Tells the client, as its version has it.
    void refuse(connection&, mqtt::publish const&, publish_fault const&, utc_time now);
    /// What is wrong with it before anybody is asked for permission.
    std::optional<publish_fault> find_fault(profile const&, mqtt::publish const&,
                                            std::string_view topic) const;
    /// The part of it about topics that begin with `$`.
    static std::optional<publish_fault> find_reserved(profile const&, mqtt::publish const&,
                                                      std::string_view topic);
    /// Retains, acknowledges, logs, delivers and tells the services; a fault, which is logged, if
    /// there is no room.
    std::optional<publish_fault> accept(publisher const&, mqtt::publish const&,
                                        std::string_view topic, utc_time now);
    void log_refused_publish(publisher const&, mqtt::publish const&, std::string_view topic,
                             std::string_view reason, std::string_view details,
                             std::string_view because, std::string_view explanation);
    void on(connection&, mqtt::ack const&, utc_time now);
    /// A message is acknowledged: what may follow it?
    void settle_and_go_on(connection&, outbox::number, utc_time now);
    /// A packet of the QoS handshake that is not due: a protocol error [MQTT-4.8.0-1]
    /// [MQTT-4.13.1-1].
    void end_for_wrong_ack(connection&, utc_time now);
    void on_puback(connection&, mqtt::ack const&, utc_time now);
    void on_pubrec(connection&, mqtt::ack const&, utc_time now);
    void on_pubrel(connection&, mqtt::ack const&);
    void on_pubcomp(connection&, mqtt::ack const&, utc_time now);
    /// After collect_receivers. A subscription that excludes its own messages is one, too.
    bool tells_nobody_is_subscribed(profile const&, mqtt::publish const&) const;
    /// Refuses a publish: MQTT 5 QoS 1 and 2 by reason code, everything else by hanging up.
    void refuse_publish(connection&, mqtt::publish const&, mqtt::reason_code, ending const&,
                        utc_time now);
    /// Writes the line of a fault that is the client's.
    publish_fault logged(publisher const&, mqtt::publish const&, std::string_view topic,
                         publish_fault);
    publish_fault throttled(publisher const&, mqtt::publish const&, std::string_view topic,
                            std::string_view details, std::string explanation, bool is_told);
    /// Counts a PUBLISH: nothing, or which rate it exceeds; this is logged, once a second.
    std::optional<publish_fault> find_throttle(publisher const&, mqtt::publish const&,
                                               std::string_view topic, utc_time now);
    /// The same for a message to be retained: only those count that may be published.
    std::optional<publish_fault> find_retain_throttle(publisher const&, mqtt::publish const&,
                                                      std::string_view topic, utc_time now);
    bool find_topic(connection&, mqtt::publish const&, std::string_view& topic, utc_time now);
    void acknowledge(connection&, mqtt::publish const&, mqtt::reason_code);
    void retain(message_view const&, message_ref&, utc_time now);
    void publish_will(connection const*, session&, stored_will const&, utc_time now);

    // route.cpp
    /// Finds the receivers of a message and delivers. `kept` may hold the message already.
    void route(message_view const&, message_ref& kept, utc_time now);
    /// Into receivers_, which deliver() then works through.
    void collect_receivers(message_view const&, bool is_routed = true);
    /// Whether all receivers, and the retained store, can have the message.
    bool has_room_for(message_view const&) const;
    void deliver(message_view const&, message_ref& kept, utc_time now);
    void add_receiver(session&, subscription_options const&);
    void add_group_member(share_group const&, message_view const&);

    // group.cpp
    /// The queue of a shared group, or null: it has one while a persistent session is a member.
    session* find_queue(std::string_view filter) const;
    void join_group(session& member, std::string_view filter);
    void leave_group(session const& member, std::string_view filter);
    /// Gives a member that is connected what its groups have queued, as far as its window goes.
    void take_from_groups(session&, utc_time now);
    /// What an ending session leaves unacknowledged of its groups goes to other members.
    void hand_over(session&, utc_time now);

    // deliver.cpp
    struct receiver {
        session* who = nullptr;
        mqtt::qos maximum = mqtt::qos::at_most_once;
        bool retain_as_published = false;
        /// outgoing::group
        std::uint16_t group = 0;
    };
    void deliver_at_most_once(session&, message_view const&, bool retain,
                              std::span<std::uint32_t const> identifiers, utc_time now);
    /// `kept` is made if the session holds the message in memory and nobody did so before.
    void enqueue(session&, message_view const&, message_ref& kept, outgoing, utc_time now);
    /// Whether a message for this session stays in memory; if not, the store alone has it.
    bool holds_in_memory(session const&) const;
    /// Reads messages back that the store alone has, from this one on.
    /// False if the store refuses.
    bool fetch(session&, outbox::number);
    /// Sends what waits, as far as the window and the pace of the replay allow.
    /// @param allowed  a message that iot:Receive was asked about in this step already
    void pump(session&, utc_time now, std::optional<outbox::number> allowed = {});
    bool send_one(session&, outbox::number, utc_time now,
                  std::optional<outbox::number> allowed = {});
    bool may_receive(session&, message_view const&);
    /// Counts a message on its way to a client, or into its queue: whether it exceeds no rate. If
    /// it does, it is logged, once a second.
    bool count_delivery(session&, message_view const&, std::string_view event_type, utc_time now);
    /// The message is acknowledged or given up.
    void settle(session&, outbox::number);
    void keep_queued(session&, outbox::number, outgoing const&, message_view const&);
    /// PUBREC came: the message itself is not needed any more.
    void release(session&, outbox::number);
    void forget_message(session&, outgoing&);
    /// How much the messages of one connection that waits for acknowledgements may hold.
    std::size_t fair_share() const;
    /// Ends those in to_end_.
    void hang_up(utc_time now);
    void log_delivery(session const&, message_view const&, std::string_view event_type,
                      std::string_view failure = {}, std::string_view details = {},
                      std::string_view because = {}, std::string_view explanation = {});

    // direct.cpp
    /// Sends it, with what is known to be in order.
    direct_answer send_directly(connection&, mqtt::publish const&, std::chrono::seconds timeout,
                                utc_time now);
    /// Tells what became of the one in this place of an outbox, and forgets it.
    void end_direct(session&, outbox::number, direct_fault);
    /// The session's connection ends: nothing of it is confirmed any more.
    void end_directs(session&);
    void direct_due(direct_wait&, utc_time now);

    // subscribe.cpp
    void on(connection&, mqtt::subscribe const&, utc_time now);
    void on(connection&, mqtt::unsubscribe const&, utc_time now);
    struct filter_answer {
        mqtt::reason_code code = 0;
        /// 3.x hangs up instead of answering.
        bool hang_up = false;
        bool denied = false;
        /// The policy's refusal as JSON, or what else is wrong in a few words.
        std::string because{};
        std::string explanation{};
    };
    /// What a session would hold with the filters of a SUBSCRIBE that were accepted so far.
    struct claim {
        std::size_t subscriptions = 0;
        std::size_t added = 0;
        /// Of memory_, beyond what is held; at most.
        std::size_t bytes = 0;
    };
    filter_answer judge(connection&, mqtt::subscription const&, claim&, utc_time now);
    /// Counts a filter: null, or the name of the account's limit that it exceeds.
    char const* find_exceeded(profile const&, std::string_view filter, bool is_new, claim const&,
                              utc_time now);
    void count_subscription(std::string_view filter, int change);
    void put_subscription(session&, std::string_view filter, subscription_options const&);
    void join_tree(session&, std::string_view filter, subscription_options const&);
    void leave_tree(session&, std::string_view filter);
    void erase_subscription(session&, std::string_view filter);
    /// Notes that a new subscription is to be given its retained messages.
    void begin_retained(connection&, mqtt::subscription const&, bool was_there,
                        std::uint32_t identifier);
    /// Sends retained messages as far as the client takes them and a turn may last.
    void send_retained(connection&, utc_time now);
    void walk_on(utc_time now);
    void tell_subscription_change(connection const&, subscription_change,
                                  std::span<std::string_view const> filters, utc_time now);

    // ending.cpp
    void on(connection&, mqtt::disconnect const&, utc_time now);
    void on(connection&, mqtt::auth const&, utc_time now);
    void on(connection&, mqtt::pingreq const&, utc_time now);
    void end(connection&, ending const&, utc_time now);
    void detach(session&, std::unique_ptr<connection>, ending const&, utc_time now);
    /// Forgets a session and all its records.
    void drop(session&, utc_time now);

    // tick.cpp
    void arm(session&, utc_time now);
    void connection_due(connection&, utc_time now);
    void session_due(session&, utc_time now);
    void retransmit(session&, utc_time now);
    /// What has expired leaves memory and store, a little later than it could.
    void sweep_later(session&, utc_time expires, utc_time now);
    void sweep(session&, utc_time now);
    void sweep_retained_later(utc_time expires, utc_time now);
    void sweep_retained(utc_time now);
    /// A session's connection is gone: its version number starts at 0 again after a while.
    void forget_presence_version(session const&, utc_time now);
    void forget_presence_versions(utc_time now);

    // restore.cpp
    /// Records that wait for others, between the first restore() and the first event.
    struct restoring;
    bool restore_session(std::string_view client_id, std::string_view value);
    bool restore_subscription(std::string_view key, std::string_view value);
    bool restore_queued(std::string_view key, std::string_view value);
    bool restore_shared(std::string_view key, std::string_view value);
    bool restore_retained(std::string_view key, std::string_view value);
    bool restore_will(std::string_view key, std::string_view value);
    bool restore_received(std::string_view key, std::string_view value);
    /// Puts the pieces together when all records are there.
    void finish_restoring(utc_time now);
    /// Line and event of a connection that ended with the last process.
    void tell_lost(session const&, std::string const& session_identifier,
                   std::string const& principal_identifier, utc_time now);
    /// Puts what a session is owed into its outbox, or forgets it.
    void requeue(session&, restoring&);
    /// So that DUP is set [MQTT-3.3.1-1].
    static void mark_perhaps_sent(session&, bool was_connected);
    /// Forgets what belongs to no session, before another gets the number.
    void forget_orphans(restoring const&);

    // core.cpp
    connection* find(connection_id);
    /// A packet that is larger than the client takes is not sent, and the connection ends: nothing
    /// else would make it wait no longer.
    void send(connection const&, mqtt::packet const&);
    void send(connection const&, std::string_view packet);
    void send_ack(connection const&, mqtt::ack_type, mqtt::packet_id, mqtt::reason_code);
    void keep(record r) { out_.persist(std::move(r)); }
    void keep_session(session const&);
    /// The record of the will that a kill would publish; null: there is none any more.
    void keep_will(session&, stored_will const*);
    presence_facts facts_of(connection const&, std::string_view client_id, utc_time now) const;
    void tell(presence_event const&, utc_time now);
    std::string_view forwarded_properties(mqtt::properties const&, mqtt::version,
                                          std::string& scratch) const;

    authoriser& may_;
    effects& out_;
    random_source& random_;
    profile const& aws_;
    budget memory_;

    std::unordered_map<std::uint64_t, std::unique_ptr<connection>> connections_;
    std::unordered_map<std::uint32_t, std::unique_ptr<session>> sessions_;
    std::unordered_map<std::string_view, session*> by_client_id_; // keys live in the sessions
    std::size_t queue_count_ = 0;
    subscription_tree tree_;
    retained_store retained_;
    timer_heap timers_;
    timer retained_due_{timer::kind::retained, this};
    std::map<direct_id, direct_wait> directs_;
    std::uint64_t last_direct_ = 0;
    std::uint32_t last_session_ = 0;
    std::uint64_t last_shared_ = 0;
    std::uint64_t last_serial_ = 0;
    std::uint64_t last_request_ = 0;
    /// Number of the packet being worked on; log events carry it.
    std::uint64_t request_ = 0;

    struct presence_version {
        std::uint64_t next = 0;
        utc_time forget_at = never;
        /// When and why the last connection ended; why is not kept beyond the process.
        std::optional<utc_time> ended_at{};
        std::optional<disconnect_reason> reason{};
    };
    std::unordered_map<std::string, presence_version> presence_versions_;
    std::deque<std::pair<utc_time, std::string>> presence_to_forget_;

    /// Only where the profile counts them.
    struct {
        rates_by_name connects_of_client;
        rate connects;
        rate publishes;
        rate deliveries;
        rate directs;
        rate subscriptions;
        rates_by_name group_changes;
        rate queued;
        rate retained;
        rates_by_name retained_of_topic;
    } taken_;
    /// Of all sessions.
    std::size_t subscription_count_ = 0;
    /// Members of each shared group, by its whole filter.
    std::map<std::string, std::size_t, std::less<>> group_members_;

    // Memory that is used again for every message.
    tree_matches matches_;
    std::string matched_topic_;
    std::uint64_t matched_version_ = 0;
    std::vector<receiver> receivers_;
    std::vector<std::pair<std::size_t, std::uint32_t>> receiver_identifiers_;
    /// Connections that are ended when the step is done: others may be half way through it.
    std::vector<std::pair<connection_id, ending>> to_end_;
    /// Connections whose retained messages go on with the next turn.
    std::vector<connection_id> walking_;
    publish_encoder encoder_;
    std::string scratch_;
    std::string properties_scratch_;

    struct restoring_deleter {
        void operator()(restoring*) const;
    };
    std::unique_ptr<restoring, restoring_deleter> restoring_;
};

} // namespace cogniot::broker
