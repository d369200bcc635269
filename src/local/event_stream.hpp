// The feeds of /_cogniot/ for those who stay: Server-Sent Events, one a log line.
//
// A reader has a place in a ring and no queue of its own, so that it costs no memory however slow
// it is: whoever falls behind what the ring holds, or takes nothing for a while, is hung up on and
// may come back with Last-Event-ID. @source WHATWG HTML, "Server-sent events"
#pragma once

#include "cloud/logs/ring.hpp"
#include "local/clock.hpp"
#include "local/event_log.hpp"
#include "local/feed_query.hpp"
#include "net/server.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cogniot::local {

struct stream_limits {
    std::size_t max_readers = 64;
    /// Of events written at once.
    std::size_t max_batch_bytes = 256 << 10;
    /// How long a reader may take nothing.
    std::chrono::milliseconds write_timeout{10'000};
    /// A comment is sent when nothing else was for so long, so that dead readers are found.
    std::chrono::milliseconds heartbeat{15'000};
};

class event_stream {
  public:
    /// @param log  outlives this; its readers are woken from now on
    event_stream(net::loop&, event_log& log, clock const&, stream_limits = {});
    ~event_stream();
    event_stream(event_stream const&) = delete;
    event_stream& operator=(event_stream const&) = delete;

    /// Streams `from`: what fits the question and is held already, then what comes.
    /// @param name           of each event: `denial`, `event`
    /// @param last_event_id  of the last event that the client has, from an earlier stream; empty
    ///                       if it has none
    net::http_answer open(cloud::logs::ring const& from, std::string_view name, feed_query,
                          std::string_view last_event_id);

  private:
    struct reader;
    net::task<void> run(net::stream_ptr, reader);
    std::uint64_t place_of(std::string_view last_event_id) const;

    event_log& log_;
    clock const& clock_;
    stream_limits limits_;
    /// Numbers of another process mean nothing here: IDs begin with when this one started.
    std::string run_id_;
    net::signal changed_;
    std::size_t readers_ = 0;
};

/// Whether the entry is one that was asked for.
bool fits(cloud::logs::entry const&, feed_query const&);

} // namespace cogniot::local
