// One turn: what has arrived goes to the broker, what it wants kept is committed, and only then do
// its packets leave.
#include "base/duration.hpp"
#include "local/mqtt_host.hpp"
#include "local/mqtt_host_link.hpp"
#include "local/mqtt_log.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cogniot::local {
namespace {

/// Whether what this packet is answered with rests on what was kept before, so that it must not be
/// said while that is owed to the disk. A QoS 1 PUBLISH rests on its own records alone.
bool rests_on_the_past(mqtt::packet const& p) {
    if (auto const* const one = std::get_if<mqtt::publish>(&p))
        return one->level == mqtt::qos::exactly_once;
    if (auto const* const one = std::get_if<mqtt::ack>(&p))
        return one->type != mqtt::ack_type::puback;
    return std::holds_alternative<mqtt::subscribe>(p) ||
           std::holds_alternative<mqtt::unsubscribe>(p);
}

} // namespace

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
    let_policies_take_effect(now);
    std::vector<link_ptr> ready;
    ready.swap(ready_);
    for (auto const& one : ready)
        if (!one->ended)
            serve(one);
    if (auto const due = broker_.next_deadline(); due && *due <= now)
        broker_.tick(now);
    if (now >= next_sweep_)
        sweep(now);
    if (faults_)
        do_faults(now);
    // Those whose writes went through since the last turn; others may be touched meanwhile.
    for (auto const& one : std::vector<link_ptr>(touched_))
        if (one->is_congested && one->is_open && one->unsent() < limits_.congested_bytes / 2) {
            one->is_congested = false;
            broker_.writable(one->peer.id, now);
        }
    finish_turn(now);
}

bool mqtt_host::finish_turn(utc_time now) {
    answer_shadow_requests(now);
    bool const is_durable = commit(now);
    log_.flush(); // who is answered finds the lines about it
    flush();
    log_.flush();
    if (auto const due = next_deadline(); due && *due < armed_for_)
        deadline_changed_.notify();
    return is_durable;
}

/// Late policies take effect at an instant of their own: nothing may be remembered beyond it.
void mqtt_host::let_policies_take_effect(utc_time now) {
    if (lag_.is_empty())
        return;
    lag_.forget(now);
    authoriser_.forget_decisions();
}

void mqtt_host::take_packets(link& from, std::string_view bytes, utc_time now) {
    let_policies_take_effect(now);
    from.in.append(bytes);
    while (from.is_open) {
        auto const is_whole = from.in.next(packet_);
        if (!is_whole) {
            end(from, broker::cause_of(is_whole.error()), is_whole.error().message(), now);
            break;
        }
        if (!*is_whole)
            break;
        if (auto const* connect = std::get_if<mqtt::connect>(&packet_); connect != nullptr)
            from.client_id = connect->client_id;
        auto const kept = batch_.size();
        from.rests_on_batch |= ledger_.owed() > 0 && rests_on_the_past(packet_);
        auto const before = from.out.size();
        if (!faults_ || faults_->arrives(seen(from), packet_, from.out, now))
            broker_.received(from.peer.id, packet_, now);
        from.rests_on_batch |= batch_.size() != kept;
        if (!faults_)
            continue;
        if (from.out.size() != before)
            touch(from);
        end_faulted(now);
    }
    from.in.release();
    if (from.in.pending() > 0 || from.counted > 0 || from.rests_on_batch)
        touch(from);
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
    if (requests.empty())
        return;
    // What arrived together on one connection is in flight together.
    std::map<std::pair<broker::connection_id, std::string>, std::uint32_t> in_flight;
    for (auto const& one : requests) {
        auto const asked = shadow::parse_request_topic(one.topic);
        if (!asked)
            continue;
        auto const together = ++in_flight[{one.from, asked->of.thing}];
        auto const most = settings_.services.shadow_requests_in_flight;
        bool const may_ask =
            may_ask_shadow(asked->of.thing, now) && (most == 0 || together <= most);
        auto const done = may_ask ? shadows_.ask(*asked, one.payload, now, batch_)
                                  : shadow_service::refuse_throttled(*asked, one.payload);
        auto const* const who = dynamic_cast<mqtt_principal const*>(one.who.get());
        write_shadow_event(log_, done, one.topic, who != nullptr ? who->region() : std::string(),
                           one.request, now);
        tell_shadow(done, one.request, now);
    }
}

