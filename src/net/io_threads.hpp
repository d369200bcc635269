// Threads that carry connections for a loop: system calls, TLS and WebSocket frames are their
// work, what the bytes mean is the loop's. Each has a loop of its own and stays on one core; a
// connection belongs to one of them for all its life. Bytes cross in batches: what one thread has
// for another is handed over at the end of its turn, with one wake-up for all connections.
// Everything here is called on the home loop's thread; the threads touch nothing but net.
#pragma once

#include "net/watched.hpp"

#include <memory>
#include <vector>

namespace cogniot::net {

struct io_thread;

class io_threads {
  public:
    /// @param count  0: connections stay on the home loop, and nothing is paid for this
    io_threads(loop& home, unsigned count);
    /// Closes what is still carried and waits for the threads. What carry() gave is outlived.
    ~io_threads();
    io_threads(io_threads const&) = delete;
    io_threads& operator=(io_threads const&) = delete;

    /// Gives a stream that can be watched, and that nobody waits on, to one of the threads. Used
    /// through what is returned, as if it were still here. At most 64 KiB each way are under way,
    /// with one read more: then the peer waits, or give() takes less. Letting go of it closes it.
    watched_ptr carry(stream_ptr);

  private:
    std::vector<std::unique_ptr<io_thread>> all_;
    std::size_t next_ = 0;
};

} // namespace cogniot::net
