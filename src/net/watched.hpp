// The other way to use a connection: nobody waits for it. Whoever watches it is told when it is
// ready, asks, and is answered at once. While nothing happens it costs no coroutine, no timer and
// no buffer: for connections that are many and long.
#pragma once

#include "net/stream.hpp"

namespace cogniot::net {

/// Told when a stream may have news.
class watcher {
  public:
    virtual void on_ready() = 0;

  protected:
    ~watcher() = default;
};

/// A stream that can be watched. INVARIANT: either it is watched, or coroutines wait on it.
class watched {
  public:
    /// From now on `who` is told whenever it may be worth to take() or to give() again, until
    /// unwatch() or abort(). Nothing may be pending. What came before is there if has_more() says
    /// so.
    /// @errors cancelled: the stream is closed; or it cannot be watched
    virtual result<void> watch(watcher& who) = 0;
    /// Ends that, as before shutdown(): a stream can be waited on again.
    virtual void unwatch() = 0;
    /// What has arrived, in the buffer that all connections of this thread share: valid until the
    /// next call of anything here. Empty: nothing now. Until has_more() says no, `who` need not be
    /// told of what comes.
    /// @errors end_of_stream when the peer ended its side; else as stream::read_some()
    virtual result<std::span<char>> take() = 0;
    virtual bool has_more() const = 0;
    /// The peer has ended its side, or the connection is gone: perhaps behind bytes that are still
    /// to be read.
    virtual bool has_ended() const = 0;
    /// Writes as much as is possible now; what is left is to be given again, with the same
    /// beginning.
    /// @return how much of it was written
    virtual result<std::size_t> give(std::string_view bytes) = 0;
    virtual address local() const = 0;
    /// Not watched any more: says goodbye behind what was given, and closes.
    virtual task<void> shutdown() = 0;
    /// Closes at once, whether it is watched or not.
    virtual void abort() = 0;

  protected:
    ~watched() = default;
};

using watched_ptr = std::shared_ptr<watched>;

/// A stream that can be watched, and moved to another loop before.
class watched_stream : public watched {
  public:
    /// On the thread that it leaves, while nothing is pending. Until it enters another loop it can
    /// only be closed.
    virtual void leave_loop() = 0;
    /// On the thread of the loop that it is used by from now on.
    /// @errors cancelled: the stream is closed; or the system has no room for it, and it closes
    virtual result<void> enter_loop(loop&) = 0;

  protected:
    ~watched_stream() = default;
};

/// Null for a stream that can only be waited on.
inline watched_stream* find_watched(stream& of) {
    return dynamic_cast<watched_stream*>(&of);
}

} // namespace cogniot::net