void mqtt_host::tell_shadow(shadow_outcome const& done, std::uint64_t request, utc_time now) {
    tells_state_ = true;
    for (auto const& answer : done.messages)
        broker_.publish_from_service(answer.topic, answer.payload, mqtt::qos::at_least_once,
                                     request, now);
    tells_state_ = false;
}

void mqtt_host::sweep(utc_time now) {
    next_sweep_ = now + limits_.sweep_interval;
    shadows_.forget_deleted(now, batch_);
    std::vector<link_ptr> all;
    all.reserve(links_.size());
    for (auto const& [id, one] : links_)
        all.push_back(one);
    for (auto const& one : all) {
        if (one->how == transport::websocket &&
            now - one->opened >= settings_.services.websocket_life)
            end(*one, broker::close_cause::websocket_expired,
                "open for " + print_duration(settings_.services.websocket_life), now);
        if (one->closing_since && now - *one->closing_since >= limits_.closing_timeout) {
            lose(*one, broker::close_cause::lost, "it does not take what was sent last", now);
            drop(*one);
        }
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
        if (!one->rests_on_batch || one->out.size() == one->committed)
            continue;
        // A client that has had no CONNACK takes no DISCONNECT (MQTT 5, 3.14).
        auto const is_connecting = (one->out[one->committed] & 0xF0) == 0x20;
        one->out.resize(one->committed);
        end(*one, broker::close_cause::server_error, "the disk refused the batch", now);
        if (is_connecting)
            one->out.resize(one->committed);
    }
    if (!batch_.empty())
        (void)ledger_.commit(std::exchange(batch_, {}));
    return false;
}

void mqtt_host::flush() {
    auto const touched = std::exchange(touched_, {});
    turn_bytes_ = 0;
    // All of them first: what the endings below make the broker send is the next turn's.
    for (auto const& one : touched) {
        one->is_touched = false;
        one->rests_on_batch = false;
        one->committed = one->out.size();
    }
    for (auto const& one : touched) {
        if (!one->ended && one->may_send())
            leave(one);
        if (one->ended)
            continue;
        count(*one);
        bool const too_slow = one->unsent() > limits_.max_unsent_bytes;
        bool const unfair = held_bytes_ > limits_.max_held_bytes && one->counted > fair_share();
        if (too_slow || unfair) {
            lose(*one, broker::close_cause::lost, "it does not read what is sent", clock_.now());
            drop(*one);
        } else if (one->closes_after_flush && !one->may_send()) {
            say_goodbye(one);
        } else if (one->is_congested && one->unsent() < limits_.congested_bytes / 2) {
            touch(*one); // the next turn tells the broker that there is room again
        }
    }
    if (!touched_.empty() || !batch_.empty())
        schedule();
}

std::uint32_t mqtt_host::bytes_per_second(link const& of) const {
    return of.peer.rules->aws ? settings_.services.connection_bytes_per_second : 0;
}

/// Writes what may leave: now, or as late as a fault or the connection's pace has it.
void mqtt_host::leave(link_ptr const& one) {
    if (one->writes_later)
        return;
    if (faults_)
        return leave_after(one, faults_->latency(seen(*one), clock_.now()));
    if (bytes_per_second(*one) == 0)
        return write(*one);
    auto const pause = one->pace.wait(clock_.now());
    if (pause.count() == 0)
        write(*one);
    if (!one->ended && one->may_send())
        if (auto const rest = one->pace.wait(clock_.now()); rest.count() > 0)
            leave_after(one, rest);
}

void mqtt_host::leave_after(link_ptr const& one, std::chrono::milliseconds pause) {
    one->writes_later = true;
    goodbyes_.spawn([this, one, pause] { return leave_later(one, pause); });
}

