#include "net/loop_inside.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <csignal>
#include <exception>

namespace cogniot::net {

namespace asio = boost::asio;

loop::loop() : in_(std::make_unique<inside>()) {}
loop::~loop() = default;

void loop::run() {
    in_->context.run();
    in_->context.restart(); // so that a later run() starts anew
}

void loop::stop() {
    in_->context.stop();
}

void loop::post(std::function<void()> work) {
    asio::post(in_->context, std::move(work));
}

namespace {

task<void> run_quietly(std::function<task<void>()> start) {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto work = start();
    co_await std::move(work);
}

} // namespace

void loop::run_until_done(std::function<task<void>()> start) {
    struct ending {
        bool reached = false;
        std::exception_ptr thrown;
    };
    auto end = std::make_shared<ending>();
    auto on_end = [end](std::exception_ptr thrown) {
        end->reached = true;
        end->thrown = std::move(thrown);
    };
    auto work = run_quietly(std::move(start));
    asio::co_spawn(in_->context, std::move(work), std::move(on_end));
    while (!end->reached && !in_->context.stopped())
        in_->context.run_one();
    in_->context.restart();
    if (end->thrown)
        std::rethrow_exception(end->thrown);
}

void loop::on_termination(std::function<void()> handler) {
    auto& set = in_->termination.emplace(in_->context, SIGTERM, SIGINT);
    auto on_signal = [this, handler = std::move(handler)](error_code ec, int) {
        if (ec)
            return;
        in_->termination->clear(); // a second Ctrl-C ends the process
        handler();
    };
    set.async_wait(std::move(on_signal));
}

} // namespace cogniot::net
