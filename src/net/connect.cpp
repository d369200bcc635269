#include "net/connect.hpp"

#include "net/resolve.hpp"
#include "net/tls_stream.hpp"
#include "net/waiting.hpp"
#include "net/with_timeout.hpp"

#include <list>

namespace cogniot::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// RFC 8305 section 5: how long one address may take before the next is tried
/// beside it.
constexpr std::chrono::milliseconds attempt_delay{250};

/// A race of connection attempts; shared by them and their starter.
struct race {
    explicit race(asio::any_io_executor const& on) : news(on) {}
    /// Cancelled whenever an attempt ends.
    asio::steady_timer news;
    std::list<tcp::socket> running;
    std::optional<tcp::socket> winner;
    error_code last_error;
};

void start_attempt(std::shared_ptr<race> const& in, tcp::endpoint const& to) {
    in->running.emplace_back(in->news.get_executor());
    auto const self = std::prev(in->running.end());
    self->async_connect(to, [in, self](error_code ec) {
        if (!ec && !in->winner)
            in->winner.emplace(std::move(*self));
        if (ec && ec != asio::error::operation_aborted)
            in->last_error = ec;
        in->running.erase(self);
        in->news.cancel();
    });
}

error describe_failure(error_code const& why, std::string const& where) {
    if (why == asio::error::connection_refused)
        return fail(errc::connection_refused, where + ": nothing listens there");
    if (why == asio::error::timed_out)
        return fail(errc::timed_out, where);
    return fail(errc::host_unreachable, where + ": " + why.message());
}

task<result<tcp::socket>> connect_tcp(origin to, std::string where) {
    auto looked_up = resolve(to.host);
    auto const found = co_await std::move(looked_up);
    if (!found)
        co_return found.error();
    auto const executor = co_await asio::this_coro::executor;
    auto in = std::make_shared<race>(executor);
    struct stop_all {
        race& in;
        ~stop_all() {
            error_code ignored;
            for (auto& socket : in.running)
                socket.close(ignored);
        }
    } const on_leaving{*in};
    for (std::size_t next = 0; next < found->size() || !in->running.empty();) {
        if (next < found->size())
            start_attempt(in, tcp::endpoint((*found)[next++], to.port));
        auto const wait = next < found->size() ? std::chrono::steady_clock::duration(attempt_delay)
                                               : std::chrono::hours(1);
        in->news.expires_after(wait);
        co_await in->news.async_wait(in_hand);
        auto const state = co_await asio::this_coro::cancellation_state;
        if (is_cancelled(state))
            co_return fail(errc::cancelled);
        if (in->winner)
            co_return std::move(*in->winner);
    }
    co_return describe_failure(in->last_error, where);
}

/// What to do about a certificate that is not trusted.
std::string advise(std::string const& where, std::string const& fault) {
    std::string text = where + ": " + fault;
    if (fault.find("mismatch") != std::string::npos)
        return text + "; use the name that the certificate is for";
    if (fault.find("expired") != std::string::npos || fault.find("not yet") != std::string::npos)
        return text + "; check the clock of this machine and the server's certificate";
    return text + "; if you trust this server, name its CA's file with "
                  "--ca-bundle or AWS_CA_BUNDLE";
}

task<result<stream_ptr>> connect_any(origin to, std::shared_ptr<client_tls const> trust,
                                     std::string where) {
    auto opening = connect_tcp(to, where);
    auto opened = co_await std::move(opening);
    if (!opened)
        co_return opened.error();
    auto const executor = co_await asio::this_coro::executor;
    auto plain = std::make_unique<socket_stream>(executor, connected_socket(std::move(*opened)));
    if (!to.tls)
        co_return stream_ptr(std::move(plain));
    if (trust == nullptr)
        co_return fail(errc::tls_handshake_failed, where + ": no trusted certificates were given");
    auto secured =
        std::make_unique<tls_stream>(std::move(*plain), trust->internals().context.get());
    auto handshake = secured->connect(to.host);
    auto const done = co_await std::move(handshake);
    if (done)
        co_return stream_ptr(std::move(secured));
    auto failure = done.error();
    if (failure.code == make_error_code(errc::certificate_not_trusted))
        failure.detail = advise(where, failure.detail);
    else if (failure.code == make_error_code(errc::tls_handshake_failed))
        failure.detail = where + ": " + failure.detail;
    co_return failure;
}

} // namespace

task<result<stream_ptr>> connect(origin to, std::shared_ptr<client_tls const> trust,
                                 std::chrono::steady_clock::duration timeout) {
    auto const where = (to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]") +
                       ":" + std::to_string(to.port);
    auto connecting = connect_any(std::move(to), std::move(trust), where);
    auto bounded = with_timeout(timeout, std::move(connecting));
    auto connected = co_await std::move(bounded);
    if (!connected && connected.error().code == make_error_code(errc::timed_out) &&
        connected.error().detail.empty())
        co_return fail(errc::timed_out, where + ": no connection in time");
    co_return std::move(connected);
}

} // namespace cogniot::net