/// Writes what may leave, as far as it goes.
void mqtt_host::write(link& to) {
    auto most = to.committed - to.gone;
    auto const limit = bytes_per_second(to);
    if (limit != 0)
        most = std::min(most, to.pace.room(limit, clock_.now()));
    auto const sent = to.wire->give(std::string_view(to.out).substr(to.gone, most));
    if (!sent) {
        lose(to, broker::close_cause::lost, sent.error().message(), clock_.now());
        drop(to);
        return schedule();
    }
    if (limit != 0)
        to.pace.take(*sent, limit, clock_.now());
    to.gone += *sent;
    if (to.gone == to.out.size()) {
        constexpr std::size_t most_spare = 64, spare_bytes = 64 * 1024;
        to.out.clear();
        if (spare_.size() < most_spare && to.out.capacity() <= spare_bytes)
            spare_.push_back(std::move(to.out));
        std::string().swap(to.out);
        to.gone = to.committed = 0;
    } else if (to.gone > to.out.size() / 2) {
        to.out.erase(0, to.gone);
        to.committed -= std::exchange(to.gone, 0);
    }
}

void mqtt_host::count(link& of) {
    auto const holds = of.unsent() + of.in.pending();
    held_bytes_ = held_bytes_ - of.counted + holds;
    of.counted = holds;
}

std::size_t mqtt_host::fair_share() const {
    return std::min(limits_.fair_share_bytes,
                    limits_.max_held_bytes / std::max<std::size_t>(1, links_.size()));
}

void mqtt_host::touch(link& which) {
    if (which.is_touched || which.ended)
        return;
    which.is_touched = true;
    touched_.push_back(which.shared_from_this());
}

mqtt_host::link* mqtt_host::find(broker::connection_id id) {
    auto const found = links_.find(static_cast<std::uint64_t>(id));
    return found == links_.end() ? nullptr : found->second.get();
}

// What the broker asks for.

void mqtt_host::send(broker::connection_id to, std::string_view packets) {
    auto* const one = find(to);
    if (one == nullptr)
        return;
    if (one->out.empty() && !spare_.empty()) {
        one->out = std::move(spare_.back());
        spare_.pop_back();
    }
    auto const before = one->out.size();
    if (faults_)
        faults_->leaves(seen(*one), packets, one->out, clock_.now());
    else
        one->out += packets;
    turn_bytes_ += one->out.size() - std::min(before, one->out.size());
    one->rests_on_batch |= tells_state_;
    touch(*one);
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
    auto* const one = find(which);
    if (one == nullptr)
        return false;
    bool const is_full = held_bytes_ + turn_bytes_ > limits_.max_held_bytes;
    if (one->unsent() < (is_full ? fair_share() : limits_.congested_bytes))
        return false;
    one->is_congested = true;
    return true;
}

void mqtt_host::persist(record r) {
    batch_.push_back(std::move(r));
}

bool mqtt_host::read_back(std::string_view kind, std::string_view from, std::string_view to,
                          std::function<bool(std::string_view, std::string_view)> const& each) {
    // What the turn has changed so far must be there; if it fails, it is owed and the end of the
    // turn finds out.
    auto const batch = std::exchange(batch_, {});
    return ledger_.commit(batch) && ledger_.store().read(kind, from, to, each);
}

void mqtt_host::log(broker::log_event const& e) {
    last_request_ = e.request;
    auto* const about = find(e.from.id);
    auto& subject = about != nullptr ? about->subject : last_subject_;
    if (!fault_explanation_.empty() && e.event_type == "Disconnect") {
        auto told = e;
        told.explanation = fault_explanation_;
        return write_broker_event(log_, told, subject, clock_.now());
    }
    write_broker_event(log_, e, subject, clock_.now());
}

void mqtt_host::published(broker::peer const& from, std::string_view topic,
                          std::string_view payload) {
    // Its Publish-In was logged just before.
    if (topic.starts_with("$aws/things/"))
        shadow_requests_.push_back(
            {std::string(topic), std::string(payload), from.who, from.id, last_request_});
}

} // namespace cogniot::local
