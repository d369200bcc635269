#include "net/poller.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <cerrno>
#include <sys/epoll.h>

namespace cogniot::net {

namespace asio = boost::asio;

namespace {

/// More than this is left for the next round, so that everything else of the
/// loop has its turn.
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

bool poller::control(int operation, int descriptor, polled& who) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &who;
    return all_ && ::epoll_ctl(all_->native_handle(), operation, descriptor, &event) == 0;
}

result<void> poller::add(int descriptor, polled& who) {
    if (!control(EPOLL_CTL_ADD, descriptor, who))
        return error{error_code(errno, boost::system::system_category()),
                     "a connection cannot be watched"};
    ++watched_;
    arm();
    return {};
}

void poller::hand_over(int descriptor, polled& from, polled& to) {
    forget(from);
    control(EPOLL_CTL_MOD, descriptor, to);
}

void poller::release(int descriptor, polled& who) {
    control(EPOLL_CTL_DEL, descriptor, who);
    remove(who);
}

void poller::remove(polled& who) {
    forget(who);
    // Waiting for nobody would keep the loop from ending.
    if (--watched_ == 0 && all_) {
        error_code none;
        all_->cancel(none);
    }
}

/// What this round has yet to tell it.
void poller::forget(polled& who) {
    for (auto& event : round_)
        if (event.data.ptr == &who)
            event.data.ptr = nullptr;
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
        polled::news const what{.readable = has_ended || (told.events & EPOLLIN) != 0,
                                .writable = has_ended || (told.events & EPOLLOUT) != 0,
                                .has_ended = has_ended};
        round_ = std::span(events).subspan(static_cast<std::size_t>(i) + 1,
                                           static_cast<std::size_t>(count - i - 1));
        if (who != nullptr)
            who->on_ready(what);
    }
    round_ = {};
}

} // namespace cogniot::net
