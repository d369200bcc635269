// Drives any MQTT broker over the wire and measures it: one thread, one epoll, packets encoded
// ahead of time. bench/broker.py starts the brokers and this; each run prints one JSON object.
//
//   load flow     publishers to subscribers; messages a second and the broker's CPU time for each
//   load latency  messages at a fixed rate; how long each took from publisher to subscriber
//   load idle     what a connection that does nothing costs the broker in memory
//   load connect  connections a second of the broker's CPU time
//   load queue    QoS 1 messages for persistent sessions that are offline, then perhaps a SIGKILL
//   load drain    what those sessions get when they come back
//   load least    takes connects and does the least that a server can
#include "latency.hpp"
#include "least.hpp"
#include "run.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

namespace load {
namespace {

int flow(settings const& given) {
    auto const to = read_target(given);
    run all(given);
    auto const publishers = given.count("publishers", 10);
    auto const subscribers = given.count("subscribers", 10);
    auto const topics = given.count("topics", 10);
    auto const window = given.count("window", 16);
    all.copies = std::max<std::size_t>(1, subscribers / topics);
    all.most_under_way = std::max<std::uint64_t>(1, publishers * window * all.copies * 2);
    for (std::size_t i = 0; i < subscribers; ++i) {
        auto& one = all.add(to, client(all.prefix, "s", i));
        subscribe(one.link, name(all.prefix, "t", i % topics), all.qos);
        all.watch(one);
    }
    for (std::size_t i = 0; i < publishers; ++i)
        all.watch(all.add_publisher(to, client(all.prefix, "p", i),
                                    name(all.prefix, "t", i % topics), given.count("payload", 64),
                                    window));
    all.begin_publishing();
    auto const spin = [&](double seconds) {
        for (auto const start = steady::now(); seconds_since(start) < seconds;)
            if (!all.step(std::chrono::milliseconds(2000)) && all.qos > 0) {
                std::fprintf(stderr, "load: nothing comes any more\n");
                std::exit(1);
            }
    };
    spin(given.number("warmup", 0.3));
    auto const process = static_cast<int>(given.number("pid", 0));
    auto const delivered = all.delivered;
    auto const cpu = cpu_seconds(process), own = cpu_seconds(getpid());
    auto const start = steady::now();
    spin(given.number("seconds", 2));
    auto const took = seconds_since(start);
    auto const n = static_cast<double>(all.delivered - delivered);
    std::printf("{\"messages\": %.0f, \"seconds\": %.4f, \"per_second\": %.0f, "
                "\"broker_us\": %.4f, \"load_us\": %.4f}\n",
                n, took, n / took, (cpu_seconds(process) - cpu) / n * 1e6,
                (cpu_seconds(getpid()) - own) / n * 1e6);
    return 0;
}

int idle(settings const& given) {
    auto const to = read_target(given);
    auto const process = static_cast<int>(given.number("pid", 0));
    auto const prefix = given.text("prefix", "idle");
    auto const count = given.count("connections", 4000);
    auto const before = count / 4;
    std::vector<std::unique_ptr<socket>> all;
    double first = 0;
    for (std::size_t i = 0; i < before + count; ++i) {
        if (i == before) {
            usleep(200'000);
            first = rss_bytes(process);
        }
        all.push_back(std::make_unique<socket>());
        connect(*all.back(), to, client(prefix, "c", i));
    }
    usleep(200'000);
    std::printf("{\"connections\": %zu, \"bytes_each\": %.0f}\n", count,
                (rss_bytes(process) - first) / static_cast<double>(count));
    return 0;
}

/// Many at a time, so that neither end waits for the other. It never sleeps: the broker would be
/// charged for waking it up.
int connects(settings const& given) {
    auto const to = read_target(given);
    auto const process = static_cast<int>(given.number("pid", 0));
    auto const prefix = given.text("prefix", "connect");
    auto const seconds = given.number("seconds", 2);
    struct attempt {
        socket link{};
        bool is_open = false;
        std::size_t answered = 0;
    };
    std::vector<attempt> all(given.count("concurrent", 64));
    int const poll = epoll_create1(EPOLL_CLOEXEC);
    std::size_t begun = 0, n = 0;
    auto const begin = [&](attempt& one) {
        one.is_open = false;
        one.answered = 0;
        one.link.begin(to);
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLET;
        event.data.ptr = &one;
        epoll_ctl(poll, EPOLL_CTL_ADD, one.link.descriptor(), &event);
    };
    for (auto& one : all)
        begin(one);
    auto const cpu = cpu_seconds(process);
    auto const start = steady::now();
    while (seconds_since(start) < seconds) {
        epoll_event events[64];
        int const ready = epoll_wait(poll, events, 64, 0);
        for (int i = 0; i < ready; ++i) {
            auto& one = *static_cast<attempt*>(events[i].data.ptr);
            if (!one.is_open && one.link.advance()) {
                one.is_open = true;
                one.link.send(make_connect(client(prefix, "c", begun++ % 1000), true));
            }
            char answer[64];
            if (one.is_open)
                one.answered += one.link.receive(answer);
            if (one.answered < 4)
                continue;
            ++n;
            one.link.send(std::string_view("\xE0\0", 2)); // DISCONNECT
            one.link.close();
            begin(one);
        }
    }
    auto const used = cpu_seconds(process) - cpu;
    auto const took = seconds_since(start);
    std::printf("{\"connects\": %zu, \"per_second\": %.0f, \"per_cpu_second\": %.0f, "
                "\"broker_us\": %.1f}\n",
                n, static_cast<double>(n) / took, static_cast<double>(n) / used,
                used / static_cast<double>(n) * 1e6);
    return 0;
}

int queue(settings const& given) {
    auto const to = read_target(given);
    run all(given);
    auto const process = static_cast<int>(given.number("pid", 0));
    auto const topics = given.count("topics", 10);
    auto const sessions = given.count("sessions", 10);
    for (std::size_t i = 0; i < sessions; ++i) {
        socket one;
        connect(one, to, client(all.prefix, "q", i), false);
        subscribe(one, name(all.prefix, "q", i % topics), 1);
        one.send(std::string_view("\xE0\0", 2));
        usleep(1000);
    }
    auto const publishers = given.count("publishers", 10);
    all.most_sent = given.count("messages", 100'000);
    for (std::size_t i = 0; i < publishers; ++i)
        all.watch(all.add_publisher(to, client(all.prefix, "p", i),
                                    name(all.prefix, "q", i % topics), given.count("payload", 64),
                                    given.count("window", 100)));
    auto const cpu = cpu_seconds(process);
    auto const start = steady::now();
    all.begin_publishing();
    while (all.acknowledged < all.most_sent)
        if (!all.step(std::chrono::milliseconds(5000))) {
            std::fprintf(stderr, "load: no PUBACK for 5 s\n");
            return 1;
        }
    auto const took = seconds_since(start);
    auto const used = cpu_seconds(process) - cpu;
    if (given.number("kill", 0) != 0)
        ::kill(process, SIGKILL);
    auto const n = static_cast<double>(all.acknowledged);
    std::printf("{\"acknowledged\": %.0f, \"per_second\": %.0f, \"broker_us\": %.3f, "
                "\"rss\": %.0f}\n",
                n, n / took, used / n * 1e6, rss_bytes(process));
    return 0;
}

int drain(settings const& given) {
    auto const to = read_target(given);
    run all(given);
    auto const sessions = given.count("sessions", 10);
    auto const expected = given.count("messages", 100'000);
    auto const start = steady::now();
    for (std::size_t i = 0; i < sessions; ++i)
        all.watch(all.add(to, client(all.prefix, "q", i), false));
    while (all.delivered < expected)
        if (!all.step(std::chrono::milliseconds(3000)))
            break;
    std::printf("{\"delivered\": %llu, \"expected\": %zu, \"seconds\": %.3f}\n",
                static_cast<unsigned long long>(all.delivered), expected, seconds_since(start));
    return 0;
}

} // namespace
} // namespace load

int main(int count, char** words) {
    using namespace load;
    struct verb {
        std::string_view name;
        int (*run)(settings const&);
    };
    constexpr verb verbs[] = {{"flow", flow},        {"latency", latency}, {"idle", idle},
                              {"connect", connects}, {"queue", queue},     {"drain", drain},
                              {"least", least}};
    signal(SIGPIPE, SIG_IGN);
    for (auto const& one : verbs)
        if (count > 1 && one.name == words[1])
            return one.run(settings(count - 2, words + 2));
    std::fprintf(stderr, "usage: load flow|latency|idle|connect|queue|drain|least name=value…\n");
    return 2;
}
