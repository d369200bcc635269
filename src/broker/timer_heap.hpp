// Deadlines of many owners: the next one in O(1), setting and cancelling in O(log n), no allocation
// per timer, nothing to scan. A timer lives inside its owner and is cancelled with it.
#pragma once

#include "base/utc_time.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace cogniot::broker {

class timer_heap;

/// One deadline of one owner.
class timer {
  public:
    enum class kind { connection, session, retained, direct };
    timer(kind k, void* whose) : what(k), owner(whose) {}
    timer(timer const&) = delete;
    timer& operator=(timer const&) = delete;

    kind const what;
    void* const owner;
    bool is_set() const { return position_ != unset; }

  private:
    friend class timer_heap;
    static constexpr std::size_t unset = static_cast<std::size_t>(-1);
    std::size_t position_ = unset;
};

/// INVARIANT: the timer of the entry at i has position i; no entry is earlier than its parent.
class timer_heap {
  public:
    bool is_empty() const { return entries_.empty(); }
    utc_time next_at() const { return entries_.front().at; }
    timer& next() const { return *entries_.front().what; }

    /// Sets, or moves, the deadline.
    void set(timer& t, utc_time at) {
        if (!t.is_set()) {
            t.position_ = entries_.size();
            entries_.push_back({at, &t});
        } else {
            entries_[t.position_].at = at;
        }
        settle(t.position_);
    }
    void cancel(timer& t) {
        if (!t.is_set())
            return;
        auto const hole = t.position_;
        t.position_ = timer::unset;
        auto const moved = entries_.back();
        entries_.pop_back();
        if (hole == entries_.size())
            return;
        entries_[hole] = moved;
        moved.what->position_ = hole;
        settle(hole);
    }
    /// Moves all deadlines by the same time.
    void shift(std::chrono::milliseconds by) {
        for (auto& one : entries_)
            one.at += by;
    }
    /// When `t` is due; it must be set.
    utc_time at(timer const& t) const { return entries_[t.position_].at; }

  private:
    struct entry {
        utc_time at;
        timer* what;
    };
    void swap(std::size_t a, std::size_t b) {
        std::swap(entries_[a], entries_[b]);
        entries_[a].what->position_ = a;
        entries_[b].what->position_ = b;
    }
    void settle(std::size_t i) {
        while (i > 0 && entries_[i].at < entries_[(i - 1) / 2].at) {
            swap(i, (i - 1) / 2);
            i = (i - 1) / 2;
        }
        for (;;) {
            auto least = i;
            for (auto child = 2 * i + 1; child <= 2 * i + 2 && child < entries_.size(); ++child)
                if (entries_[child].at < entries_[least].at)
                    least = child;
            if (least == i)
                return;
            swap(i, least);
            i = least;
        }
    }

    std::vector<entry> entries_;
};

} // namespace cogniot::broker
