#include "local/key_maker.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::local {
namespace {

constexpr std::size_t most_ready = 8;

} // namespace

key_maker::~key_maker() {
    {
        std::lock_guard const hold(mutex_);
        is_ending_ = true;
    }
    if (thread_.joinable())
        thread_.join();
}

void key_maker::prepare(std::size_t count) {
    std::unique_lock hold(mutex_);
    wanted_ = std::max(wanted_, std::min(count, most_ready));
    if (is_running_ || ready_.size() >= wanted_)
        return;
    is_running_ = true;
    hold.unlock();
    if (thread_.joinable())
        thread_.join(); // it has left run() or is about to
    thread_ = std::thread([this] { run(); });
}

crypto::rsa_key key_maker::take() {
    std::unique_lock hold(mutex_);
    // One in the making is nearer than one to begin.
    made_.wait(hold, [this] { return !ready_.empty() || !is_running_; });
    wanted_ -= std::min<std::size_t>(wanted_, 1);
    if (!ready_.empty()) {
        auto key = std::move(ready_.front());
        ready_.pop_front();
        return key;
    }
    hold.unlock();
    return crypto::rsa_key::generate();
}

void key_maker::run() {
    std::unique_lock hold(mutex_);
    while (!is_ending_ && ready_.size() < wanted_) {
        hold.unlock();
        auto key = crypto::rsa_key::generate();
        hold.lock();
        ready_.push_back(std::move(key));
        made_.notify_all();
    }
    is_running_ = false;
    made_.notify_all();
}

} // namespace cogniot::local
