#include "net/loop_inside.hpp"
#include "net/waiting.hpp"

#include <algorithm>
#include <vector>

namespace cogniot::net {

namespace asio = boost::asio;

task<bool> sleep_for(std::chrono::steady_clock::duration how_long) {
    auto const state = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(state))
        co_return false;
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, how_long);
    auto const [ec] = co_await timer.async_wait(in_hand);
    co_return !ec;
}

/// One waiting coroutine; lives in its frame.
struct signal_waiter {
    asio::steady_timer timer;
    bool notified = false;
};

struct signal::inside {
    asio::any_io_executor executor;
    bool pending = false;
    std::vector<signal_waiter*> waiters;
};

signal::signal(loop& on) : in_(std::make_shared<inside>()) {
    in_->executor = executor_of(on);
}
signal::~signal() = default;

void signal::notify() {
    if (in_->waiters.empty())
        in_->pending = true;
    for (auto* waiter : in_->waiters) {
        waiter->notified = true;
        waiter->timer.cancel();
    }
    in_->waiters.clear();
}

task<bool> signal::wait(std::chrono::steady_clock::duration timeout) {
    auto in = in_; // outlives the signal if that is destroyed meanwhile
    auto const state = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(state))
        co_return false;
    if (in->pending) {
        in->pending = false;
        co_return true;
    }
    signal_waiter self{asio::steady_timer(in->executor, timeout)};
    struct leave {
        inside& in;
        signal_waiter* who;
        ~leave() { std::erase(in.waiters, who); }
    } const on_leaving{*in, &self};
    in->waiters.push_back(&self);
    co_await self.timer.async_wait(in_hand);
    co_return self.notified;
}

} // namespace cogniot::net
