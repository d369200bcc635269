#include "net/io_threads.hpp"

#include "net/carried.hpp"
#include "net/io_thread.hpp"

#include <cassert>
#include <csignal>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <utility>

namespace cogniot::net {
namespace {

/// Keeps the calling thread on one of the cores that the process may use: those after the first,
/// as far as they go, for the home loop is busy, too.
void stay_on_a_core(unsigned number) {
    cpu_set_t allowed;
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    auto skip = (number + 1) % static_cast<unsigned>(CPU_COUNT(&allowed));
    for (std::size_t core = 0; core < CPU_SETSIZE; ++core) {
        if (!CPU_ISSET(core, &allowed) || skip-- > 0)
            continue;
        cpu_set_t only;
        CPU_ZERO(&only);
        CPU_SET(core, &only);
        ::pthread_setaffinity_np(::pthread_self(), sizeof only, &only);
        return;
    }
}

/// Signals are the home loop's.
class without_signals {
  public:
    without_signals() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~without_signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    without_signals(without_signals const&) = delete;
    without_signals& operator=(without_signals const&) = delete;

  private:
    sigset_t before_{};
};

} // namespace

void courier::send(carried_ptr one) {
    waiting_.push_back(std::move(one));
    if (waiting_.size() > 1)
        return;
    from_.post([weak = weak_from_this()] {
        if (auto const self = weak.lock())
            self->hand_over();
    });
}

void courier::hand_over() {
    to_.post([what = what_, told = std::exchange(waiting_, {})] {
        for (auto const& one : told)
            ((*one).*what)();
    });
}

io_thread::io_thread(loop& home_loop, unsigned number)
    : home(home_loop), to_home(std::make_shared<courier>(own, home, &carried::told)),
      to_own(std::make_shared<courier>(home, own, &carried::work)), goodbyes(own), ending_(own) {
    without_signals const meanwhile;
    runner_ = std::thread([this, number] {
        ::pthread_setname_np(::pthread_self(), ("cogniot-io-" + std::to_string(number)).c_str());
        stay_on_a_core(number);
        own.run_until_done([this] { return live(); });
    });
}

io_thread::~io_thread() {
    own.post([this] { ending_.notify(); });
    runner_.join();
    for (auto const& one : std::exchange(all, {}))
        one->bury();
}

task<void> io_thread::live() {
    for (bool is_asked = false; !is_asked;)
        is_asked = co_await ending_.wait();
    goodbyes.cancel();
    co_await goodbyes.join();
}

io_threads::io_threads(loop& home, unsigned count) {
    for (unsigned i = 0; i < count; ++i)
        all_.push_back(std::make_unique<io_thread>(home, i));
}

io_threads::~io_threads() = default;

watched_ptr io_threads::carry(stream_ptr from) {
    auto* const wire = find_watched(*from);
    assert(wire != nullptr);
    if (all_.empty())
        return {std::shared_ptr<stream>(std::move(from)), wire};
    wire->leave_loop();
    auto& by = *all_[next_++ % all_.size()];
    auto const made = std::make_shared<carried>(by, std::move(from));
    return {made.get(), [made](watched*) { made->abort(); }};
}

} // namespace cogniot::net
