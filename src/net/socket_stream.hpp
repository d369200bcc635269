// A connected TCP socket as a stream, and what TLS over it shares: try without
// waiting, and if that would block, wait until the poller tells of the socket.
// For src/net/*.cpp only.
#pragma once

#include "net/poller.hpp"
#include "net/watched.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cogniot::net {

/// A connected socket that is nobody's yet; closes it.
class connected_socket {
  public:
    /// @param descriptor  non-blocking
    connected_socket(int descriptor, address remote)
        : descriptor_(descriptor), remote_(std::move(remote)) {}
    /// Takes it out of Asio's hands.
    explicit connected_socket(boost::asio::ip::tcp::socket);
    connected_socket(connected_socket&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), remote_(std::move(other.remote_)) {}
    connected_socket& operator=(connected_socket&&) = delete;
    ~connected_socket();

    int release() { return std::exchange(descriptor_, -1); }
    address& remote() { return remote_; }

  private:
    int descriptor_;
    address remote_;
};

address to_address(boost::asio::ip::tcp::endpoint const&);

/// 64 KiB that belong to whichever coroutine of this thread runs; void at its
/// next co_await.
std::span<char> shared_read_buffer();

class socket_stream : public stream, public watched_stream, private polled {
  public:
    /// Sets TCP_NODELAY. If the system cannot watch one more, the stream is
    /// closed from the beginning.
    socket_stream(boost::asio::any_io_executor const& on, connected_socket);
    /// Takes over all that `from` has; nothing waits on it.
    explicit socket_stream(socket_stream&& from);
    ~socket_stream() override;

    task<result<std::size_t>> read_some(std::span<char> into) override;
    task<result<std::span<char>>> read_shared() override;
    task<result<void>> write(std::string_view bytes) override;
    task<void> shutdown() override;
    void abort() override;
    address remote() const override { return remote_; }
    address local() const override;
    bool is_tls() const override { return false; }
    result<void> watch(watcher&) override;
    void unwatch() override { watcher_ = nullptr; }
    result<std::span<char>> take() override;
    bool has_more() const override { return may_have_more() || has_ended_; }
    bool has_ended() const override { return has_ended_; }
    result<std::size_t> give(std::string_view bytes) override;
    void leave_loop() override;
    result<void> enter_loop(loop&) override;
    bool is_quiet() override;
    std::chrono::steady_clock::time_point opened() const override { return opened_; }
    /// Something that lasts as long as the stream, e.g. its place among those
    /// that are counted.
    void keep(std::shared_ptr<void> what) { kept_ = std::move(what); }

    /// Waits until the first byte has arrived, which is read again later. Nothing
    /// = the peer ended.
    task<result<std::optional<unsigned char>>> first_byte();

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
    /// False when the last read took all there was: the next one had better wait
    /// first.
    virtual bool may_have_more() const { return !drained_ || !early_.empty(); }

    enum class direction { read, write };
    task<result<void>> wait_until_ready(direction);

    /// The system calls, with their error kept for fault(). Used by the TLS
    /// layer's BIO too.
    attempt receive(char* into, std::size_t size);
    attempt transmit(char const* bytes, std::size_t size);

  private:
    void on_ready(news) override;
    bool is_open() const { return descriptor_ >= 0; }
    void wake(direction);

    /// Null while it has left one loop and is in no other yet.
    poller* poller_;
    int descriptor_;
    watcher* watcher_ = nullptr;
    /// Who waits to read and who to write, in this order; made when somebody
    /// waits for the first time. Cancelling wakes.
    std::array<std::unique_ptr<boost::asio::steady_timer>, 2> waiting_{};
    /// Read to know what it is, and not given to anybody yet.
    std::string early_;
    std::shared_ptr<void> kept_;
    address remote_;
    std::chrono::steady_clock::time_point opened_;
    int last_errno_ = 0;
    bool drained_ = true;
    bool closing_ = false;
    /// While watched: the end is there, perhaps behind bytes that are to be read
    /// first.
    bool has_ended_ = false;
    /// Reads that did not have to wait, in a row; bounded so that one peer cannot
    /// hold the loop.
    unsigned char unwaited_ = 0;
};

} // namespace cogniot::net
