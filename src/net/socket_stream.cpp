#include "net/socket_stream.hpp"

#include "net/deadline.hpp"
#include "net/loop_inside.hpp"
#include "net/waiting.hpp"

#include <boost/asio/post.hpp>

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace cogniot::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::chrono::seconds goodbye_limit{1};
/// What a peer may still send after we said goodbye; then the connection is
/// cut.
constexpr std::size_t goodbye_bytes = 4 << 20;
constexpr unsigned char unwaited_limit = 16;

/// Enough for a signed upgrade, or for the first record of a handshake.
constexpr std::size_t first_read_bytes = 4096;

} // namespace

address to_address(tcp::endpoint const& from) {
    auto const ip = from.address();
    if (!ip.is_v4())
        return {ip.to_string(), from.port()};
    // Twice for each connection: inet_ntop() would print by sprintf().
    std::string dotted;
    for (auto const part : ip.to_v4().to_bytes()) {
        if (!dotted.empty())
            dotted += '.';
        dotted += std::to_string(part);
    }
    return {std::move(dotted), from.port()};
}

connected_socket::connected_socket(tcp::socket from) : descriptor_(-1) {
    error_code ignored;
    from.native_non_blocking(true, ignored);
    error_code ec;
    if (auto const there = from.remote_endpoint(ec); !ec)
        remote_ = to_address(there);
    if (int const taken = from.release(ec); !ec)
        descriptor_ = taken;
}

connected_socket::~connected_socket() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

std::span<char> shared_read_buffer() {
    static thread_local std::vector<char> buffer(64 * 1024);
    return buffer;
}

socket_stream::socket_stream(asio::any_io_executor const& on, connected_socket socket)
    : poller_(&poller::of(on)), descriptor_(socket.release()), remote_(std::move(socket.remote())),
      opened_(std::chrono::steady_clock::now()) {
    if (!is_open())
        return;
    int const yes = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (!poller_->add(descriptor_, *this))
        ::close(std::exchange(descriptor_, -1));
}

socket_stream::socket_stream(socket_stream&& from)
    : poller_(from.poller_), descriptor_(std::exchange(from.descriptor_, -1)),
      early_(std::move(from.early_)), kept_(std::move(from.kept_)),
      remote_(std::move(from.remote_)), opened_(from.opened_), drained_(from.drained_),
      has_ended_(from.has_ended_) {
    if (is_open())
        poller_->hand_over(descriptor_, from, *this);
}

address socket_stream::local() const {
    tcp::endpoint here;
    auto size = static_cast<socklen_t>(here.capacity());
    if (::getsockname(descriptor_, here.data(), &size) != 0)
        return {};
    here.resize(size);
    return to_address(here);
}

socket_stream::attempt socket_stream::receive(char* into, std::size_t size) {
    if (!early_.empty()) {
        auto const part = early_.copy(into, size);
        early_.erase(0, part);
        if (early_.empty())
            std::string().swap(early_);
        return {outcome::done, part};
    }
    for (;;) {
        auto const got = ::recv(descriptor_, into, size, 0);
        if (got > 0) {
            drained_ = static_cast<std::size_t>(got) < size;
            return {outcome::done, static_cast<std::size_t>(got)};
        }
        drained_ = true;
        if (got == 0)
            return {outcome::ended};
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return {outcome::want_read};
        last_errno_ = errno;
        return {outcome::lost};
    }
}

socket_stream::attempt socket_stream::transmit(char const* bytes, std::size_t size) {
    for (;;) {
        auto const sent = ::send(descriptor_, bytes, size, MSG_NOSIGNAL);
        if (sent >= 0)
            return {outcome::done, static_cast<std::size_t>(sent)};
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return {outcome::want_write};
        last_errno_ = errno;
        return {outcome::lost};
    }
}

socket_stream::attempt socket_stream::try_read(std::span<char> into) {
    return receive(into.data(), into.size());
}

socket_stream::attempt socket_stream::try_write(std::string_view bytes) {
    return transmit(bytes.data(), bytes.size());
}

std::string socket_stream::fault() const {
    return last_errno_ == 0 ? "the peer ended it unexpectedly" : std::strerror(last_errno_);
}

task<result<void>> socket_stream::wait_until_ready(direction which) {
    auto& waiting = waiting_[static_cast<std::size_t>(which)];
    if (!waiting) {
        auto const executor = co_await asio::this_coro::executor;
        waiting =
            std::make_unique<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
    }
    co_await waiting->async_wait(in_hand);
    auto const state = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(state) || !is_open())
        co_return fail(errc::cancelled);
    co_return result<void>{};
}

void socket_stream::wake(direction which) {
    if (auto& waiting = waiting_[static_cast<std::size_t>(which)])
        waiting->cancel();
}

task<result<std::size_t>> socket_stream::read_some(std::span<char> into) {
    auto const state = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(state))
        co_return fail(errc::cancelled);
    if (++unwaited_ > unwaited_limit) {
        unwaited_ = 0;
        co_await asio::post(asio::use_awaitable);
    }
    bool wait_first = !has_more();
    for (;;) {
        if (!is_open() || closing_)
            co_return fail(errc::cancelled);
        auto const got = wait_first ? attempt{outcome::want_read} : try_read(into);
        wait_first = false;
        auto which = direction::read;
        switch (got.what) {
        case outcome::done:
            co_return got.bytes;
        case outcome::ended:
            co_return std::size_t{0};
        case outcome::cut_off:
            co_return fail(errc::end_of_stream, fault());
        case outcome::lost:
            co_return fail(errc::connection_lost, fault());
        case outcome::want_write:
            which = direction::write;
            break;
        case outcome::want_read:
            break;
        }
        unwaited_ = 0;
        auto const ready = co_await wait_until_ready(which);
        if (!ready)
            co_return ready.error();
    }
}

