// Drives any MQTT broker over the wire and measures it: one thread, one epoll, packets encoded
// ahead of time. bench/broker.py starts the brokers and this; each run prints one JSON object.
//
//   load flow     publishers to subscribers; messages a second and the broker's CPU time for each
//   load idle     what a connection that does nothing costs the broker in memory
//   load connect  connections a second of the broker's CPU time
//   load queue    QoS 1 messages for persistent sessions that are offline, then perhaps a SIGKILL
//   load drain    what those sessions get when they come back
#include "packets.hpp"
#include "socket.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <memory>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

namespace load {
namespace {

using steady = std::chrono::steady_clock;

/// `name=value` words of the command line.
class settings {
  public:
    settings(int count, char** words) {
        for (int i = 0; i < count; ++i) {
            std::string_view const word(words[i]);
            auto const equals = word.find('=');
            if (equals == std::string_view::npos)
                refuse(word);
            values_[std::string(word.substr(0, equals))] = word.substr(equals + 1);
        }
    }
    std::string text(std::string const& name, std::string otherwise) const {
        auto const found = values_.find(name);
        return found == values_.end() ? otherwise : found->second;
    }
    double number(std::string const& name, double otherwise) const {
        auto const found = values_.find(name);
        return found == values_.end() ? otherwise : std::strtod(found->second.c_str(), nullptr);
    }
    std::size_t count(std::string const& name, std::size_t otherwise) const {
        return static_cast<std::size_t>(number(name, static_cast<double>(otherwise)));
    }

