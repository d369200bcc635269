#include "broker/outbox.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace cogniot::broker {

outbox::number outbox::push(outgoing what) {
    if (size_ == ring_.size()) {
        std::vector<outgoing> larger(std::max<std::size_t>(4, ring_.size() * 2));
        for (std::size_t i = 0; i < size_; ++i)
            larger[i] = std::move(ring_[(head_ + i) & (ring_.size() - 1)]);
        ring_ = std::move(larger);
        head_ = 0;
    }
    auto const n = last();
    ring_[(head_ + size_) & (ring_.size() - 1)] = std::move(what);
    ++size_;
    ++owed_;
    return n;
}

void outbox::skip_to(number n) {
    if (size_ == 0) {
        first_ = live_next_ = stored_next_ = stored_end_ = n;
        return;
    }
    while (last() < n) {
        push({.what = {}, .now = outgoing::state::done});
        --owed_;
    }
}

std::optional<outbox::number> outbox::find_in_flight(mqtt::packet_id id) {
    if (size_ == 0 || id == 0)
        return {};
    auto const wanted = static_cast<number>(id - 1);
    auto const n = first_ + (wanted + 65535 - first_ % 65535) % 65535;
    if (n >= last() || at(n).now != outgoing::state::sent)
        return {};
    return n;
}

void outbox::mark_sent(number n, utc_time now) {
    auto& entry = at(n);
    if (entry.now == outgoing::state::waiting) {
        entry.now = outgoing::state::sent;
        entry.first_sent = now;
        ++in_flight_;
    }
    entry.was_sent = true;
    if (!entry.direct) // those before it were not sent with it
        sent_end_ = std::max(sent_end_, n + 1);
    auto const since = (now - entry.first_sent).count();
    entry.resent_after_ms = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(since, 0, std::numeric_limits<std::uint32_t>::max()));
}

void outbox::finish(number n) {
    auto& entry = at(n);
    if (entry.now == outgoing::state::done)
        return;
    if (entry.now == outgoing::state::sent)
        --in_flight_;
    entry.now = outgoing::state::done;
    entry.what = {};
    entry.identifiers.reset();
    --owed_;
    while (size_ > 0 && ring_[head_].now == outgoing::state::done) {
        head_ = (head_ + 1) & (ring_.size() - 1);
        --size_;
        ++first_;
    }
    if (size_ == 0 && ring_.size() > 64) {
        // A long queue has been delivered: the idle session gives its memory back.
        std::vector<outgoing>().swap(ring_);
        head_ = 0;
    }
}

std::optional<outbox::number> outbox::next(number& cursor, number end) {
    cursor = std::max(cursor, first_);
    while (cursor < end && at(cursor).now != outgoing::state::waiting)
        ++cursor;
    if (cursor >= end || cursor - first_ >= max_span)
        return {};
    return cursor;
}

void outbox::went_offline() {
    for (std::size_t i = 0; i < size_; ++i) {
        auto& entry = ring_[(head_ + i) & (ring_.size() - 1)];
        if (entry.now == outgoing::state::sent)
            entry.now = outgoing::state::waiting;
    }
    in_flight_ = 0;
}

void outbox::came_online() {
    stored_next_ = first_;
    stored_end_ = live_next_ = last();
}

} // namespace cogniot::broker
