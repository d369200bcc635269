#include "net/socket_stream.hpp"

#include "net/deadline.hpp"
#include "net/waiting.hpp"

#include <boost/asio/post.hpp>

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace cogniot::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::chrono::seconds goodbye_limit{1};
/// What a peer may still send after we said goodbye; then the connection is cut.
constexpr std::size_t goodbye_bytes = 4 << 20;
constexpr unsigned char unwaited_limit = 16;

address to_address(tcp::endpoint const& from) {
    return {from.address().to_string(), from.port()};
}

} // namespace

std::span<char> shared_read_buffer() {
    static thread_local std::vector<char> buffer(64 * 1024);
    return buffer;
}

socket_stream::socket_stream(tcp_socket socket)
    : socket_(std::move(socket)), opened_(std::chrono::steady_clock::now()) {
    error_code ignored;
    socket_.native_non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
    error_code ec;
    if (auto const there = socket_.remote_endpoint(ec); !ec)
        remote_ = to_address(there);
    if (auto const here = socket_.local_endpoint(ec); !ec)
        local_ = to_address(here);
}

socket_stream::attempt socket_stream::receive(char* into, std::size_t size) {
    for (;;) {
        auto const got = ::recv(handle(), into, size, 0);
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
        auto const sent = ::send(handle(), bytes, size, MSG_NOSIGNAL);
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
    auto const type = which == direction::read ? tcp::socket::wait_read : tcp::socket::wait_write;
    auto const [ec] = co_await socket_.async_wait(type, in_hand);
    if (ec || !socket_.is_open())
        co_return fail(errc::cancelled);
    auto const state = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(state))
        co_return fail(errc::cancelled);
    co_return result<void>{};
}

task<result<std::size_t>> socket_stream::read_some(std::span<char> into) {
    auto const state = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(state))
        co_return fail(errc::cancelled);
    if (++unwaited_ > unwaited_limit) {
        unwaited_ = 0;
        co_await asio::post(asio::use_awaitable);
    }
    bool wait_first = !may_have_more();
    for (;;) {
        if (!socket_.is_open() || closing_)
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
    // The buffer is filled only when data are there, after the last wait, and handed on without
    // another: resuming the caller is not a turn of the loop.
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
        if (!socket_.is_open() || closing_)
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
    if (is_cancelled(state) || !socket_.is_open()) {
        abort();
        co_return;
    }
    say_goodbye();
    closing_ = true;
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    // Closing with unread data would send RST, and the peer might lose what we wrote last
    // (RFC 9112 section 9.6): read on until it ends its side, for a while.
    auto const executor = co_await asio::this_coro::executor;
    deadline limit(executor, [this] { abort(); });
    limit.set(goodbye_limit);
    for (std::size_t total = 0; socket_.is_open() && total < goodbye_bytes;) {
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
    if (watcher_ != nullptr) {
        poller::of(socket_.get_executor()).remove(watched_, *this);
        watcher_ = nullptr;
        ::close(watched_);
        return;
    }
    error_code ignored;
    socket_.close(ignored);
}

socket_stream::~socket_stream() {
    if (watcher_ != nullptr)
        socket_stream::abort();
}

result<void> socket_stream::watch(watcher& who) {
    if (!socket_.is_open())
        return fail(errc::cancelled);
    error_code ec;
    int const taken = socket_.release(ec);
    if (ec)
        return error{ec, "a connection cannot be watched"};
    auto added = poller::of(socket_.get_executor()).add(taken, *this);
    if (!added) {
        ::close(taken);
        return added;
    }
    watcher_ = &who;
    watched_ = taken;
    // Told of what comes from now on: what is there already is found by the first take().
    drained_ = false;
    return {};
}

void socket_stream::on_ready(bool has_ended) {
    has_ended_ = has_ended_ || has_ended;
    watcher_->on_ready();
}

void socket_stream::unwatch() {
    if (watcher_ == nullptr)
        return;
    poller::of(socket_.get_executor()).remove(watched_, *this);
    watcher_ = nullptr;
    error_code ec;
    socket_.assign(local_.ip.find(':') == std::string::npos ? tcp::v4() : tcp::v6(), watched_, ec);
    if (ec)
        ::close(watched_);
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
    if (!socket_.is_open())
        return false;
    char one = 0;
    auto const got = ::recv(socket_.native_handle(), &one, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

task<result<std::optional<unsigned char>>> socket_stream::peek_first_byte() {
    for (;;) {
        auto const ready = co_await wait_until_ready(direction::read);
        if (!ready)
            co_return ready.error();
        unsigned char first = 0;
        auto const got = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got > 0)
            co_return std::optional<unsigned char>(first);
        if (got == 0)
            co_return std::optional<unsigned char>();
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            co_return fail(errc::connection_lost, std::strerror(errno));
    }
}

} // namespace cogniot::net
