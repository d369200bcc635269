#include "net/poller.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <cerrno>
#include <sys/epoll.h>

namespace cogniot::net {

namespace asio = boost::asio;

namespace {

/// More than this is left for the next round, so that everything else of the loop has its turn.
constexpr std::size_t round_size = 256;

} // namespace

asio::execution_context::id poller::id;

poller& poller::of(asio::any_io_executor const& on) {
    return asio::use_service<poller>(asio::query(on, asio::execution::context));
}

poller::poller(asio::execution_context& owner) : service(owner) {
    int const made = ::epoll_create1(EPOLL_CLOEXEC);
    if (made >= 0)
        all_.emplace(static_cast<asio::io_context&>(owner).get_executor(), made);
}

void poller::shutdown() {
    all_.reset();
}

result<void> poller::add(int descriptor, polled& who) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &who;
    if (!all_ || ::epoll_ctl(all_->native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0)
        return error{error_code(errno, boost::system::system_category()),
                     "a connection cannot be watched"};
    ++watched_;
    arm();
    return {};
}

void poller::remove(int descriptor, polled& who) {
    if (!all_)
        return; // the loop is ending, and with it all watching
    epoll_event ignored{};
    ::epoll_ctl(all_->native_handle(), EPOLL_CTL_DEL, descriptor, &ignored);
    for (auto& event : round_)
        if (event.data.ptr == &who)
            event.data.ptr = nullptr;
    // Waiting for nobody would keep the loop from ending.
    if (--watched_ == 0) {
        error_code none;
        all_->cancel(none);
    }
}

void poller::arm() {
    if (armed_ || watched_ == 0)
        return;
    armed_ = true;
    all_->async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code ec) {
        armed_ = false;
        if (!ec)
            serve();
        if (all_)
            arm();
    });
}

void poller::serve() {
    std::array<epoll_event, round_size> events;
    int const count =
        ::epoll_wait(all_->native_handle(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
        auto const& told = events[static_cast<std::size_t>(i)];
        auto* const who = static_cast<polled*>(told.data.ptr);
        bool const has_ended = (told.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        round_ = std::span(events).subspan(static_cast<std::size_t>(i) + 1,
                                           static_cast<std::size_t>(count - i - 1));
        if (who != nullptr)
            who->on_ready(has_ended);
    }
    round_ = {};
}

} // namespace cogniot::net
