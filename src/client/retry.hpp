// Whether and when to try a call again: AWS's `standard` retry mode. Pure: random is an argument.
//
// @source botocore retries/standard.py; AWS SDKs reference guide, "Retry behavior"
#pragma once

#include "base/random_source.hpp"
#include "client/aws_error.hpp"

#include <chrono>
#include <optional>

namespace cogniot::client {

/// Keeps retries from multiplying an outage: a bucket of 500, shared by all calls of a process.
class retry_quota {
  public:
    /// What a retry after `why` costs: 5, or 10 after a timeout. Nothing = the bucket is empty.
    std::optional<unsigned> take(failure why);
    /// A call succeeded after its last retry had cost `cost` (0 = there was no retry).
    void give_back(unsigned cost);
    unsigned left() const { return left_; }

  private:
    static constexpr unsigned capacity = 500;
    unsigned left_ = capacity;
};

/// One call's attempts.
class retry_plan {
  public:
    /// @param max_attempts counts the first try (AWS_MAX_ATTEMPTS), at least 1
    retry_plan(retry_quota& quota, unsigned max_attempts);

    /// The attempt now under way, from 1.
    unsigned attempt() const { return attempt_; }
    unsigned max_attempts() const { return max_attempts_; }
    /// The attempt failed: how long to wait before the next, rand(0,1) * min(2^i, 20) seconds;
    /// nothing = give up.
    std::optional<std::chrono::milliseconds> next(failure why, random_source& random);
    void succeeded();

  private:
    retry_quota& quota_;
    unsigned max_attempts_;
    unsigned attempt_ = 1;
    unsigned last_cost_ = 0;
    bool clock_retried_ = false;
};

} // namespace cogniot::client
