// A bound on how long a coroutine may take.
#pragma once

#include "net/task.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace cogniot::net {

/// Runs `work` for at most `limit`, then cancels it and waits for it to clean up.
/// @return false if it was cancelled for being late. Cancelling the caller cancels `work` too.
task<bool> run_for_at_most(std::chrono::steady_clock::duration limit, task<void> work);

/// `work`'s own result, or errc::timed_out if it was cancelled for being late.
template <typename T>
task<result<T>> with_timeout(std::chrono::steady_clock::duration limit, task<result<T>> work) {
    auto outcome = std::make_shared<std::optional<result<T>>>();
    auto keep = [](task<result<T>> inner,
                   std::shared_ptr<std::optional<result<T>>> into) -> task<void> {
        auto got = co_await std::move(inner);
        into->emplace(std::move(got));
    };
    auto kept = keep(std::move(work), outcome);
    bool const in_time = co_await run_for_at_most(limit, std::move(kept));
    if (!outcome->has_value())
        co_return fail(in_time ? errc::cancelled : errc::timed_out);
    if (!in_time && (*outcome)->has_error() &&
        (*outcome)->error().code == make_error_code(errc::cancelled))
        co_return fail(errc::timed_out, (*outcome)->error().detail);
    co_return std::move(**outcome);
}

} // namespace cogniot::net
