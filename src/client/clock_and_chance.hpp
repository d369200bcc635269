// What the client's shell takes from outside, so that a test can stand in for all of it: the clock,
// chance and sleep.
#pragma once

#include "base/random_source.hpp"
#include "base/utc_time.hpp"
#include "net/task.hpp"

#include <chrono>
#include <functional>

namespace cogniot::client {

struct clock_and_chance {
    random_source* random = nullptr;
    std::function<utc_time()> now;
    /// Returns false if cancelled.
    std::function<net::task<bool>(std::chrono::milliseconds)> sleep;
};

/// The system's clock, OpenSSL's random numbers, real waiting.
clock_and_chance real_clock_and_chance();

} // namespace cogniot::client
