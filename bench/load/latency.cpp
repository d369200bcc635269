#include "latency.hpp"

#include "run.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sys/epoll.h>
#include <vector>

namespace load {
namespace {

/// A broker that owes messages for so long has lost them.
constexpr double patience_seconds = 2;

/// Messages that carry the instant at which they were due.
class paced_publisher {
  public:
    paced_publisher(target const& to, std::string const& client_id, std::string const& topic,
                    std::size_t payload)
        : packet_(make_publish(topic, std::max(payload, sizeof(steady::rep)), 1, id_at_)) {
        connect(link, to, client_id);
    }
    void publish(steady::time_point due) {
        if (++last_id_ == 0)
            last_id_ = 1;
        packet_[id_at_] = static_cast<char>(last_id_ >> 8);
        packet_[id_at_ + 1] = static_cast<char>(last_id_);
        auto const stamp = due.time_since_epoch().count();
        std::memcpy(packet_.data() + id_at_ + 2, &stamp, sizeof stamp);
        link.send(packet_);
    }

    socket link{};

  private:
    std::size_t id_at_ = 0;
    std::string packet_;
    std::uint16_t last_id_ = 0;
};

/// Either end of a pair, as epoll knows it.
struct party {
    socket* link;
    packet_reader reader{};
};

double microseconds(steady::duration d) {
    return std::chrono::duration<double, std::micro>(d).count();
}

} // namespace

int latency(settings const& given) {
    auto const to = read_target(given);
    auto const prefix = given.text("prefix", "load");
    auto const pairs = given.count("pairs", 10);
    std::chrono::duration<double> const interval(1 / given.number("rate", 10'000));
    auto const payload = given.count("payload", 64);

    int const poll = epoll_create1(EPOLL_CLOEXEC);
    std::vector<std::unique_ptr<paced_publisher>> publishers;
    std::vector<std::unique_ptr<socket>> subscribers;
    std::vector<party> parties;
    parties.reserve(2 * pairs);
    auto const watch = [&](socket& link) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &parties.emplace_back(party{&link});
        epoll_ctl(poll, EPOLL_CTL_ADD, link.descriptor(), &event);
    };
    for (std::size_t i = 0; i < pairs; ++i) {
        auto const topic = name(prefix, "t", i);
        subscribers.push_back(std::make_unique<socket>());
        connect(*subscribers.back(), to, client(prefix, "s", i));
        subscribe(*subscribers.back(), topic, 1);
        watch(*subscribers.back());
        publishers.push_back(
            std::make_unique<paced_publisher>(to, client(prefix, "p", i), topic, payload));
        watch(publishers.back()->link);
    }

    auto const start = steady::now();
    auto const due_at = [&](std::size_t n) {
        return start + std::chrono::duration_cast<steady::duration>(interval * n);
    };
    auto const warm = start + std::chrono::duration_cast<steady::duration>(
                                  std::chrono::duration<double>(given.number("warmup", 0.3)));
    auto const until = warm + std::chrono::duration_cast<steady::duration>(
                                  std::chrono::duration<double>(given.number("seconds", 2)));
    std::vector<steady::duration> took;
    std::size_t sent = 0, delivered = 0;
    std::vector<char> buffer(64 * 1024);
    std::string acks;
    // It never sleeps: to be woken would be part of what it measures.
    while (due_at(sent) < until || (delivered < sent && seconds_since(until) < patience_seconds)) {
        for (; due_at(sent) < until && due_at(sent) <= steady::now(); ++sent)
            publishers[sent % pairs]->publish(due_at(sent));
        epoll_event events[64];
        int const ready = epoll_wait(poll, events, 64, 0);
        for (int i = 0; i < ready; ++i) {
            auto& one = *static_cast<party*>(events[i].data.ptr);
            auto const got = one.link->receive(buffer);
            auto const now = steady::now();
            acks.clear();
            auto const each = [&](unsigned char first, std::uint16_t id, std::string_view rest) {
                if (first >> 4 != 3)
                    return;
                ++delivered;
                acks += {0x40, 2, static_cast<char>(id >> 8), static_cast<char>(id)};
                steady::rep stamp = 0;
                std::memcpy(&stamp, rest.data(), sizeof stamp);
                steady::time_point const due{steady::duration(stamp)};
                if (due >= warm)
                    took.push_back(now - due);
            };
            one.reader.read({buffer.data(), got}, each);
            if (!acks.empty())
                one.link->send(acks);
        }
    }
    if (delivered < sent || took.empty()) {
        std::fprintf(stderr, "load: %zu of %zu messages did not arrive\n", sent - delivered, sent);
        return 1;
    }
    std::ranges::sort(took);
    std::printf("{\"messages\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f}\n", took.size(),
                microseconds(took[took.size() / 2]), microseconds(took[took.size() * 99 / 100]));
    return 0;
}

} // namespace load
