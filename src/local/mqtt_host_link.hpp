// One connection of mqtt_host: its stream, what has arrived and what may leave. For mqtt_host*.cpp
// and mqtt_turn.cpp only.
#pragma once

#include "local/mqtt_host.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace cogniot::local {

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

    /// Something in `uncommitted` may be said only when the turn's records are stored.
    bool rests_on_batch = false;
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

} // namespace cogniot::local
