// Where MQTT connections meet the broker core, and where durability is decided.
//
// Each turn of the loop: everything that has arrived on any connection is decoded and given to the
// broker; what it wants kept is committed in one transaction; only then do its packets leave, one
// write per connection. If the commit fails, nothing of the turn is acknowledged.
// One thread (the loop's). @source docs/design.md, "A packet, as the broker sees it"
#pragma once

#include "broker/broker.hpp"
#include "broker/rate.hpp"
#include "cloud/iot_data/messaging.hpp"
#include "local/broker_authoriser.hpp"
#include "local/clock.hpp"
#include "local/event_log.hpp"
#include "local/faults/mqtt_faults.hpp"
#include "local/ledger.hpp"
#include "local/settings.hpp"
#include "local/shadow_service.hpp"
#include "mqtt/codec.hpp"
#include "net/io_threads.hpp"
#include "net/stream.hpp"
#include "net/task.hpp"

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cogniot::local {

struct log_subject;

/// Bounds on what slow or hostile peers can make us hold.
struct mqtt_limits {
    /// Waiting to be sent on one connection: beyond it QoS 0 messages to it are better dropped.
    std::size_t congested_bytes = 1 << 20;
    /// Waiting to be sent on one connection: beyond it the reader is too slow and is cut off. More
    /// than one of the largest packets: it may always leave.
    std::size_t max_unsent_bytes = 24 << 20;
    /// Waiting on all connections together, sent and unsent: beyond it, those with more than
    /// `fair_share_bytes`, or their part of the whole if that is less, are cut off.
    std::size_t max_held_bytes = 48 << 20;
    std::size_t fair_share_bytes = 256 << 10;
    /// How long a connection that is to be closed may take to accept its last packets.
    std::chrono::seconds closing_timeout{5};
    /// How often the limits are looked at that no packet triggers.
    std::chrono::milliseconds sweep_interval{5'000};
};

class mqtt_host final : public cloud::iot_data::messaging, private broker::effects {
  public:
    /// @param io_threads  so many threads carry the connections: system calls, TLS, WebSocket
    ///                    frames; 0 = that is this thread's work, too
    mqtt_host(net::loop&, clock const&, event_log&, ledger&, cloud::world&, random_source&,
              settings const&, bool soft, unsigned io_threads = 0, mqtt_limits = {});
    ~mqtt_host() override;

    /// Puts back one record at start; false if it belongs to nobody here.
    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);
    /// Called once, after the last restore().
    void restored();

    enum class transport { tcp, websocket };
    /// Takes a connection over: it is served until it ends, which is not waited for.
    net::task<void> run_connection(net::stream_ptr, broker::profile const&,
                                   std::shared_ptr<broker::principal const>, transport,
                                   std::string already_read);
    /// Keeps deadlines until the group is cancelled.
    net::task<void> run_timers();
    /// What is due now is found out at once instead of when it would have been.
    /// @param back  by how much the clock was set back, if it was
    void clock_moved(std::chrono::milliseconds back = {});
    /// There are other fault rules than before. The plan outlives the host.
    void faults_changed(fault_plan&);
    /// Ends the connections of certificates (ARNs) that are not active any more.
    void end_devices(std::vector<std::string> const& certificates);
    /// A call of an API was answered: policies, attachments or things may be others than before.
    void world_changed() { authoriser_.forget_decisions(); }
    /// Publishes wills and ends every connection.
    net::task<void> stop();

    // AWS IoT's data plane (mqtt_data_plane.cpp): each call is a turn of its own.
    cloud::outcome<void> publish(cloud::call const&, cloud::iot_data::publication const&) override;
    cloud::outcome<std::optional<cloud::confirmation_id>>
    send_directly(cloud::call const&, cloud::iot_data::direct_message const&) override;
    /// Waits for what send_directly() named: to be called once, by the call that got it. Ends early
    /// when `asker`, whose call it is, hangs up.
    net::task<cloud::outcome<void>> wait_for(cloud::confirmation_id, net::stream& asker);
    cloud::outcome<std::string> ask_shadow(cloud::call const&, shadow::operation,
                                           shadow::shadow_id const&,
                                           std::string_view payload) override;
    std::vector<std::string> shadow_names(std::string_view thing) const override;
    std::optional<cloud::iot_data::retained_message> find_retained(std::string_view topic,
                                                                   utc_time now) const override;
    std::vector<cloud::iot_data::retained_summary>
    list_retained(std::string_view after, std::size_t limit, utc_time now) const override;
    cloud::outcome<void> admit(cloud::call const&, std::string_view operation,
                               std::string_view client_id) override;
    std::optional<cloud::iot_data::client> find_client(std::string_view client_id,
                                                       utc_time now) const override;
    cloud::outcome<void> disconnect(cloud::call const&, std::string_view client_id,
                                    bool clean_session, bool with_will) override;

    std::size_t connection_count() const { return links_.size(); }
    /// For the status page: one object a connection.
    boost::json::array describe_connections() const;

  private:
    struct link;
    using link_ptr = std::shared_ptr<link>;

    // Effects that the broker asks for.
    void send(broker::connection_id, std::string_view packets) override;
    void close(broker::connection_id) override;
    void persist(record) override;
    bool can_read_back() const override { return ledger_.store().keeps(); }
    bool read_back(std::string_view kind, std::string_view from, std::string_view to,
                   std::function<bool(std::string_view, std::string_view)> const& each) override;
    void log(broker::log_event const&) override;
    bool holds_back(broker::presence_event const&) override;
    void direct_ended(broker::direct_id, broker::direct_fault) override;
    bool is_congested(broker::connection_id) override;
    void published(broker::peer const&, std::string_view topic, std::string_view payload) override;

    void mark_ready(link_ptr const&);
    void schedule();
    void turn();
    /// What a turn ends with: services answer, all of it is committed, and packets leave.
    /// @return false if it could not be made durable
    bool finish_turn(utc_time now);
    void serve(link_ptr const&);
    void take_packets(link&, std::string_view bytes, utc_time now);
    void lose(link&, broker::close_cause, std::string detail, utc_time now);
    void drop(link&);
    void end(link&, broker::close_cause, std::string_view detail, utc_time now);
    /// What the fault layer wants done to connections, and what it held back.
    void do_faults(utc_time now);
    void end_faulted(utc_time now);
    static mqtt_faults::connection seen(link const&);
    /// When something is due in the broker or in the fault layer.
    std::optional<utc_time> next_deadline() const;
    void answer_shadow_requests(utc_time now);
    /// Publishes what a shadow's change makes everybody hear.
    void tell_shadow(shadow_outcome const&, std::uint64_t request, utc_time now);
    void let_policies_take_effect(utc_time now);
    bool may_ask_shadow(std::string_view thing, utc_time now);
    void sweep(utc_time now);
    bool commit(utc_time now);
    void flush();
    void touch(link&);
    link* find(broker::connection_id);
    void leave(link_ptr const&);
    void leave_after(link_ptr const&, std::chrono::milliseconds);
    void write(link&);
    /// How many bytes a second may go over this connection; 0: any number.
    std::uint32_t bytes_per_second(link const&) const;
    net::task<void> leave_later(link_ptr, std::chrono::milliseconds);
    net::task<void> read_later(link_ptr, std::chrono::milliseconds);
    void count(link&);
    void say_goodbye(link_ptr const&);
    std::size_t fair_share() const;

    net::loop& loop_;
    clock const& clock_;
    event_log& log_;
    ledger& ledger_;
    cloud::policy_lag& lag_;
    mqtt_limits limits_;
    settings const& settings_;
    broker_authoriser authoriser_;
    shadow_service shadows_;
    broker::rates_by_name shadow_requests_of_thing_;
    broker::rates_by_name connection_calls_;
    broker::broker broker_;
    /// Outlives the links.
    net::io_threads threads_;
    net::task_group goodbyes_;
    net::signal deadline_changed_;

    /// Direct messages whose callers wait, and what became of them.
    struct direct_wait;
    std::unordered_map<std::uint64_t, std::shared_ptr<direct_wait>> direct_waits_;

    std::unordered_map<std::uint64_t, link_ptr> links_;
    std::uint64_t next_id_ = 1;
    bool is_scheduled_ = false;
    bool is_stopping_ = false;
    utc_time next_sweep_{};
    /// When run_timers() looks again at the latest.
    utc_time armed_for_{};
    /// Outlived by turns that were posted and not run.
    std::shared_ptr<char> alive_ = std::make_shared<char>();
    /// Of all links: what was counted last, and what was sent since.
    std::size_t held_bytes_ = 0;
    std::size_t turn_bytes_ = 0;
    /// broker::log_event::request of the last event.
    std::uint64_t last_request_ = 0;
    /// Of the last event that was about no connection.
    std::shared_ptr<log_subject const> last_subject_{};

    /// Null while there is no rule for it: packets then go their way without it.
    std::unique_ptr<mqtt_faults> faults_;
    fault_plan* fault_plan_ = nullptr;
    /// Why a connection is being ended: the explanation of the log lines about it.
    std::string_view fault_explanation_{};

    // Of the turn in progress.
    /// What is sent now tells of shadows, which may be owed to the disk.
    bool tells_state_ = false;
    std::vector<link_ptr> ready_;
    std::vector<link_ptr> touched_;
    std::vector<record> batch_;
    mqtt::packet packet_;
    /// Buffers that no link needs at present.
    std::vector<std::string> spare_;
    struct shadow_request {
        std::string topic;
        std::string payload;
        std::shared_ptr<broker::principal const> who;
        broker::connection_id from{};
        std::uint64_t request = 0;
    };
    std::vector<shadow_request> shadow_requests_;
};

} // namespace cogniot::local
