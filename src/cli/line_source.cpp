#include "cli/line_source.hpp"

#include <array>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <poll.h>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace cogniot::cli {

struct line_source::inside {
    net::loop& loop;
    int fd;
    std::function<void(std::uint64_t, std::optional<std::string>)> on_line;
    std::function<void()> on_end;
    std::thread reader{};
    /// The reader's poll() wakes when the other end closes.
    std::array<int, 2> stop_pipe{-1, -1};
    /// Loop's thread only: nothing is called after the source is gone.
    bool is_gone = false;

    // Shared by the two threads: how many lines may still be handed over, and whether to go on. A
    // mutex, because the reader must sleep until the loop is done with a line.
    std::mutex guard{};
    std::condition_variable changed{};
    std::size_t room;
    bool is_stopping = false;

    inside(net::loop& on, int from, std::size_t most) : loop(on), fd(from), room(most) {}

    bool wait_for_room() {
        std::unique_lock lock(guard);
        changed.wait(lock, [this] { return room > 0 || is_stopping; });
        if (is_stopping)
            return false;
        --room;
        return true;
    }

    /// @return nothing when told to stop; an empty chunk at the end of input
    std::optional<std::string> read_chunk() {
        std::array<pollfd, 2> watched{{{.fd = fd, .events = POLLIN, .revents = 0},
                                       {.fd = stop_pipe[0], .events = POLLIN, .revents = 0}}};
        for (;;) {
            if (::poll(watched.data(), watched.size(), -1) < 0) {
                if (errno == EINTR)
                    continue;
                return std::string();
            }
            if (watched[1].revents != 0)
                return {};
            std::array<char, 64 * 1024> buffer{};
            auto const got = ::read(fd, buffer.data(), buffer.size());
            if (got < 0 && (errno == EINTR || errno == EAGAIN))
                continue;
            return std::string(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
        }
    }
};

line_source::line_source(net::loop& on, int fd, std::size_t most_at_once,
                         std::function<void(std::uint64_t, std::optional<std::string>)> on_line,
                         std::function<void()> on_end)
    : in_(std::make_shared<inside>(on, fd, most_at_once)) {
    in_->on_line = std::move(on_line);
    in_->on_end = std::move(on_end);
    if (::pipe(in_->stop_pipe.data()) != 0)
        in_->stop_pipe = {-1, -1};
    in_->reader = std::thread([in = in_.get(), keep = std::weak_ptr(in_)] {
        std::uint64_t number = 0;
        std::optional<std::string> line(std::string{});
        // Hands over what was gathered. False when told to stop.
        auto const give = [&] {
            ++number;
            if (line && line->ends_with('\r'))
                line->pop_back();
            if (!in->wait_for_room())
                return false;
            in->loop.post([keep, number, text = std::exchange(line, std::string())]() mutable {
                if (auto const alive = keep.lock(); alive && !alive->is_gone)
                    alive->on_line(number, std::move(text));
            });
            return true;
        };
        for (;;) {
            auto const chunk = in->read_chunk();
            if (!chunk)
                return;
            if (chunk->empty())
                break;
            std::string_view left = *chunk;
            for (;;) {
                auto const end = left.find('\n');
                auto const part = left.substr(0, end);
                if (line && line->size() + part.size() > max_line_bytes)
                    line.reset(); // the rest of it is read and dropped
                if (line)
                    line->append(part);
                if (end == std::string_view::npos)
                    break;
                if (!give())
                    return;
                left.remove_prefix(end + 1);
            }
        }
        if ((!line || !line->empty()) && !give())
            return;
        in->loop.post([keep] {
            if (auto const alive = keep.lock(); alive && !alive->is_gone)
                alive->on_end();
        });
    });
}

line_source::~line_source() {
    in_->is_gone = true;
    {
        std::lock_guard const lock(in_->guard);
        in_->is_stopping = true;
    }
    in_->changed.notify_all();
    if (in_->stop_pipe[1] >= 0)
        ::close(in_->stop_pipe[1]);
    in_->reader.join();
    if (in_->stop_pipe[0] >= 0)
        ::close(in_->stop_pipe[0]);
}

void line_source::done() {
    {
        std::lock_guard const lock(in_->guard);
        ++in_->room;
    }
    in_->changed.notify_one();
}

} // namespace cogniot::cli
