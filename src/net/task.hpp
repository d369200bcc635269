// Coroutines of the shell: what they are called, how they wait, and who owns them.
#pragma once

#include "base/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

namespace cogniot::net {

/// A coroutine that yields T. Always awaited or given to a task_group; never detached.
///
/// A cancelled coroutine is not thrown out of: what it waits for ends with errc::cancelled (or
/// false), and so does everything it waits for afterwards. It cleans up and returns.
template <typename T>
using task = boost::asio::awaitable<T>;

enum class errc {
    end_of_stream = 1,
    timed_out,
    cancelled,
    host_not_found,
    connection_refused,
    connection_lost,
    tls_handshake_failed,
    certificate_not_trusted,
    not_http,
    http_too_large,
    upgrade_refused,
    websocket_protocol_violation,
    websocket_closed,
    address_not_usable,
    host_unreachable,
};
std::string_view describe(errc);
error_code make_error_code(errc);

/// One thread's event loop: everything started on it runs on the thread that calls run().
class loop {
  public:
    loop();
    ~loop();
    loop(loop const&) = delete;
    loop& operator=(loop const&) = delete;

    /// Runs until stop() or until nothing is left to do.
    void run();
    /// Any thread.
    void stop();
    /// Any thread.
    void post(std::function<void()>);
    /// Runs one coroutine to its end on this thread: what a command-line tool is. Returns early
    /// after stop(). What the coroutine throws comes out here.
    void run_until_done(std::function<task<void>()>);
    /// Calls `handler` once for SIGTERM or SIGINT; the next signal has its usual effect.
    void on_termination(std::function<void()> handler);

    struct inside;
    inside& internals() { return *in_; }

  private:
    std::unique_ptr<inside> in_;
};

/// Owns coroutines: spawn, cancel, join. An exception in one ends the process loudly.
/// One thread (the loop's).
class task_group {
  public:
    explicit task_group(loop&);
    /// Cancels what still runs; that ends as the loop turns.
    ~task_group();
    task_group(task_group const&) = delete;
    task_group& operator=(task_group const&) = delete;
    /// The function is kept until its coroutine ends, so a lambda with captures may be a coroutine.
    /// On the loop's thread it runs at once up to its first wait.
    void spawn(std::function<task<void>()>);
    /// Cancels every pending operation of every coroutine of the group, and of those spawned later.
    void cancel();
    /// Waits until all have ended. Cancelling the waiter cancels the group.
    task<void> join();
    std::size_t size() const;

  private:
    struct inside;
    std::shared_ptr<inside> in_;
};

/// Waits. @return false if cancelled.
task<bool> sleep_for(std::chrono::steady_clock::duration);

/// An event between coroutines of one loop: wait() returns after the next notify() (or at once if
/// one came since the last wait), or when the timeout passed (false).
class signal {
  public:
    explicit signal(loop&);
    ~signal();
    signal(signal const&) = delete;
    signal& operator=(signal const&) = delete;
    /// Wakes every waiter; if there is none, the next wait() returns at once.
    void notify();
    /// @return false if the timeout passed or the coroutine was cancelled
    task<bool> wait(std::chrono::steady_clock::duration timeout = std::chrono::hours(24 * 365));

  private:
    struct inside;
    std::shared_ptr<inside> in_;
};

} // namespace cogniot::net
