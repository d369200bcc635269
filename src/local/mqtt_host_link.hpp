// One connection of mqtt_host: its stream, what has arrived and what may leave. No coroutine waits
// for it: the loop tells when it is ready. For mqtt_host*.cpp and mqtt_turn.cpp only.
#pragma once

#include "local/byte_pace.hpp"
#include "local/mqtt_host.hpp"
#include "net/watched.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cogniot::local {

struct mqtt_host::link final : net::watcher, std::enable_shared_from_this<link> {
    link(mqtt_host& h, net::watched_ptr w, broker::profile const& rules)
        : host(h), wire(std::move(w)),
          in(mqtt::decoder::role::reads_from_client, rules.max_packet_bytes) {}
    void on_ready() override { host.serve(shared_from_this()); }

    mqtt_host& host;
    net::watched_ptr wire;
    mqtt::decoder in;
    broker::peer peer;
    transport how = transport::tcp;
    utc_time opened{};
    std::string client_id{};
    std::shared_ptr<log_subject const> subject{};

    /// To be sent: up to `gone` it has left, up to `committed` it may leave, the rest is of the
    /// turn in progress. A connection that owes nothing holds no buffer.
    std::string out{};
    std::size_t gone = 0;
    std::size_t committed = 0;
    std::size_t unsent() const { return out.size() - gone; }
    bool may_send() const { return gone < committed; }
    /// What of this link is counted in held_bytes_.
    std::size_t counted = 0;

    /// Only where the settings have a limit.
    byte_pace pace{};

    /// Something behind `committed` may be said only when the turn's records are stored.
    bool rests_on_batch = false;
    bool is_ready = false;
    bool is_touched = false;
    /// The broker was told so and waits for writable().
    bool is_congested = false;
    /// The broker knows of it.
    bool is_open = true;
    bool closes_after_flush = false;
    /// A fault delays what it writes, or what it reads.
    bool writes_later = false;
    bool reads_later = false;
    std::optional<utc_time> closing_since{};
    /// The network end is gone, and why.
    std::optional<broker::close_cause> ended{};
};

} // namespace cogniot::local
