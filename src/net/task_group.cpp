#include "net/loop_inside.hpp"
#include "net/waiting.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <list>

namespace cogniot::net {

namespace asio = boost::asio;

struct task_group::inside {
    explicit inside(asio::any_io_executor const& on) : executor(on), all_ended(on) {
        // Never expires: waiters are woken by cancelling it.
        all_ended.expires_at(asio::steady_timer::time_point::max());
    }
    asio::any_io_executor executor;
    asio::steady_timer all_ended;
    std::list<asio::cancellation_signal> running;
    bool cancelled = false;
};

namespace {

/// Keeps `start` (and so a lambda's captures) alive for as long as its coroutine runs.
task<void> run_child(std::function<task<void>()> start) {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto work = start();
    co_await std::move(work);
}

[[noreturn]] void end_loudly(std::exception_ptr const& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (std::exception const& e) {
        std::fprintf(stderr, "a coroutine ended with an exception: %s\n", e.what());
    } catch (...) {
        std::fputs("a coroutine ended with an unknown exception\n", stderr);
    }
    std::abort();
}

} // namespace

task_group::task_group(loop& on) : in_(std::make_shared<inside>(executor_of(on))) {}
task_group::~task_group() {
    cancel();
}

void task_group::spawn(std::function<task<void>()> start) {
    in_->running.emplace_back();
    auto const self = std::prev(in_->running.end());
    auto on_end = [in = in_, self](std::exception_ptr thrown) {
        if (thrown)
            end_loudly(thrown);
        in->running.erase(self);
        if (in->running.empty())
            in->all_ended.cancel();
    };
    // Not asio::detached: the end is noted, so that join() can wait for it. It is noted in a later
    // turn of the loop even if the child ends at once: `self` stays valid here.
    auto child = run_child(std::move(start));
    asio::co_spawn(in_->executor, std::move(child),
                   asio::bind_cancellation_slot(self->slot(), std::move(on_end)));
    if (in_->cancelled)
        self->emit(asio::cancellation_type::terminal);
}

void task_group::cancel() {
    in_->cancelled = true;
    // A cancelled operation ends later, in a turn of the loop: the list is not changed meanwhile.
    for (auto& stop : in_->running)
        stop.emit(asio::cancellation_type::terminal);
}

task<void> task_group::join() {
    auto in = in_; // the group may be destroyed while its last waiter resumes
    while (!in->running.empty()) {
        co_await in->all_ended.async_wait(in_hand);
        auto const state = co_await asio::this_coro::cancellation_state;
        if (is_cancelled(state) && !in->cancelled) {
            in->cancelled = true;
            for (auto& stop : in->running)
                stop.emit(asio::cancellation_type::terminal);
        }
    }
}

std::size_t task_group::size() const {
    return in_->running.size();
}

} // namespace cogniot::net
