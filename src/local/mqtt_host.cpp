#include "local/mqtt_host.hpp"

#include "base/text.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace cogniot::local {
namespace {

broker::close_cause cause_of_end(error const& e, mqtt_host::transport how) {
    if (how == mqtt_host::transport::websocket &&
        e.code == make_error_code(net::errc::websocket_closed))
        return broker::close_cause::websocket_closed;
    if (e.code == make_error_code(net::errc::websocket_protocol_violation))
        return broker::close_cause::malformed;
    return broker::close_cause::lost;
}

} // namespace

struct mqtt_host::link {
    link(net::loop& l, net::stream_ptr s, broker::profile const& rules)
        : wake(l), stream(std::move(s)),
          in(mqtt::decoder::role::reads_from_client, rules.max_packet_bytes) {}

    net::signal wake;
    net::stream_ptr stream;
    mqtt::decoder in;
    broker::peer peer;
    transport how = transport::tcp;
    utc_time opened{};
    std::string client_id{};

    /// Allowed to leave: what the broker sent in turns that were committed.
    std::string out{};
    /// Sent by the broker in the turn in progress.
    std::string uncommitted{};
    std::size_t writing = 0;
    std::size_t unsent() const { return out.size() + uncommitted.size() + writing; }
    /// What of this link is counted in held_bytes_.
    std::size_t counted = 0;

    bool is_ready = false;
    bool is_touched = false;
    /// The broker was told so and waits for writable().
    bool is_congested = false;
    /// The broker knows of it.
    bool is_open = true;
    bool closes_after_flush = false;
    std::optional<utc_time> closing_since{};
    /// The network end is gone; told to the broker after the packets that came before.
    std::optional<broker::close_cause> ended{};
    std::string end_detail{};
};

mqtt_host::mqtt_host(net::loop& l, clock const& time, event_log& log, ledger& to,
                     cloud::world const& world, random_source& random, bool soft,
                     mqtt_limits limits)
    : loop_(l), clock_(time), log_(log), ledger_(to), limits_(limits),
      authoriser_(world, time, log, soft), broker_(authoriser_, *this, random), writers_(l),
      deadline_changed_(l) {}

mqtt_host::~mqtt_host() = default;

result<bool> mqtt_host::restore(std::string_view kind, std::string_view key,
                                std::string_view value) {
    auto taken = shadows_.restore(kind, key, value);
    if (!taken || *taken)
        return taken;
    return broker_.restore(kind, key, value);
}

void mqtt_host::restored() {
    // Sessions whose connections died with the last process begin to expire now.
    broker_.tick(clock_.now());
    shadows_.forget_deleted(clock_.now(), batch_);
    commit(clock_.now());
}

// Connections.

net::task<void> mqtt_host::run_connection(net::stream_ptr stream, broker::profile const& rules,
                                          std::shared_ptr<broker::principal const> who,
                                          transport how, std::string already_read) {
    auto const self = std::make_shared<link>(loop_, std::move(stream), rules);
    auto const remote = self->stream->remote();
    self->peer = {broker::connection_id{next_id_++}, &rules, std::move(who), remote.ip,
                  remote.port};
    self->how = how;
    self->opened = clock_.now();
    links_.emplace(static_cast<std::uint64_t>(self->peer.id), self);
    broker_.opened(self->peer, self->opened);
    self->in.append(already_read);
    writers_.spawn([this, self] { return run_writer(self); });
    mark_ready(self);

    while (!self->ended) {
        auto got = co_await self->stream->read_shared();
        if (!got) {
            self->ended = cause_of_end(got.error(), how);
            self->end_detail = got.error().message();
        } else if (got->empty()) {
            self->ended = broker::close_cause::lost;
            self->end_detail = "the peer closed its side";
        } else if (self->is_open) {
            self->in.append({got->data(), got->size()});
        }
        mark_ready(self);
    }
}

void mqtt_host::mark_ready(link_ptr const& which) {
    if (!which->is_ready) {
        which->is_ready = true;
        ready_.push_back(which);
    }
    schedule();
}

