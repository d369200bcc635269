// SIGKILL in the middle of commits: every batch that was reported is there, and batches are whole.
#include "store/store.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <csignal>
#include <map>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace cogniot::store {
namespace {

constexpr int records_per_batch = 3;

/// Commits batch after batch and reports each on `told` after its commit returned.
[[noreturn]] void write_until_killed(std::filesystem::path const& directory, sync how, int told) {
    auto s = open_sqlite(directory, how);
    if (!s)
        ::_exit(1);
    for (std::uint32_t batch = 1;; ++batch) {
        std::vector<record> records;
        for (int i = 0; i < records_per_batch; ++i)
            records.push_back(
                {"batch", std::to_string(batch) + "/" + std::to_string(i), std::string(500, 'v')});
        if (!(*s)->commit(records))
            ::_exit(1);
        if (::write(told, &batch, sizeof batch) != sizeof batch)
            ::_exit(1);
    }
}

void check_kill(sync how) {
    test::temporary_directory dir;
    std::uint32_t reported = 0;
    for (int round = 0; round < 4; ++round) {
        int told[2];
        REQUIRE(::pipe(told) == 0);
        auto const directory = dir.path() / std::to_string(round);
        auto const child = ::fork();
        if (child == 0)
            write_until_killed(directory, how, told[1]);
        ::close(told[1]);
        // A different moment each round, past a checkpoint of the log in the later ones.
        auto const enough =
            static_cast<std::uint32_t>(how == sync::full ? 20 + 30 * round : 100 + 900 * round);
        std::uint32_t batch = 0;
        while (batch < enough && ::read(told[0], &batch, sizeof batch) == sizeof batch) {
        }
        REQUIRE(::kill(child, SIGKILL) == 0);
        while (::read(told[0], &batch, sizeof batch) == sizeof batch) {
        }
        ::close(told[0]);
        reported = batch;
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        REQUIRE(reported >= enough);

        auto s = open_sqlite(directory);
        REQUIRE(s);
        std::map<std::uint32_t, int> found;
        REQUIRE((*s)->load([&](std::string_view, std::string_view key, std::string_view value) {
            std::uint32_t number = 0;
            std::from_chars(key.data(), key.data() + key.size(), number);
            if (value == std::string(500, 'v'))
                ++found[number];
        }));
        for (std::uint32_t n = 1; n <= reported; ++n)
            REQUIRE_MESSAGE(found[n] == records_per_batch, "batch ", n, " of ", reported);
        // One more batch may have been committed and not reported; it is whole, too.
        for (auto const& [number, count] : found)
            REQUIRE_MESSAGE(count == records_per_batch, "batch ", number);
        CHECK(found.size() <= reported + 1);
    }
}

} // namespace

TEST_CASE("kill -9 loses no reported batch and leaves none half written (normal)") {
    check_kill(sync::normal);
}

TEST_CASE("kill -9 loses no reported batch and leaves none half written (full)") {
    check_kill(sync::full);
}

TEST_CASE("a disk that is full refuses the batch whole, and takes it when there is room") {
    test::temporary_directory dir;
    auto const child = ::fork();
    if (child == 0) {
        // A bound on file size stands for a full disk: writes beyond it fail the same way.
        ::signal(SIGXFSZ, SIG_IGN);
        auto s = open_sqlite(dir.path());
        if (!s)
            ::_exit(10);
        std::vector<record> small{{"k", "small", "value"}};
        if (!(*s)->commit(small))
            ::_exit(11);
        rlimit bound{};
        ::getrlimit(RLIMIT_FSIZE, &bound);
        rlimit const none = bound;
        bound.rlim_cur = 256 * 1024;
        ::setrlimit(RLIMIT_FSIZE, &bound);
        std::vector<record> large{{"k", "first", "value"},
                                  {"k", "large", std::string(4 << 20, 'x')}};
        auto refused = (*s)->commit(large);
        if (refused)
            ::_exit(12);
        ::setrlimit(RLIMIT_FSIZE, &none);
        int count = 0;
        if (!(*s)->load([&](auto, auto, auto) { ++count; }))
            ::_exit(13);
        if (count != 1)
            ::_exit(14);
        ::_exit((*s)->commit(large) ? 0 : 15);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

} // namespace cogniot::store
