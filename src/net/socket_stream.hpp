// A connected TCP socket as a stream, and what TLS over it shares: try without waiting, and if that
// would block, wait for the socket. For src/net/*.cpp only.
#pragma once

#include "net/poller.hpp"
#include "net/watched.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <optional>

namespace cogniot::net {

/// 64 KiB that belong to whichever coroutine of this thread runs; void at its next co_await.
std::span<char> shared_read_buffer();

class socket_stream : public stream, public watched, private polled {
  public:
    using tcp_socket = boost::asio::ip::tcp::socket;

    /// Takes a connected socket; sets it to non-blocking and TCP_NODELAY.
    explicit socket_stream(tcp_socket);
    ~socket_stream() override;

    task<result<std::size_t>> read_some(std::span<char> into) override;
    task<result<std::span<char>>> read_shared() override;
    task<result<void>> write(std::string_view bytes) override;
    task<void> shutdown() override;
    void abort() override;
    address remote() const override { return remote_; }
    address local() const override { return local_; }
    bool is_tls() const override { return false; }
    result<void> watch(watcher&) override;
    void unwatch() override;
    result<std::span<char>> take() override;
    bool has_more() const override { return may_have_more() || has_ended_; }
    result<std::size_t> give(std::string_view bytes) override;
    bool is_quiet() override;
    std::chrono::steady_clock::time_point opened() const override { return opened_; }
    /// Something that lasts as long as the stream, e.g. its place among those that are counted.
    void keep(std::shared_ptr<void> what) { kept_ = std::move(what); }
    void set_opened(std::chrono::steady_clock::time_point at) { opened_ = at; }

    /// Waits until the first byte has arrived and leaves it unread. Nothing = the peer ended.
    task<result<std::optional<unsigned char>>> peek_first_byte();
    /// Gives the socket away; the stream is of no use afterwards.
    tcp_socket release() { return std::move(socket_); }

  protected:
    enum class outcome {
        done,
        /// In order.
        ended,
        /// The peer ended its side without the goodbye that TLS asks for.
        cut_off,
        want_read,
        want_write,
        lost
    };
    struct attempt {
        outcome what;
        std::size_t bytes = 0;
    };
    /// Reads or writes what is possible now.
    virtual attempt try_read(std::span<char> into);
    virtual attempt try_write(std::string_view bytes);
    /// Sends close_notify or the like, as far as it goes without waiting.
    virtual void say_goodbye() {}
    /// A system call failed: the network, not the peer, ended it.
    bool has_failed() const { return last_errno_ != 0; }
    /// What `lost` means in words.
    virtual std::string fault() const;
    /// False when the last read took all there was: the next one had better wait first.
    virtual bool may_have_more() const { return !drained_; }

    enum class direction { read, write };
    task<result<void>> wait_until_ready(direction);

    /// The system calls, with their error kept for fault(). Used by the TLS layer's BIO too.
    attempt receive(char* into, std::size_t size);
    attempt transmit(char const* bytes, std::size_t size);

  private:
    void on_ready(bool has_ended) override;
    bool is_open() const { return socket_.is_open() || watcher_ != nullptr; }
    int handle() { return watcher_ != nullptr ? watched_ : socket_.native_handle(); }

    tcp_socket socket_;
    /// While the stream is watched, the loop knows nothing of the socket: it is here.
    watcher* watcher_ = nullptr;
    int watched_ = -1;
    std::shared_ptr<void> kept_;
    address remote_;
    address local_;
    std::chrono::steady_clock::time_point opened_;
    int last_errno_ = 0;
    bool drained_ = true;
    bool closing_ = false;
    /// While watched: the end is there, perhaps behind bytes that are to be read first.
    bool has_ended_ = false;
    /// Reads that did not have to wait, in a row; bounded so that one peer cannot hold the loop.
    unsigned char unwaited_ = 0;
};

} // namespace cogniot::net