net::task<void> mqtt_host::run_writer(link_ptr self) {
    std::string writing;
    for (;;) {
        if (self->out.empty()) {
            if (self->closes_after_flush)
                break;
            bool const woken = co_await self->wake.wait();
            if (!woken && !self->closes_after_flush && self->out.empty())
                break; // cancelled: the process is ending
            continue;
        }
        writing.clear();
        std::swap(writing, self->out);
        self->writing = writing.size();
        auto const written = co_await self->stream->write(writing);
        self->writing = 0;
        if (self->is_congested || self->counted > limits_.fair_share_bytes) {
            touch(*self); // its share of held_bytes_ is counted anew
            schedule();
        }
        if (!written)
            break;
        if (writing.capacity() > 64 * 1024)
            std::string().swap(writing); // a burst must not stay with an idle connection
    }
    if (self->closes_after_flush)
        co_await self->stream->shutdown();
    else
        self->stream->abort();
}

// The turn.

void mqtt_host::schedule() {
    if (is_scheduled_)
        return;
    is_scheduled_ = true;
    // Posted, so that reads which are complete already join this turn.
    loop_.post([this, alive = std::weak_ptr<char>(alive_)] {
        if (!alive.expired())
            turn();
    });
}

void mqtt_host::turn() {
    is_scheduled_ = false;
    auto const now = clock_.now();
    std::vector<link_ptr> ready;
    ready.swap(ready_);
    for (auto const& one : ready)
        take_packets(*one, now);
    if (auto const due = broker_.next_deadline(); due && *due <= now)
        broker_.tick(now);
    if (now >= next_sweep_)
        sweep(now);
    // Those whose writes went through since the last turn; others may be touched meanwhile.
    for (auto const& one : std::vector<link_ptr>(touched_))
        if (one->is_congested && one->is_open && one->unsent() < limits_.congested_bytes / 2) {
            one->is_congested = false;
            broker_.writable(one->peer.id, now);
        }
    answer_shadow_requests(now);
    commit(now);
    flush();
    log_.flush();
    if (auto const due = broker_.next_deadline(); due && *due < armed_for_)
        deadline_changed_.notify();
}

void mqtt_host::take_packets(link& from, utc_time now) {
    from.is_ready = false;
    while (from.is_open) {
        auto packet = from.in.next();
        if (!packet) {
            end(from, broker::cause_of(packet.error()), packet.error().message(), now);
            break;
        }
        if (!*packet)
            break;
        if (auto const* connect = std::get_if<mqtt::connect>(&**packet); connect != nullptr)
            from.client_id = connect->client_id;
        broker_.received(from.peer.id, **packet, now);
    }
    if (from.in.pending() > 0 || from.counted > 0)
        touch(from);
    if (from.ended) {
        if (from.is_open) {
            broker_.closed(from.peer.id, *from.ended, from.end_detail, now);
            from.is_open = false;
        }
        // Nobody reads any more: what is left cannot be delivered.
        from.closes_after_flush = true;
        if (!from.closing_since)
            from.closing_since = now;
        from.out.clear();
        from.uncommitted.clear();
        touch(from);
        auto const found = links_.find(static_cast<std::uint64_t>(from.peer.id));
        if (found != links_.end()) {
            held_bytes_ -= from.counted;
            from.counted = 0;
            links_.erase(found);
        }
        from.wake.notify();
    }
}

/// Ends a connection from our side: the broker is told, what it sent before still leaves.
void mqtt_host::end(link& which, broker::close_cause cause, std::string_view detail, utc_time now) {
    if (!which.is_open)
        return;
    broker_.closed(which.peer.id, cause, detail, now);
    which.is_open = false;
    which.closes_after_flush = true;
    which.closing_since = now;
    touch(which);
}

void mqtt_host::answer_shadow_requests(utc_time now) {
    // An answer is published to clients only and asks for nothing itself: one pass is enough.
    auto const requests = std::exchange(shadow_requests_, {});
    for (auto const& one : requests)
        for (auto const& answer : shadows_.published(one.topic, one.payload, now, batch_))
            broker_.publish_from_service(answer.topic, answer.payload, mqtt::qos::at_least_once,
                                         now);
}

