#include "cli/line_source.hpp"

#include <doctest/doctest.h>

#include <array>
#include <thread>
#include <unistd.h>

using namespace cogniot;
using namespace cogniot::cli;

namespace {

struct pipe_ends {
    std::array<int, 2> fds{-1, -1};
    pipe_ends() { REQUIRE(::pipe(fds.data()) == 0); }
    ~pipe_ends() {
        close_writing();
        ::close(fds[0]);
    }
    void write(std::string const& text) {
        REQUIRE(::write(fds[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    void close_writing() {
        if (fds[1] >= 0)
            ::close(std::exchange(fds[1], -1));
    }
};

using numbered_lines = std::vector<std::pair<std::uint64_t, std::string>>;

/// Everything up to the end of the input.
numbered_lines read_all(pipe_ends const& ends) {
    net::loop loop;
    numbered_lines got;
    loop.run_until_done([&]() -> net::task<void> {
        net::signal ended(loop);
        line_source lines(
            loop, ends.fds[0], 100,
            [&](std::uint64_t number, std::optional<std::string> line) {
                got.emplace_back(number, line.value_or("too long"));
            },
            [&] { ended.notify(); });
        auto waiting = ended.wait(std::chrono::seconds(20));
        bool const has_ended = co_await std::move(waiting);
        CHECK(has_ended);
    });
    return got;
}

} // namespace

TEST_CASE("lines come with their numbers, without line ends, the last one even unfinished") {
    pipe_ends ends;
    ends.write("one\n\ntwo\r\nthree");
    ends.close_writing();
    CHECK(read_all(ends) == numbered_lines{{1, "one"}, {2, ""}, {3, "two"}, {4, "three"}});
}

TEST_CASE("no more lines are handed over than may be under way; done() lets the next come") {
    pipe_ends ends;
    ends.write("1\n2\n3\n4\n");
    net::loop loop;
    std::size_t got = 0;
    loop.run_until_done([&]() -> net::task<void> {
        line_source lines(
            loop, ends.fds[0], 2, [&](std::uint64_t, std::optional<std::string>) { ++got; }, [] {});
        for (int i = 0; i < 100 && got < 2; ++i) {
            auto waiting = net::sleep_for(std::chrono::milliseconds(5));
            co_await std::move(waiting);
        }
        auto settling = net::sleep_for(std::chrono::milliseconds(20));
        co_await std::move(settling);
        CHECK(got == 2);
        lines.done();
        for (int i = 0; i < 100 && got < 3; ++i) {
            auto waiting = net::sleep_for(std::chrono::milliseconds(5));
            co_await std::move(waiting);
        }
        CHECK(got == 3);
        // The reader is blocked on room, and the pipe stays open: leaving must not hang.
    });
}

TEST_CASE("leaving while the reader waits for input does not hang") {
    pipe_ends ends;
    net::loop loop;
    loop.run_until_done([&]() -> net::task<void> {
        line_source lines(
            loop, ends.fds[0], 2, [](std::uint64_t, std::optional<std::string>) {}, [] {});
        auto settling = net::sleep_for(std::chrono::milliseconds(10));
        co_await std::move(settling);
    });
}

TEST_CASE("a line that is too long is told by number, and the lines after it come") {
    pipe_ends ends;
    std::thread writer([&] {
        std::string const chunk(1 << 20, 'x');
        for (int i = 0; i < 17; ++i)
            for (std::size_t at = 0; at < chunk.size();)
                at += static_cast<std::size_t>(
                    std::max<ssize_t>(0, ::write(ends.fds[1], chunk.data(), chunk.size() - at)));
        ends.write("\nnext\n");
        ends.close_writing();
    });
    auto const got = read_all(ends);
    writer.join();
    CHECK(got == numbered_lines{{1, "too long"}, {2, "next"}});
}
