#include "client/retry.hpp"

#include <algorithm>

namespace cogniot::client {

std::optional<unsigned> retry_quota::take(failure why) {
    unsigned const cost = why == failure::timed_out ? 10 : 5;
    if (left_ < cost)
        return {};
    left_ -= cost;
    return cost;
}

void retry_quota::give_back(unsigned cost) {
    left_ = std::min(capacity, left_ + (cost == 0 ? 1 : cost));
}

retry_plan::retry_plan(retry_quota& quota, unsigned max_attempts)
    : quota_(quota), max_attempts_(std::max(1U, max_attempts)) {}

std::optional<std::chrono::milliseconds> retry_plan::next(failure why, random_source& random) {
    if (why == failure::final || attempt_ >= max_attempts_)
        return {};
    // A corrected clock helps at once or not at all.
    if (why == failure::clock && clock_retried_)
        return {};
    auto const cost = quota_.take(why);
    if (!cost)
        return {};
    last_cost_ = *cost;
    unsigned const retry = attempt_ - 1;
    ++attempt_;
    if (why == failure::clock) {
        clock_retried_ = true;
        return std::chrono::milliseconds(0);
    }
    auto const ceiling = std::min<std::uint64_t>(1ULL << std::min(retry, 10U), 20) * 1000;
    return std::chrono::milliseconds(random_below(random, ceiling + 1));
}

void retry_plan::succeeded() {
    quota_.give_back(last_cost_);
}

} // namespace cogniot::client