void mqtt_host::sweep(utc_time now) {
    next_sweep_ = now + limits_.sweep_interval;
    shadows_.forget_deleted(now, batch_);
    std::vector<link_ptr> all;
    all.reserve(links_.size());
    for (auto const& [id, one] : links_)
        all.push_back(one);
    for (auto const& one : all) {
        if (one->how == transport::websocket && now - one->opened >= limits_.websocket_life)
            end(*one, broker::close_cause::websocket_expired, "open for 24 hours", now);
        if (one->closing_since && now - *one->closing_since >= limits_.closing_timeout)
            one->stream->abort();
    }
}

bool mqtt_host::commit(utc_time now) {
    // Closing connections below may make the broker want further records; they are a batch of
    // their own, which is owed to the ledger if it fails, too.
    auto const batch = std::exchange(batch_, {});
    auto const done = ledger_.commit(batch);
    if (done)
        return true;
    log_.write_own(
        "SERVER_ERROR",
        std::to_string(ledger_.owed()) +
            " records could not be stored, the connections that wait for it are closed: " +
            done.error().message(),
        now);
    auto const touched = touched_;
    for (auto const& one : touched) {
        if (one->uncommitted.empty())
            continue;
        one->uncommitted.clear();
        end(*one, broker::close_cause::server_error, "the disk refused the batch", now);
        one->uncommitted.clear();
    }
    if (!batch_.empty())
        (void)ledger_.commit(std::exchange(batch_, {}));
    return false;
}

void mqtt_host::flush() {
    auto const touched = std::exchange(touched_, {});
    for (auto const& one : touched) {
        one->is_touched = false;
        if (!one->uncommitted.empty()) {
            if (one->out.empty())
                one->out.swap(one->uncommitted);
            else
                one->out += one->uncommitted;
            one->uncommitted.clear();
        }
        bool const is_known = links_.contains(static_cast<std::uint64_t>(one->peer.id));
        auto const holds = is_known ? one->out.size() + one->writing + one->in.pending() : 0;
        held_bytes_ = held_bytes_ - one->counted + holds;
        one->counted = holds;
        bool const too_slow = one->out.size() + one->writing > limits_.max_unsent_bytes;
        bool const unfair =
            held_bytes_ > limits_.max_held_bytes && holds > limits_.fair_share_bytes;
        if (too_slow || unfair) {
            // The broker learns of it in the next turn, when the reading side has ended.
            one->out.clear();
            one->stream->abort();
        }
        if (!one->out.empty() || one->closes_after_flush)
            one->wake.notify();
    }
}

void mqtt_host::touch(link& which) {
    if (which.is_touched)
        return;
    which.is_touched = true;
    if (auto const found = links_.find(static_cast<std::uint64_t>(which.peer.id));
        found != links_.end())
        touched_.push_back(found->second);
    else
        which.is_touched = false;
}

mqtt_host::link* mqtt_host::find(broker::connection_id id) {
    auto const found = links_.find(static_cast<std::uint64_t>(id));
    return found == links_.end() ? nullptr : found->second.get();
}

// Effects.

void mqtt_host::send(broker::connection_id to, std::string_view packets) {
    if (auto* one = find(to); one != nullptr) {
        one->uncommitted += packets;
        touch(*one);
    }
}

void mqtt_host::close(broker::connection_id which) {
    if (auto* one = find(which); one != nullptr) {
        one->is_open = false;
        one->closes_after_flush = true;
        one->closing_since = clock_.now();
        touch(*one);
    }
}

bool mqtt_host::is_congested(broker::connection_id which) {
    auto* one = find(which);
    if (one == nullptr || one->unsent() < limits_.congested_bytes)
        return false;
    one->is_congested = true;
    return true;
}

void mqtt_host::persist(record r) {
    batch_.push_back(std::move(r));
}

