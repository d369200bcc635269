// Lines of a file descriptor, read on a thread of its own and handed to a loop, no more of them at
// a time than may be unacknowledged: reading a terminal or pipe must not stop the network.
#pragma once

#include "net/task.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cogniot::cli {

class line_source {
  public:
    /// `on_line` gets the line's number, from 1, and its bytes without the line end, or nothing if
    /// they are more than max_line_bytes; `on_end` comes once, after the last line. Both are called
    /// on the loop's thread.
    /// @param most_at_once  lines handed over and not yet given back with done()
    line_source(net::loop&, int fd, std::size_t most_at_once,
                std::function<void(std::uint64_t number, std::optional<std::string> line)> on_line,
                std::function<void()> on_end);
    /// Stops reading at once.
    ~line_source();
    line_source(line_source const&) = delete;
    line_source& operator=(line_source const&) = delete;

    /// One line has been dealt with: another may come.
    void done();

    /// A line that never ends must not fill the memory.
    static constexpr std::size_t max_line_bytes = 16 << 20;

  private:
    struct inside;
    std::shared_ptr<inside> in_;
};

} // namespace cogniot::cli
