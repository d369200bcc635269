#include "net/deadline.hpp"
#include "net/loop_inside.hpp"
#include "net/server.hpp"
#include "net/tls_stream.hpp"
#include "net/waiting.hpp"

#include <cerrno>
#include <list>
#include <sys/socket.h>

namespace cogniot::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// How long accepting rests when the process has no descriptors or memory left.
constexpr std::chrono::milliseconds exhausted_rest{100};

/// A handshake may take this long even when others wait for its place.
constexpr std::chrono::seconds unhurried_handshake{2};

/// A TLS record that begins a handshake (RFC 8446 section 5.1).
constexpr unsigned char tls_handshake_record = 0x16;

/// What the connections of one listener share.
struct reception {
    tls_use use;
    std::shared_ptr<server_tls const> tls;
    server_limits limits;
    std::function<task<void>(stream_ptr)> serve;
    std::size_t connections = 0;
    /// Handshakes going on, the oldest first.
    std::list<tls_stream*> handshakes{};
};

/// Waits until there is room for one more handshake. @return false if cancelled
task<bool> wait_for_room(reception& at) {
    constexpr std::chrono::milliseconds a_while{20};
    while (at.handshakes.size() >= at.limits.max_handshakes) {
        auto& oldest = *at.handshakes.front();
        if (std::chrono::steady_clock::now() - oldest.opened() > unhurried_handshake)
            oldest.abort();
        bool const slept = co_await sleep_for(a_while);
        if (!slept)
            co_return false;
    }
    co_return true;
}

/// The server's side of TLS over `plain`; nothing if that fails.
task<std::unique_ptr<socket_stream>> secure(std::shared_ptr<reception> at,
                                            std::unique_ptr<socket_stream> plain) {
    auto const executor = co_await asio::this_coro::executor;
    auto const opened = plain->opened();
    auto waiting = wait_for_room(*at);
    bool const has_room = co_await std::move(waiting);
    auto const until = opened + at->limits.handshake_timeout;
    if (!has_room || until < std::chrono::steady_clock::now())
        co_return nullptr;
    auto secured =
        std::make_unique<tls_stream>(std::move(*plain), at->tls->internals().context.get());
    deadline limit(executor, [&secured] { secured->abort(); });
    limit.set(until);
    auto const mine = at->handshakes.insert(at->handshakes.end(), secured.get());
    struct leave {
        reception& at;
        std::list<tls_stream*>::iterator mine;
        ~leave() { at.handshakes.erase(mine); }
    } const on_leaving{*at, mine};
    auto const shaken = co_await secured->accept();
    if (!shaken)
        co_return nullptr;
    co_return std::move(secured);
}

/// TLS on the connection if it is to have it; nothing if it ended before.
task<std::unique_ptr<socket_stream>> greet(std::shared_ptr<reception> at, connected_socket socket) {
    auto const executor = co_await asio::this_coro::executor;
    auto plain = std::make_unique<socket_stream>(executor, std::move(socket));
    bool wants_tls = at->use == tls_use::always;
    if (at->use == tls_use::by_first_byte) {
        deadline limit(executor, [&plain] { plain->abort(); });
        limit.set(plain->opened() + at->limits.handshake_timeout);
        auto const first = co_await plain->first_byte();
        if (!first || !*first)
            co_return nullptr;
        wants_tls = **first == tls_handshake_record;
    }
    if (!wants_tls)
        co_return std::move(plain);
    auto securing = secure(at, std::move(plain));
    auto secured = co_await std::move(securing);
    co_return std::move(secured);
}

task<void> receive(std::shared_ptr<reception> at, connected_socket socket) {
    struct place {
        std::shared_ptr<reception> at;
        explicit place(std::shared_ptr<reception> in) : at(std::move(in)) { ++at->connections; }
        ~place() { --at->connections; }
        place(place const&) = delete;
        place& operator=(place const&) = delete;
    };
    auto counted = std::make_shared<place>(at);
    auto greeting = greet(at, std::move(socket));
    auto peer = co_await std::move(greeting);
    if (peer == nullptr)
        co_return;
    peer->keep(std::move(counted)); // it may outlast this coroutine, see watched
    auto serving = at->serve(std::move(peer));
    co_await std::move(serving);
}

/// No descriptors or memory left. @source accept(2), "ERRORS"
bool is_exhaustion(int why) {
    return why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM;
}

} // namespace

struct listener::inside {
    explicit inside(loop& on) : executor(executor_of(on)), acceptor(executor) {}
    asio::any_io_executor executor;
    tcp::acceptor acceptor;
    address local;
};

listener::listener(std::unique_ptr<inside> in) : in_(std::move(in)) {}
listener::~listener() = default;

result<std::unique_ptr<listener>> listener::open(loop& on, std::string ip, std::uint16_t port) {
    error_code ec;
    auto const where = ip + ":" + std::to_string(port);
    auto const parsed = asio::ip::make_address(ip, ec);
    if (ec)
        return fail(errc::address_not_usable, "`" + ip + "` is not an IP address");
    tcp::endpoint const at(parsed, port);
    auto made = std::make_unique<inside>(on);
    auto& acceptor = made->acceptor;
    acceptor.open(at.protocol(), ec);
    if (!ec)
        acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec)
        acceptor.bind(at, ec);
    if (!ec)
        acceptor.listen(4096, ec);
    if (!ec)
        acceptor.native_non_blocking(true, ec);
    if (ec)
        return fail(errc::address_not_usable, "cannot listen on " + where + ": " + ec.message());
    auto const bound = acceptor.local_endpoint(ec);
    made->local = {bound.address().to_string(), bound.port()};
    return std::unique_ptr<listener>(new listener(std::move(made)));
}

address listener::local() const {
    return in_->local;
}

void listener::close() {
    error_code ignored;
    in_->acceptor.close(ignored);
}

task<void> listener::run_accepting(task_group& group, tls_use use,
                                   std::shared_ptr<server_tls const> tls, server_limits limits,
                                   std::function<task<void>(stream_ptr)> serve) {
    auto at = std::make_shared<reception>(reception{use, std::move(tls), limits, std::move(serve)});
    auto& acceptor = in_->acceptor;
    // Those that came together are taken together, but others have their turn,
    // too.
    constexpr int most_at_once = 64;
    while (acceptor.is_open()) {
        auto const [ec] = co_await acceptor.async_wait(tcp::acceptor::wait_read, in_hand);
        auto const state = co_await asio::this_coro::cancellation_state;
        if (ec == asio::error::operation_aborted || is_cancelled(state))
            co_return;
        bool is_exhausted = false;
        for (int taken = 0; taken < most_at_once && acceptor.is_open(); ++taken) {
            tcp::endpoint from;
            auto size = static_cast<socklen_t>(from.capacity());
            int const descriptor = ::accept4(acceptor.native_handle(), from.data(), &size,
                                             SOCK_NONBLOCK | SOCK_CLOEXEC);
            is_exhausted = descriptor < 0 && is_exhaustion(errno);
            if (descriptor < 0 && (is_exhausted || errno == EAGAIN || errno == EWOULDBLOCK))
                break;
            if (descriptor < 0)
                continue; // gone before it was accepted
            from.resize(size);
            auto held = std::make_shared<connected_socket>(descriptor, to_address(from));
            if (at->connections >= at->limits.max_connections)
                continue; // one too many: closed at once
            group.spawn([at, held]() mutable {
                auto const mine = std::move(held); // freed before the connection's long life begins
                return receive(at, std::move(*mine));
            });
        }
        if (is_exhausted)
            co_await sleep_for(exhausted_rest);
    }
}

} // namespace cogniot::net