task<result<std::span<char>>> socket_stream::read_shared() {
    // The buffer is filled only when data are there, after the last wait, and
    // handed on without another: resuming the caller is not a turn of the loop.
    auto const into = shared_read_buffer();
    auto const got = co_await read_some(into);
    if (!got)
        co_return got.error();
    co_return into.first(*got);
}

task<result<void>> socket_stream::write(std::string_view bytes) {
    auto const state = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(state))
        co_return fail(errc::cancelled);
    while (!bytes.empty()) {
        if (!is_open() || closing_)
            co_return fail(errc::cancelled);
        auto const sent = try_write(bytes);
        auto which = direction::write;
        switch (sent.what) {
        case outcome::done:
            bytes.remove_prefix(sent.bytes);
            continue;
        case outcome::ended:
        case outcome::cut_off:
        case outcome::lost:
            co_return fail(errc::connection_lost, fault());
        case outcome::want_read:
            which = direction::read;
            break;
        case outcome::want_write:
            break;
        }
        auto const ready = co_await wait_until_ready(which);
        if (!ready)
            co_return ready.error();
    }
    co_return result<void>{};
}

task<void> socket_stream::shutdown() {
    auto const state = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(state) || !is_open()) {
        abort();
        co_return;
    }
    say_goodbye();
    closing_ = true;
    ::shutdown(descriptor_, SHUT_WR);
    // Closing with unread data would send RST, and the peer might lose what we
    // wrote last (RFC 9112 section 9.6): read on until it ends its side, for a
    // while.
    auto const executor = co_await asio::this_coro::executor;
    deadline limit(executor, [this] { abort(); });
    limit.set(goodbye_limit);
    for (std::size_t total = 0; is_open() && total < goodbye_bytes;) {
        auto const into = shared_read_buffer();
        auto const got = receive(into.data(), into.size());
        if (got.what == outcome::done) {
            total += got.bytes;
            continue;
        }
        if (got.what != outcome::want_read)
            break;
        auto const ready = co_await wait_until_ready(direction::read);
        if (!ready)
            break;
    }
    abort();
}

void socket_stream::abort() {
    if (!is_open())
        return;
    if (poller_ != nullptr)
        poller_->remove(*this);
    ::close(std::exchange(descriptor_, -1));
    watcher_ = nullptr;
    wake(direction::read);
    wake(direction::write);
}

socket_stream::~socket_stream() {
    socket_stream::abort();
}

result<void> socket_stream::watch(watcher& who) {
    if (!is_open())
        return fail(errc::cancelled);
    watcher_ = &who;
    waiting_ = {};
    return {};
}

void socket_stream::leave_loop() {
    waiting_ = {};
    if (auto* const left = std::exchange(poller_, nullptr); left != nullptr && is_open())
        left->release(descriptor_, *this);
}

result<void> socket_stream::enter_loop(loop& next) {
    if (!is_open())
        return fail(errc::cancelled);
    auto& entered = poller::of(executor_of(next));
    if (auto added = entered.add(descriptor_, *this); !added) {
        abort();
        return added;
    }
    poller_ = &entered;
    return {};
}

void socket_stream::on_ready(news what) {
    has_ended_ = has_ended_ || what.has_ended;
    drained_ = drained_ && !what.readable;
    if (watcher_ != nullptr)
        return watcher_->on_ready();
    if (what.readable)
        wake(direction::read);
    if (what.writable)
        wake(direction::write);
}

result<std::span<char>> socket_stream::take() {
    if (!is_open())
        return fail(errc::cancelled);
    auto const into = shared_read_buffer();
    auto const got = try_read(into);
    switch (got.what) {
    case outcome::done:
        return into.first(got.bytes);
    case outcome::ended:
    case outcome::cut_off:
        return fail(errc::end_of_stream, fault());
    case outcome::lost:
        return fail(errc::connection_lost, fault());
    case outcome::want_read:
    case outcome::want_write:
        break;
    }
    return std::span<char>();
}

result<std::size_t> socket_stream::give(std::string_view bytes) {
    std::size_t total = 0;
    while (total < bytes.size()) {
        if (!is_open())
            return fail(errc::cancelled);
        auto const sent = try_write(bytes.substr(total));
        if (sent.what == outcome::want_read || sent.what == outcome::want_write)
            break;
        if (sent.what != outcome::done)
            return fail(errc::connection_lost, fault());
        total += sent.bytes;
    }
    return total;
}

bool socket_stream::is_quiet() {
    if (!is_open() || !early_.empty())
        return false;
    char one = 0;
    auto const got = ::recv(descriptor_, &one, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

task<result<std::optional<unsigned char>>> socket_stream::first_byte() {
    for (;;) {
        if (!early_.empty())
            co_return std::optional<unsigned char>(static_cast<unsigned char>(early_.front()));
        auto const into = shared_read_buffer().first(first_read_bytes);
        auto const got = receive(into.data(), into.size());
        switch (got.what) {
        case outcome::done:
            early_.assign(into.data(), got.bytes);
            continue;
        case outcome::ended:
            co_return std::optional<unsigned char>();
        case outcome::cut_off:
        case outcome::lost:
            co_return fail(errc::connection_lost, fault());
        case outcome::want_read:
        case outcome::want_write:
            break;
        }
        auto const ready = co_await wait_until_ready(direction::read);
        if (!ready)
            co_return ready.error();
    }
}

} // namespace cogniot::net
