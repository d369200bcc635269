#include "net/deadline.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

namespace cogniot::net {

namespace asio = boost::asio;

struct deadline::inside : std::enable_shared_from_this<inside> {
    inside(asio::any_io_executor const& on, std::function<void()> call)
        : timer(on), when_passed(std::move(call)) {}

    void arm() {
        armed_for = at;
        timer.expires_at(at);
        timer.async_wait([self = shared_from_this()](boost::system::error_code ec) {
            if (!ec)
                self->expired();
        });
    }
    void expired() {
        armed_for = time_point::max();
        if (at == time_point::max() || passed)
            return;
        if (at > std::chrono::steady_clock::now()) {
            arm(); // it was moved meanwhile
            return;
        }
        passed = true;
        when_passed();
    }

    asio::steady_timer timer;
    std::function<void()> when_passed;
    time_point at = time_point::max();
    /// When the timer will fire; it is left alone when `at` moves later, which is the usual case.
    time_point armed_for = time_point::max();
    bool passed = false;
};

deadline::deadline(asio::any_io_executor const& on, std::function<void()> when_passed)
    : in_(std::make_shared<inside>(on, std::move(when_passed))) {}

deadline::~deadline() {
    in_->at = time_point::max();
    in_->timer.cancel();
}

void deadline::set(time_point at) {
    in_->at = at;
    if (at < in_->armed_for)
        in_->arm();
}

void deadline::set(std::chrono::steady_clock::duration from_now) {
    set(std::chrono::steady_clock::now() + from_now);
}

void deadline::clear() {
    in_->at = time_point::max();
}

bool deadline::has_passed() const {
    return in_->passed;
}

} // namespace cogniot::net
