// A connection that an io_thread carries: two mailboxes behind one lock, with the stream on the
// thread's side of them. For io_threads.cpp and carried.cpp only.
#pragma once

#include "net/io_thread.hpp"
#include "net/watched.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace cogniot::net {

class carried final : public watched,
                      private watcher,
                      public std::enable_shared_from_this<carried> {
  public:
    /// `from` can be watched and has left its loop.
    carried(io_thread& by, stream_ptr from);

    // Home's side.
    result<void> watch(watcher&) override;
    void unwatch() override { watcher_ = nullptr; }
    result<std::span<char>> take() override;
    bool has_more() const override;
    bool has_ended() const override;
    result<std::size_t> give(std::string_view bytes) override;
    task<void> shutdown() override;
    void abort() override;
    address local() const override { return local_; }
    /// There is news from the thread.
    void told();

    // The thread's side.
    /// There is news from home.
    void work();
    /// After the thread's end, by whoever waited for that.
    void bury();

  private:
    struct orders {
        bool is_closing = false;
        bool is_aborted = false;
    };
    void on_ready() override { pump(); }
    void begin();
    void pump();
    void write_out();
    void read_in();
    task<void> say_goodbye();
    void finish();
    void tell_home(std::unique_lock<std::mutex>);
    void tell_own(std::unique_lock<std::mutex>);

    io_thread& by_;

    // Home's.
    address local_;
    watcher* watcher_ = nullptr;
    /// Somebody waits in shutdown().
    std::unique_ptr<signal> gone_;

    // The thread's; once `is_finished_`, home's.
    stream_ptr stream_;
    watched_stream& wire_;
    /// On its way out: up to `written_` it has left.
    std::string leaving_;
    std::size_t written_ = 0;
    bool has_begun_ = false;
    bool is_closing_ = false;
    bool has_ended_ = false;
    bool says_goodbye_ = false;

    // Both threads'.
    mutable std::mutex both_;
    /// Arrived and not taken.
    std::string arrived_;
    /// What take() ends with, behind what arrived; what give() ends with.
    std::optional<error> end_;
    std::optional<error> broken_;
    /// Given; with what is on its way out it is `unsent_`.
    std::string given_;
    std::size_t unsent_ = 0;
    orders orders_;
    bool is_finished_ = false;
    /// The thread does not read until there is room; home was refused and waits for room.
    bool is_full_ = false;
    bool wants_room_ = false;
    bool is_told_home_ = false;
    bool is_told_own_ = false;
};

} // namespace cogniot::net