void mqtt_host::log(broker::log_event const& e) {
    if (e.success && !log_.wants_success(e.event_type))
        return;
    if (e.request == 0 || e.request != logged_request_)
        log_.begin_request();
    logged_request_ = e.request;
    boost::json::object fields{{"protocol", "MQTT"}};
    if (!e.topic.empty())
        fields["topicName"] = e.topic;
    if (!e.filters.empty()) {
        boost::json::array subscriptions;
        for (std::size_t i = 0; i < e.filters.size() && i < e.codes.size(); ++i)
            subscriptions.push_back(boost::json::object{{"topicName", e.filters[i].filter},
                                                        {"reasonCode", e.codes[i]}});
        fields["subscriptions"] = std::move(subscriptions);
    }
    fields["clientId"] = e.client_id;
    if (e.event_type == "Queued")
        fields["qos"] = std::to_string(static_cast<int>(e.level));
    if (e.from.who)
        fields["principalId"] = e.from.who->identifier();
    if (!e.from.source_ip.empty()) {
        fields["sourceIp"] = e.from.source_ip;
        fields["sourcePort"] = e.from.source_port;
    }
    if (e.retain)
        fields["retain"] = "True";
    if (!e.reason.empty())
        fields["reason"] = e.reason;
    if (!e.details.empty())
        fields["details"] = e.details;
    if (!e.disconnect_reason.empty())
        fields["disconnectReason"] = e.disconnect_reason;
    if (!e.explanation.empty())
        fields["explanation"] = e.explanation;
    if (!e.because.empty())
        add_reasons(fields, e.because);
    log_.write(e.event_type, e.success, std::move(fields), clock_.now());
}

void mqtt_host::published(broker::peer const&, std::string_view topic, std::string_view payload) {
    if (topic.starts_with("$aws/things/"))
        shadow_requests_.push_back({std::string(topic), std::string(payload)});
}

// Time and end.

net::task<void> mqtt_host::run_timers() {
    for (;;) {
        auto wait = std::chrono::milliseconds(std::chrono::seconds(30));
        auto const now = clock_.now();
        if (auto const due = broker_.next_deadline())
            wait =
                std::min(wait, std::chrono::duration_cast<std::chrono::milliseconds>(*due - now));
        if (!links_.empty())
            wait = std::min(wait, limits_.sweep_interval);
        wait = std::max(wait, std::chrono::milliseconds(1));
        armed_for_ = now + wait;
        bool const woken = co_await deadline_changed_.wait(wait);
        if (is_stopping_)
            co_return;
        if (!woken)
            schedule();
    }
}

net::task<void> mqtt_host::stop() {
    is_stopping_ = true;
    deadline_changed_.notify();
    auto const now = clock_.now();
    std::vector<link_ptr> all;
    for (auto const& [id, one] : links_)
        all.push_back(one);
    for (auto const& one : all)
        end(*one, broker::close_cause::server_shutdown, "the local cloud is stopping", now);
    turn();
    for (int i = 0; i < 20 && writers_.size() > 0; ++i)
        co_await net::sleep_for(std::chrono::milliseconds(10));
    writers_.cancel();
    for (auto const& one : all)
        one->stream->abort();
    co_await writers_.join();
}

boost::json::array mqtt_host::describe_connections() const {
    boost::json::array list;
    for (auto const& [id, one] : links_) {
        boost::json::object entry{
            {"clientId", one->client_id},
            {"transport", one->how == transport::websocket ? "websocket" : "tcp"},
            {"profile", one->peer.rules->aws ? "aws" : "standard"},
            {"sourceIp", one->peer.source_ip},
            {"sourcePort", one->peer.source_port},
            {"connectedSince", print_extended(one->opened)}};
        if (one->peer.who)
            entry["principalId"] = one->peer.who->identifier();
        if (auto const* known = dynamic_cast<mqtt_principal const*>(one->peer.who.get());
            known != nullptr && known->who().from_identity_pool())
            entry["identityId"] = known->who().identity_id;
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace cogniot::local
