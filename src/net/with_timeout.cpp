#include "net/with_timeout.hpp"

#include "net/waiting.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace cogniot::net {

namespace asio = boost::asio;

namespace {

struct bounded_run {
    bounded_run(asio::any_io_executor const& on, std::chrono::steady_clock::duration limit)
        : deadline(on, limit) {}
    asio::steady_timer deadline;
    asio::cancellation_signal stop;
    bool ended = false;
    std::exception_ptr thrown;
};

task<void> run_inner(task<void> work) {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await std::move(work);
}

} // namespace

task<bool> run_for_at_most(std::chrono::steady_clock::duration limit, task<void> work) {
    auto const executor = co_await asio::this_coro::executor;
    auto run = std::make_shared<bounded_run>(executor, limit);
    auto on_end = [run](std::exception_ptr thrown) {
        run->ended = true;
        run->thrown = std::move(thrown);
        run->deadline.cancel();
    };
    auto inner = run_inner(std::move(work));
    asio::co_spawn(executor, std::move(inner),
                   asio::bind_cancellation_slot(run->stop.slot(), std::move(on_end)));
    // The timer ends for one of three reasons: the work ended, it is late, or we were cancelled.
    auto const before = co_await asio::this_coro::cancellation_state;
    error_code why = asio::error::operation_aborted;
    if (!is_cancelled(before))
        std::tie(why) = co_await run->deadline.async_wait(in_hand);
    bool const late = !run->ended && !why;
    if (!run->ended) {
        run->stop.emit(asio::cancellation_type::terminal);
        run->deadline.expires_at(asio::steady_timer::time_point::max());
    }
    while (!run->ended)
        co_await run->deadline.async_wait(in_hand);
    if (run->thrown)
        std::rethrow_exception(run->thrown);
    co_return !late;
}

} // namespace cogniot::net
