#include "net/carried.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::net {
namespace {

/// Each way, see io_threads::carry().
constexpr std::size_t most_arrived = 64 << 10;
constexpr std::size_t most_unsent = 64 << 10;
/// In a row, so that one connection cannot hold up the others of its thread.
constexpr int most_reads = 4;
/// For what was given to leave, and for the stream's own goodbye behind it.
constexpr std::chrono::seconds closing_limit{6};

} // namespace

carried::carried(io_thread& by, stream_ptr from)
    : by_(by), local_(from->local()), stream_(std::move(from)), wire_(*find_watched(*stream_)) {}

// Home's side.

result<void> carried::watch(watcher& who) {
    watcher_ = &who;
    tell_own(std::unique_lock(both_));
    return {};
}

result<std::span<char>> carried::take() {
    std::string next;
    std::unique_lock lock(both_);
    next.swap(arrived_);
    if (next.empty() && end_)
        return *end_;
    if (std::exchange(is_full_, false))
        tell_own(std::move(lock));
    by_.taken.swap(next);
    return std::span<char>(by_.taken);
}

bool carried::has_more() const {
    std::lock_guard const lock(both_);
    return !arrived_.empty() || end_.has_value();
}

bool carried::has_ended() const {
    std::lock_guard const lock(both_);
    return end_.has_value();
}

result<std::size_t> carried::give(std::string_view bytes) {
    std::unique_lock lock(both_);
    if (broken_)
        return *broken_;
    auto const part = bytes.substr(0, most_unsent - std::min(unsent_, most_unsent));
    given_ += part;
    unsent_ += part.size();
    wants_room_ = part.size() < bytes.size();
    if (!part.empty())
        tell_own(std::move(lock));
    return part.size();
}

task<void> carried::shutdown() {
    auto const self = shared_from_this();
    watcher_ = nullptr;
    gone_ = std::make_unique<signal>(by_.home);
    {
        std::unique_lock lock(both_);
        orders_.is_closing = true;
        tell_own(std::move(lock));
    }
    co_await gone_->wait(closing_limit);
    gone_.reset();
    abort();
}

void carried::abort() {
    watcher_ = nullptr;
    std::unique_lock lock(both_);
    if (!std::exchange(orders_.is_aborted, true) && !is_finished_)
        tell_own(std::move(lock));
}

void carried::told() {
    std::unique_lock lock(both_);
    is_told_home_ = false;
    bool const is_finished = is_finished_;
    lock.unlock();
    if (watcher_ != nullptr)
        watcher_->on_ready();
    if (!is_finished)
        return;
    // What lasts as long as the stream belongs to this thread.
    stream_.reset();
    if (gone_)
        gone_->notify();
}

// The thread's side.

void carried::work() {
    std::unique_lock lock(both_);
    is_told_own_ = false;
    auto const ordered = orders_;
    bool const is_finished = is_finished_;
    lock.unlock();
    if (is_finished)
        return;
    if (ordered.is_aborted) {
        if (says_goodbye_)
            return wire_.abort(); // which ends it
        if (has_begun_)
            write_out();
        return finish();
    }
    is_closing_ = ordered.is_closing;
    if (!has_begun_)
        begin();
    pump();
}

void carried::begin() {
    has_begun_ = true;
    by_.all.insert(shared_from_this());
    auto entered = wire_.enter_loop(by_.own);
    if (entered)
        entered = wire_.watch(*this);
    if (entered)
        return;
    has_ended_ = true;
    std::unique_lock lock(both_);
    end_ = broken_ = entered.error();
    tell_home(std::move(lock));
}

void carried::pump() {
    if (says_goodbye_)
        return;
    write_out();
    read_in();
    std::unique_lock lock(both_);
    if (broken_ && !end_ && !is_full_) {
        has_ended_ = true;
        end_ = broken_;
        tell_home(std::move(lock));
    } else if (is_closing_ && (unsent_ == 0 || broken_)) {
        lock.unlock();
        says_goodbye_ = true;
        wire_.unwatch();
        by_.goodbyes.spawn([self = shared_from_this()] { return self->say_goodbye(); });
    }
}

void carried::write_out() {
    for (;;) {
        if (written_ == leaving_.size()) {
            written_ = 0;
            std::string().swap(leaving_); // an idle connection holds none
            std::lock_guard const lock(both_);
            if (broken_ || given_.empty())
                return;
            leaving_.swap(given_);
        }
        auto const sent = wire_.give(std::string_view(leaving_).substr(written_));
        std::unique_lock lock(both_);
        if (!sent) {
            broken_ = sent.error();
            written_ = leaving_.size();
            continue;
        }
        written_ += *sent;
        unsent_ -= *sent;
        bool const is_partial = written_ < leaving_.size();
        if (wants_room_ && unsent_ <= most_unsent / 2) {
            wants_room_ = false;
            tell_home(std::move(lock));
        }
        if (is_partial)
            return;
    }
}

void carried::read_in() {
    for (int reads = 0; !has_ended_; ++reads) {
        std::unique_lock lock(both_);
        if (is_full_)
            return;
        lock.unlock();
        if (reads == most_reads)
            return by_.own.post([self = shared_from_this()] { self->work(); });
        auto const got = wire_.take();
        bool const has_more = wire_.has_more();
        lock.lock();
        if (!got) {
            has_ended_ = true;
            end_ = got.error();
            return tell_home(std::move(lock));
        }
        // While it closes, what still comes is nobody's.
        if (!is_closing_ && !got->empty()) {
            arrived_.append(got->data(), got->size());
            is_full_ = arrived_.size() >= most_arrived;
            tell_home(std::move(lock));
        }
        if (!has_more)
            return;
    }
}

task<void> carried::say_goodbye() {
    co_await wire_.shutdown();
    finish();
}

void carried::finish() {
    auto const self = shared_from_this();
    wire_.abort();
    by_.all.erase(self);
    std::unique_lock lock(both_);
    is_finished_ = true;
    tell_home(std::move(lock));
}

void carried::bury() {
    wire_.abort();
    stream_.reset();
}

// Telling each other.

void carried::tell_home(std::unique_lock<std::mutex> lock) {
    bool const is_first = !std::exchange(is_told_home_, true);
    lock.unlock();
    if (is_first)
        by_.to_home->send(shared_from_this());
}

void carried::tell_own(std::unique_lock<std::mutex> lock) {
    bool const is_first = !std::exchange(is_told_own_, true);
    lock.unlock();
    if (is_first)
        by_.to_own->send(shared_from_this());
}

} // namespace cogniot::net
