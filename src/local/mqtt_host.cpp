// Connections: their beginning, reading, writing, their end, and the clock that wakes the turn.
#include "local/mqtt_host.hpp"

#include "local/mqtt_host_link.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cassert>
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

mqtt_host::mqtt_host(net::loop& l, clock const& time, event_log& log, ledger& to,
                     cloud::world& world, random_source& random, settings const& chosen, bool soft,
                     unsigned io_threads, mqtt_limits limits)
    : loop_(l), clock_(time), log_(log), ledger_(to), lag_(world.lag), limits_(limits),
      settings_(chosen), authoriser_(world, time, log, soft), shadows_(chosen.services.shadow),
      broker_(authoriser_, *this, random, chosen.broker), threads_(l, io_threads), goodbyes_(l),
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
    assert(net::find_watched(*stream) != nullptr);
    auto const remote = stream->remote();
    auto const self = std::make_shared<link>(*this, threads_.carry(std::move(stream)), rules);
    self->peer = {broker::connection_id{next_id_++}, &rules, std::move(who), remote.ip,
                  remote.port};
    self->how = how;
    self->opened = clock_.now();
    auto const watched = self->wire->watch(*self);
    if (!watched)
        co_return; // it closes with its stream: the system has no room for it
    links_.emplace(static_cast<std::uint64_t>(self->peer.id), self);
    broker_.opened(self->peer, self->opened);
    if (!already_read.empty())
        take_packets(*self, already_read, self->opened);
    if (self->wire->has_more())
        mark_ready(self);
    schedule();
}

void mqtt_host::mark_ready(link_ptr const& which) {
    if (!which->is_ready) {
        which->is_ready = true;
        ready_.push_back(which);
    }
    schedule();
}

/// Reads and writes what is possible now.
void mqtt_host::serve(link_ptr const& one) {
    auto const now = clock_.now();
    one->is_ready = false;
    if (one->may_send()) {
        leave(one);
        touch(*one);
    }
    // A few reads, so that one connection cannot hold up the others.
    constexpr int most_reads = 4;
    bool has_more = !one->reads_later;
    for (int reads = 0; has_more && !one->ended && reads < most_reads; ++reads) {
        auto const got = one->wire->take();
        if (!got) {
            auto const why = cause_of_end(got.error(), one->how);
            has_more = false;
            // Who has only ended its own side still reads: what it asked before is answered.
            if (got.error().code == make_error_code(net::errc::end_of_stream) && one->unsent() > 0)
                end(*one, why, got.error().message(), now);
            else
                lose(*one, why, got.error().message(), now);
            break;
        }
        if (one->is_open && !got->empty())
            take_packets(*one, {got->data(), got->size()}, now);
        has_more = one->wire->has_more();
        auto const limit = bytes_per_second(*one);
        if ((!faults_ && limit == 0) || got->empty())
            continue;
        std::chrono::milliseconds pause{};
        if (limit != 0) {
            one->pace.take(got->size(), limit, now);
            pause = one->pace.wait(now);
        }
        if (faults_)
            pause = std::max(pause, faults_->transfer_time(seen(*one), got->size(), now));
        if (pause.count() > 0) {
            one->reads_later = true;
            has_more = false;
            goodbyes_.spawn([this, one, pause] { return read_later(one, pause); });
        }
    }
    if (one->ended)
        drop(*one);
    else if (has_more)
        mark_ready(one);
    schedule();
}

/// The network end is gone.
void mqtt_host::lose(link& which, broker::close_cause why, std::string detail, utc_time now) {
    if (which.ended)
        return;
    which.ended = why;
    if (std::exchange(which.is_open, false))
        broker_.closed(which.peer.id, why, detail, now);
}

/// Nobody is there any more: what is left cannot be delivered.
void mqtt_host::drop(link& which) {
    which.wire->abort();
    held_bytes_ -= std::exchange(which.counted, 0);
    links_.erase(static_cast<std::uint64_t>(which.peer.id));
    if (faults_)
        faults_->forget(which.peer.id);
}

/// All has left that was to leave.
void mqtt_host::say_goodbye(link_ptr const& one) {
    held_bytes_ -= std::exchange(one->counted, 0);
    links_.erase(static_cast<std::uint64_t>(one->peer.id));
    if (faults_)
        faults_->forget(one->peer.id);
    one->ended = broker::close_cause::lost;
    one->wire->unwatch();
    goodbyes_.spawn([one] { return one->wire->shutdown(); });
}

// Faults: what is slowed down goes on later, without holding up anybody else.

net::task<void> mqtt_host::read_later(link_ptr one, std::chrono::milliseconds pause) {
    co_await net::sleep_for(pause);
    one->reads_later = false;
    if (!one->ended)
        mark_ready(one);
}

net::task<void> mqtt_host::leave_later(link_ptr one, std::chrono::milliseconds pause) {
    co_await net::sleep_for(pause);
    // The last byte is there when all that waits has been transferred.
    auto const waiting = one->unsent();
    if (faults_ && waiting > 0 && !one->ended) {
        auto const transfer = faults_->transfer_time(seen(*one), waiting, clock_.now());
        if (transfer.count() > 0)
            co_await net::sleep_for(transfer);
    }
    // What was sent meanwhile leaves with it, or not at all if the connection ended.
    if (!one->ended && one->may_send())
        write(*one);
    one->writes_later = false;
    touch(*one);
    schedule();
}

// Time and end.

net::task<void> mqtt_host::run_timers() {
    for (;;) {
        auto wait = std::chrono::milliseconds(std::chrono::seconds(30));
        auto const now = clock_.now();
        if (auto const due = next_deadline())
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

void mqtt_host::clock_moved(std::chrono::milliseconds back) {
    if (back.count() > 0) {
        broker_.set_back(back);
        for (auto const& [id, one] : links_) {
            one->opened -= back;
            if (one->closing_since)
                *one->closing_since -= back;
        }
    }
    next_sweep_ = {};
    schedule();
    deadline_changed_.notify(); // what run_timers() waits for was reckoned by the old clock
}

void mqtt_host::end_devices(std::vector<std::string> const& certificates) {
    if (certificates.empty())
        return;
    auto const now = clock_.now();
    std::vector<link_ptr> all;
    for (auto const& [id, one] : links_)
        all.push_back(one);
    for (auto const& one : all) {
        auto const* const known = dynamic_cast<mqtt_principal const*>(one->peer.who.get());
        if (known != nullptr &&
            std::ranges::find(certificates, known->who().arn) != certificates.end())
            end(*one, broker::close_cause::not_authenticated,
                "Device certificate is not active any more", now);
    }
    schedule();
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
    for (int i = 0; i < 20 && goodbyes_.size() > 0; ++i)
        co_await net::sleep_for(std::chrono::milliseconds(10));
    goodbyes_.cancel();
    for (auto const& one : all)
        one->wire->abort();
    co_await goodbyes_.join();
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
