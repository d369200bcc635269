#include "net/http_client.hpp"

#include "net/connection_pool.hpp"
#include "net/deadline.hpp"
#include "net/http_exchange.hpp"
#include "net/http_print.hpp"
#include "net/waiting.hpp"

namespace cogniot::net {

namespace {

using clock = std::chrono::steady_clock;

/// A stream of events has no end in sight, but its beginning has.
constexpr std::chrono::seconds streaming_header_limit{30};

/// Sends the request over one connection after the other until it was not a stale one.
task<result<http_response>> send_over(std::shared_ptr<connection_pool> pool, origin to,
                                      http_request request, body_sink sink,
                                      clock::duration timeout) {
    auto const executor = co_await boost::asio::this_coro::executor;
    auto const until = clock::now() + timeout;
    auto const text = print_request(request, to.host_header());
    for (;;) {
        auto taking = pool->take(to, until);
        auto taken = co_await std::move(taking);
        if (!taken)
            co_return taken.error();
        auto& connection = taken->get();
        deadline limit(executor, [&connection] { connection.abort(); });
        limit.set(until);
        body_sink watched;
        if (sink)
            watched = [&limit, &sink](std::string_view bytes) {
                limit.clear();
                return sink(bytes);
            };
        auto begun = std::make_shared<bool>(false);
        auto exchanging = exchange(connection, text, request.method, std::move(watched), begun);
        auto answered = co_await std::move(exchanging);
        if (answered) {
            if (answered->reusable)
                taken->give_back();
            co_return std::move(answered->response);
        }
        auto failure = answered.error();
        if (limit.has_passed())
            failure = fail(errc::timed_out, "no answer in time");
        else if (failure.code == make_error_code(errc::connection_lost) && taken->was_idle() &&
                 !*begun)
            continue; // the server had given it up, as it may at any time
        failure.detail = to.host_header() + ": " + failure.detail;
        co_return failure;
    }
}

} // namespace

struct http_client::inside {
    std::shared_ptr<connection_pool> pool;
};

http_client::http_client(loop& on, std::shared_ptr<client_tls const> trust)
    : in_(std::make_shared<inside>()) {
    in_->pool = std::make_shared<connection_pool>(on, std::move(trust));
}

http_client::~http_client() {
    in_->pool->close();
}

void http_client::warm(origin const& to, std::size_t ready) {
    in_->pool->warm(to, ready);
}

task<result<stream_ptr>> http_client::take_stream(origin to, clock::duration timeout) {
    auto taking = in_->pool->take(std::move(to), clock::now() + timeout);
    auto taken = co_await std::move(taking);
    if (!taken)
        co_return taken.error();
    co_return taken->take_away();
}

task<result<http_response>> http_client::send(origin to, http_request request,
                                              clock::duration timeout) {
    return send_over(in_->pool, std::move(to), std::move(request), {}, timeout);
}

task<result<http_response>> http_client::send_streaming(origin to, http_request request,
                                                        body_sink sink) {
    return send_over(in_->pool, std::move(to), std::move(request), std::move(sink),
                     streaming_header_limit);
}

} // namespace cogniot::net
