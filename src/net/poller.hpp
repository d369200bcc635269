// Which of many sockets are ready: an epoll of its own inside the loop's.
// Edge-triggered: a socket is told once for all that arrived, and nothing has
// to be asked for again, so that a connection costs one system call here in all
// its life. One thread (the loop's). For src/net/*.cpp only.
#pragma once

#include "base/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <optional>
#include <span>

struct epoll_event;

namespace cogniot::net {

/// A socket's owner.
class polled {
  public:
    struct news {
        /// It may be worth to read, or to write, again.
        bool readable = false;
        bool writable = false;
        /// The peer has ended its side, or the connection is broken: what it sent
        /// before may still have to be read, and nothing will be told after this.
        bool has_ended = false;
    };
    virtual void on_ready(news) = 0;

  protected:
    ~polled() = default;
};

class poller final : public boost::asio::execution_context::service {
  public:
    using key_type = poller;
    static boost::asio::execution_context::id id;
    /// The one of the loop that `on` belongs to.
    static poller& of(boost::asio::any_io_executor const& on);
    explicit poller(boost::asio::execution_context&);

    /// @errors the system's
    result<void> add(int descriptor, polled&);
    /// The descriptor's owner is another one now, who is told all that is ready
    /// already.
    void hand_over(int descriptor, polled& from, polled& to);
    /// Tells it nothing any more; the descriptor stays open.
    void release(int descriptor, polled&);
    /// Tells it nothing any more. The caller closes the descriptor.
    void remove(polled&);

  private:
    void shutdown() override;
    bool control(int operation, int descriptor, polled&);
    void forget(polled&);
    void arm();
    void serve();

    std::optional<boost::asio::posix::stream_descriptor> all_;
    std::size_t watched_ = 0;
    bool armed_ = false;
    /// Told in this round and later in it.
    std::span<epoll_event> round_{};
};

} // namespace cogniot::net