  private:
    [[noreturn]] static void refuse(std::string_view word) {
        std::fprintf(stderr, "load: `%.*s` is not name=value\n", static_cast<int>(word.size()),
                     word.data());
        std::exit(2);
    }
    std::map<std::string, std::string> values_;
};

/// to=127.0.0.1:1883 transport=tcp|ws|wss path=/mqtt?… host=localhost:4566
target read_target(settings const& given) {
    target to;
    auto const where = given.text("to", "127.0.0.1:1883");
    auto const colon = where.rfind(':');
    inet_pton(AF_INET, where.substr(0, colon).c_str(), &to.ip);
    to.port = static_cast<std::uint16_t>(std::atoi(where.c_str() + colon + 1));
    to.host = given.text("host", where);
    to.path = given.text("path", "/mqtt");
    auto const transport = given.text("transport", "tcp");
    to.is_websocket = transport != "tcp";
    if (transport == "wss") {
        to.tls = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(to.tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
                                     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_session_cache_mode(to.tls, SSL_SESS_CACHE_OFF);
    }
    return to;
}

/// CPU seconds that another process has used.
double cpu_seconds(int process) {
    clockid_t clock{};
    timespec at{};
    if (process == 0 || clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &at) != 0)
        return 0;
    return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

double rss_bytes(int process) {
    std::ifstream in("/proc/" + std::to_string(process) + "/statm");
    double all = 0, resident = 0;
    in >> all >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double seconds_since(steady::time_point then) {
    return std::chrono::duration<double>(steady::now() - then).count();
}

void expect(socket& from, std::size_t size, unsigned first, char const* what) {
    auto const answer = from.receive_exactly(size);
    if (answer.size() != size || static_cast<unsigned char>(answer[0]) != first ||
        static_cast<unsigned char>(answer[size - 1]) > 2) {
        std::fprintf(stderr, "load: %s was refused\n", what);
        std::exit(1);
    }
}

void connect(socket& made, target const& to, std::string_view client_id, bool clean = true) {
    made.open(to);
    made.send(make_connect(client_id, clean));
    expect(made, 4, 0x20, "CONNECT");
}

void subscribe(socket& on, std::string_view filter, unsigned qos) {
    on.send(make_subscribe(filter, qos));
    expect(on, 5, 0x90, "SUBSCRIBE");
}

/// One end of the load. A publisher has as many messages under way as its window allows.
struct end {
    socket link{};
    packet_reader reader{};
    std::string template_{};
    std::size_t id_at = 0;
    unsigned credit = 0;
    std::uint16_t next_id = 1;
    bool wants_write = false;
    bool is_publisher = false;
};

/// What all ends share.
struct run {
    run(settings const& given)
        : prefix(given.text("prefix", "load")), qos(static_cast<unsigned>(given.count("qos", 1))),
          poll(epoll_create1(EPOLL_CLOEXEC)) {}

    std::string prefix;
    unsigned qos;
    int poll;
    std::vector<std::unique_ptr<end>> ends{};
    std::string out{};
    std::uint64_t sent = 0, acknowledged = 0, delivered = 0;
    /// Deliveries that each message makes.
    std::uint64_t copies = 1;
    /// Deliveries that may be under way: beyond it the publishers wait, whatever was acknowledged.
    std::uint64_t most_under_way = ~0ull;
    std::uint64_t most_sent = ~0ull;
    bool held_back = false;

    void watch(end& one) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &one;
        epoll_ctl(poll, EPOLL_CTL_ADD, one.link.descriptor(), &event);
    }
    void want_write(end& one, bool wanted) {
        if (one.wants_write == wanted)
            return;
        one.wants_write = wanted;
        epoll_event event{};
        event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
        event.data.ptr = &one;
        epoll_ctl(poll, EPOLL_CTL_MOD, one.link.descriptor(), &event);
    }
    bool may_publish() const {
        return sent < most_sent &&
               sent * copies - std::min(delivered, sent * copies) < most_under_way;
    }
    void publish(end& one) {
        while (one.credit > 0) {
            if (!may_publish()) {
                held_back = true;
                break;
            }
            auto const at = out.size();
            out += one.template_;
            if (qos > 0) {
                out[at + one.id_at] = static_cast<char>(one.next_id >> 8);
                out[at + one.id_at + 1] = static_cast<char>(one.next_id);
                if (++one.next_id == 0)
                    one.next_id = 1;
                --one.credit;
            }
            ++sent;
            if (qos == 0 && out.size() > 16'384)
                break;
        }
    }
    void leave(end& one) {
        if (!out.empty())
            one.link.send(out);
        out.clear();
        want_write(one, one.link.wants_to_write());
    }
    /// Everything that is ready now. @return false after `patience` without anything
    bool step(std::chrono::milliseconds patience) {
        epoll_event events[256];
        int const n = epoll_wait(poll, events, 256, static_cast<int>(patience.count()));
        for (int i = 0; i < n; ++i)
            serve(*static_cast<end*>(events[i].data.ptr), events[i].events);
        if (held_back) {
            held_back = false;
            for (auto const& one : ends)
                if (one->is_publisher && one->credit > 0 && !one->link.wants_to_write()) {
                    publish(*one);
                    leave(*one);
                }
        }
        return n > 0;
    }
    void serve(end& one, unsigned events) {
        if ((events & EPOLLOUT) != 0 && one.link.flush())
            want_write(one, false);
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0)
            return;
        static std::vector<char> buffer(256 * 1024);
        auto const got = one.link.receive(buffer);
        one.reader.read({buffer.data(), got}, [&](unsigned char first, std::uint16_t id) {
            switch (first >> 4) {
            case 3:
                ++delivered;
                if (id != 0) {
                    char const ack[] = {0x40, 2, static_cast<char>(id >> 8), static_cast<char>(id)};
                    out.append(ack, sizeof ack);
                }
                break;
            case 4:
                ++acknowledged;
                ++one.credit;
                break;
            default:
                break;
            }
        });
        if (one.is_publisher && !one.link.wants_to_write())
            publish(one);
        leave(one);
        if (one.link.is_closed())
            epoll_ctl(poll, EPOLL_CTL_DEL, one.link.descriptor(), nullptr);
    }
    end& add(target const& to, std::string const& client_id, bool clean = true) {
        ends.push_back(std::make_unique<end>());
        connect(ends.back()->link, to, client_id, clean);
        return *ends.back();
    }
    end& add_publisher(target const& to, std::string const& client_id, std::string const& topic,
                       std::size_t payload, std::size_t window) {
        auto& one = add(to, client_id);
        one.is_publisher = true;
        one.template_ = make_publish(topic, payload, qos, one.id_at);
        one.credit = static_cast<unsigned>(window);
        return one;
    }
    void begin_publishing() {
        for (auto const& one : ends)
            if (one->is_publisher) {
                publish(*one);
                leave(*one);
            }
    }
};

std::string name(std::string const& prefix, char const* what, std::size_t i) {
    return prefix + "/" + what + "/" + std::to_string(i);
}
std::string client(std::string const& prefix, char const* what, std::size_t i) {
    return prefix + "-" + what + "-" + std::to_string(i);
}

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

/// Many at a time, so that neither end waits for the other.
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
        int const ready = epoll_wait(poll, events, 64, 1000);
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
    constexpr verb verbs[] = {
        {"flow", flow}, {"idle", idle}, {"connect", connects}, {"queue", queue}, {"drain", drain}};
    signal(SIGPIPE, SIG_IGN);
    for (auto const& one : verbs)
        if (count > 1 && one.name == words[1])
            return one.run(settings(count - 2, words + 2));
    std::fprintf(stderr, "usage: load flow|idle|connect|queue|drain name=value…\n");
    return 2;
}
