// credential_process: a program of the user's prints credentials.
#include "client/backend_credentials_fetch.hpp"
#include "client/errors.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;

namespace cogniot::client {
namespace {

constexpr std::size_t max_output_bytes = 64 * 1024;
constexpr std::chrono::seconds longest_run{60};

error refused(std::string what) {
    return fail(errc::backend_credentials_refused, std::move(what));
}

class descriptor {
  public:
    explicit descriptor(int number) : number_(number) {}
    ~descriptor() { close(); }
    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;
    int number() const { return number_; }
    void close() {
        if (number_ >= 0)
            ::close(number_);
        number_ = -1;
    }

  private:
    int number_;
};

/// Starts /bin/sh in a process group of its own, its standard output on `output`. 0 on failure.
pid_t start_shell(std::string const& command, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::string shell = "sh";
    std::string option = "-c";
    std::string text = command;
    char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
    pid_t child = 0;
    int const fault = posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return fault == 0 ? child : 0;
}

/// Reads to the end, or until `stop` becomes readable. @return what is wrong; empty if nothing is
std::string read_output(int from, int stop, std::string& output) {
    auto const deadline = std::chrono::steady_clock::now() + longest_run;
    for (;;) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            return "it did not end within 60 s";
        pollfd waiting[] = {{.fd = from, .events = POLLIN, .revents = 0},
                            {.fd = stop, .events = POLLIN, .revents = 0}};
        if (poll(waiting, 2, static_cast<int>(left.count())) <= 0)
            continue;
        if (waiting[1].revents != 0)
            return "nobody waits for it any more";
        char buffer[4096];
        ssize_t const got = read(from, buffer, sizeof buffer);
        if (got == 0)
            return {};
        if (got < 0 && errno != EINTR)
            return std::string("its output cannot be read: ") + std::strerror(errno);
        if (got > 0)
            output.append(buffer, static_cast<std::size_t>(got));
        if (output.size() > max_output_bytes)
            return "it printed more than 64 KiB";
    }
}

/// What a process that runs on a thread leaves behind for its coroutine.
struct outcome {
    explicit outcome(net::loop& loop) : done(loop) {}
    net::signal done;
    std::optional<result<std::string>> output;
};

} // namespace

result<std::string> run_shell_command(std::string const& command, std::stop_token stop) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return refused(std::string("no pipe: ") + std::strerror(errno));
    descriptor const reading(ends[0]);
    descriptor writing(ends[1]);
    descriptor const stopping(eventfd(0, EFD_CLOEXEC));
    if (stopping.number() < 0)
        return refused(std::string("no eventfd: ") + std::strerror(errno));
    pid_t const child = start_shell(command, writing.number());
    writing.close();
    if (child == 0)
        return refused("/bin/sh cannot be started");

    std::string output;
    std::stop_callback const on_stop(std::move(stop),
                                     [&stopping] { eventfd_write(stopping.number(), 1); });
    std::string const fault = read_output(reading.number(), stopping.number(), output);
    if (!fault.empty())
        kill(-child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!fault.empty())
        return refused(fault);
    if (WIFSIGNALED(status))
        return refused("it was ended by signal " + std::to_string(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0)
        return refused("it ended with exit code " + std::to_string(WEXITSTATUS(status)));
    return output;
}

net::task<result<found_credentials>> fetch_from_process(fetch_context with,
                                                        credential_process how) {
    auto const shared = std::make_shared<outcome>(with.loop);
    // Told to stop and joined when this coroutine's frame goes, so the loop outlives the thread.
    std::jthread const worker([shared, &loop = with.loop, run = with.tools.run_process,
                               command = std::move(how.command)](std::stop_token stop) {
        loop.post([shared, output = run(command, std::move(stop))]() mutable {
            shared->output = std::move(output);
            shared->done.notify();
        });
    });
    while (!shared->output) {
        bool const is_awake = co_await shared->done.wait();
        if (!is_awake)
            co_return fail(net::errc::cancelled);
    }
    if (!*shared->output)
        co_return shared->output->error();
    co_return read_process_answer(**shared->output);
}

} // namespace cogniot::client
