// The life of one MQTT connection and its successors: connect, keep alive, reconnect, and an end
// for every publish. Pure: time and random numbers are arguments, the shell (mqtt_link.hpp) obeys.
//
// @source MQTT 3.1.1; spec iot-broker 2.2, 4.6, 8.2; AWS SDKs reference guide, "Retry behavior"
#pragma once

#include "base/random_source.hpp"
#include "client/link_values.hpp"
#include "client/outgoing.hpp"
#include "client/subscriptions.hpp"

namespace cogniot::client {

class link_machine {
  public:
    enum class state {
        /// Nothing was asked yet. Exits: opening (started), ended (stop asked).
        idle,
        /// The shell opens a transport. Exits: greeting (opened), waiting (failed), ended (refused
        /// too often, hopeless, stop asked).
        opening,
        /// CONNECT is sent. Exits: connected (CONNACK 0), waiting (closed, no answer in time),
        /// ended (refused too often, stop asked).
        greeting,
        /// CONNACK has come. Exits: waiting (closed, ping not answered, protocol broken), ended
        /// (taken over again and again, stop asked).
        connected,
        /// Until the next attempt. Exits: opening (timer), ended (stop asked).
        waiting,
        /// Over; end_reason() says why. No exits.
        ended,
    };

    link_machine(link_settings settings, random_source& random);
    link_machine(link_machine const&) = delete;
    link_machine& operator=(link_machine const&) = delete;

    /// One thing happened at `now`; appends what must be done. `now` never goes back.
    void apply(link_event const&, instant now, link_effects&);
    /// When timer_fired is due at the latest; nothing = only another event can change anything.
    std::optional<instant> deadline() const;

    state at() const { return state_; }
    /// Why it ended.
    error const& end_reason() const { return end_reason_; }
    link_settings const& settings() const { return settings_; }

  private:
    void on(happened::started const&, instant, link_effects&);
    void on(happened::stop_asked const&, instant, link_effects&);
    void on(happened::transport_opened const&, instant, link_effects&);
    void on(happened::transport_failed const&, instant, link_effects&);
    void on(happened::transport_closed const&, instant, link_effects&);
    void on(happened::message_taken const&, instant, link_effects&);
    void on(happened::publish_asked const&, instant, link_effects&);
    void on(happened::subscribe_asked const&, instant, link_effects&);
    void on(happened::unsubscribe_asked const&, instant, link_effects&);
    void on(happened::cut_asked const&, instant, link_effects&);
    void on(happened::timer_fired const&, instant, link_effects&);
    void on(mqtt::packet const*, instant, link_effects&);

    void on_connack(mqtt::connack const&, instant, link_effects&);
    void open(instant, link_effects&);
    /// Sends whatever may be sent in the present state.
    void flush(instant, link_effects&);
    void send_ping(std::string& bytes, instant);
    /// What holds back a message that has not left.
    std::string why_unsent() const;
    /// The connection was lost while connected.
    void lost(error why, ended_by, instant, link_effects&);
    void refused(error why, instant, link_effects&);
    /// No connection for a reason that time may mend.
    void unreachable(error why, instant, link_effects&);
    void wait_and_retry(error why, instant, link_effects&);
    /// @param unsent  how publishes end that never left
    void end(error why, publish_outcome::kind unsent, link_effects&);
    /// Notes a connection that died early without a culprit. @return true if it was one too many
    enum class suspects { none, on_trial, one_guilty };
    bool was_taken_over_too_often(instant, suspects);

    link_settings const settings_;
    random_source& random_;
    packet_ids ids_;
    outgoing outgoing_;
    subscriptions subscriptions_;

    state state_ = state::idle;
    error end_reason_{};
    /// Why there is no connection now; no code when there is one, or at first.
    error last_failure_{};
    /// Grows with each wait, back to 0 when a connection proved good.
    unsigned backoff_step_ = 0;
    unsigned attempt_ = 0;
    unsigned refusals_in_a_row_ = 0;
    unsigned failures_at_first_ = 0;
    bool was_ever_connected_ = false;
    std::optional<instant> last_connect_at_;
    instant connected_at_{};
    /// waiting: the next attempt; greeting: CONNACK at the latest.
    instant next_step_at_{};
    instant last_sent_at_{};
    std::optional<instant> ping_sent_at_;
    /// Connections in a row that died early without anything to blame.
    unsigned unexplained_drops_ = 0;
    /// The last connection died early with suspects; if all prove innocent it counts too.
    bool drop_under_trial_ = false;
};

} // namespace cogniot::client
