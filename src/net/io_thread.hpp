// One thread of io_threads, and how it and the home loop tell each other of connections with news.
// For io_threads.cpp and carried.cpp only.
#pragma once

#include "net/task.hpp"

#include <memory>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace cogniot::net {

class carried;
using carried_ptr = std::shared_ptr<carried>;

/// Collects connections on one thread and hands them to the other when the turn ends.
class courier : public std::enable_shared_from_this<courier> {
  public:
    courier(loop& from, loop& to, void (carried::*what)()) : from_(from), to_(to), what_(what) {}
    /// On the thread of `from`.
    void send(carried_ptr);

  private:
    void hand_over();

    loop& from_;
    loop& to_;
    void (carried::*what_)();
    std::vector<carried_ptr> waiting_;
};

struct io_thread {
    io_thread(loop& home_loop, unsigned number);
    /// Cancels what still runs here and waits for the thread; then all of it is the caller's.
    ~io_thread();
    io_thread(io_thread const&) = delete;
    io_thread& operator=(io_thread const&) = delete;

    loop& home;
    loop own;
    std::shared_ptr<courier> to_home;
    std::shared_ptr<courier> to_own;
    /// Home's: what the last take() gave.
    std::string taken;
    /// The thread's: what it carries, and those that say goodbye.
    std::unordered_set<carried_ptr> all;
    task_group goodbyes;

  private:
    task<void> live();
    signal ending_;
    std::thread runner_;
};

} // namespace cogniot::net
