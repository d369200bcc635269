// A time limit on what one connection does: when it passes, something is called (mostly abort()).
// Cheap to move, so that it can be set again for every request. For src/net/*.cpp only.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace cogniot::net {

class deadline {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    deadline(boost::asio::any_io_executor const& on, std::function<void()> when_passed);
    ~deadline();
    deadline(deadline const&) = delete;
    deadline& operator=(deadline const&) = delete;

    void set(time_point at);
    void set(std::chrono::steady_clock::duration from_now);
    void clear();
    /// True once it has passed; it stays so.
    bool has_passed() const;

  private:
    struct inside;
    std::shared_ptr<inside> in_;
};

} // namespace cogniot::net
