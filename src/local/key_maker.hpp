// RSA keys made ahead of need, on a thread of their own: a user pool's first sign-in wants two, and
// making one on the loop would hold up everybody for a tenth of a second.
#pragma once

#include "crypto/rsa.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>

namespace cogniot::local {

/// take() and prepare() belong to one thread. The thread inside exists only while keys are wanted.
class key_maker {
  public:
    key_maker() = default;
    /// Waits for the key in the making, if there is one.
    ~key_maker();
    key_maker(key_maker const&) = delete;
    key_maker& operator=(key_maker const&) = delete;

    /// Sees to it that `count` keys (at most 8) are ready or in the making. Returns at once.
    void prepare(std::size_t count);
    /// A key that is ready, or the next one in the making, or a new one.
    crypto::rsa_key take();

  private:
    void run();

    std::thread thread_;
    // Everything below is protected by the mutex: it is the one place where two threads meet.
    std::mutex mutex_;
    std::condition_variable made_;
    std::deque<crypto::rsa_key> ready_;
    std::size_t wanted_ = 0;
    bool is_running_ = false;
    bool is_ending_ = false;
};

} // namespace cogniot::local
