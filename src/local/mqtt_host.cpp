// Connections: their beginning, reading, writing, their end, and the clock that wakes the turn.
#include "local/mqtt_host.hpp"

#include "local/mqtt_host_link.hpp"

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

/// A fault's delay; most are none.
net::task<void> wait_for(std::chrono::milliseconds how_long) {
    if (how_long.count() == 0)
        co_return;
    auto sleeping = net::sleep_for(how_long);
    co_await std::move(sleeping);
}

} // namespace

mqtt_host::mqtt_host(net::loop& l, clock const& time, event_log& log, ledger& to,
                     cloud::world& world, random_source& random, settings const& chosen, bool soft,
                     mqtt_limits limits)
    : loop_(l), clock_(time), log_(log), ledger_(to), lag_(world.lag), limits_(limits),
      settings_(chosen), authoriser_(world, time, log, soft),
      broker_(authoriser_, *this, random, chosen.broker), writers_(l), deadline_changed_(l) {}

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
        std::size_t read = 0;
        if (!got) {
            self->ended = cause_of_end(got.error(), how);
            self->end_detail = got.error().message();
        } else if (got->empty()) {
            self->ended = broker::close_cause::lost;
            self->end_detail = "the peer closed its side";
        } else if (self->is_open) {
            self->in.append({got->data(), got->size()});
            read = got->size();
        }
        mark_ready(self);
        if (faults_ && read > 0) {
            auto pausing = wait_for(faults_->transfer_time(seen(*self), read, clock_.now()));
            co_await std::move(pausing);
        }
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
        if (faults_) {
            // What is sent meanwhile leaves with it, or not at all if the connection ended.
            auto pausing = wait_for(faults_->latency(seen(*self), clock_.now()));
            co_await std::move(pausing);
            if (self->out.empty())
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
        if (faults_) {
            auto pausing =
                wait_for(faults_->transfer_time(seen(*self), writing.size(), clock_.now()));
            co_await std::move(pausing);
        }
        if (writing.capacity() > 64 * 1024)
            std::string().swap(writing); // a burst must not stay with an idle connection
    }
    if (self->closes_after_flush)
        co_await self->stream->shutdown();
    else
        self->stream->abort();
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
