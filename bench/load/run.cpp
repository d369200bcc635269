#include "run.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sys/epoll.h>

namespace load {
namespace {

void expect(socket& from, std::size_t size, unsigned first, char const* what) {
    auto const answer = from.receive_exactly(size);
    if (answer.size() != size || static_cast<unsigned char>(answer[0]) != first ||
        static_cast<unsigned char>(answer[size - 1]) > 2) {
        std::fprintf(stderr, "load: %s was refused\n", what);
        std::exit(1);
    }
}

} // namespace

void connect(socket& made, target const& to, std::string_view client_id, bool clean) {
    made.open(to);
    made.send(make_connect(client_id, clean));
    expect(made, 4, 0x20, "CONNECT");
}

void subscribe(socket& on, std::string_view filter, unsigned qos) {
    on.send(make_subscribe(filter, qos));
    expect(on, 5, 0x90, "SUBSCRIBE");
}

run::run(settings const& given)
    : prefix(given.text("prefix", "load")), qos(static_cast<unsigned>(given.count("qos", 1))),
      poll_(epoll_create1(EPOLL_CLOEXEC)) {}

void run::watch(end& one) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &one;
    epoll_ctl(poll_, EPOLL_CTL_ADD, one.link.descriptor(), &event);
}

void run::want_write(end& one, bool wanted) {
    if (one.wants_write == wanted)
        return;
    one.wants_write = wanted;
    epoll_event event{};
    event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &one;
    epoll_ctl(poll_, EPOLL_CTL_MOD, one.link.descriptor(), &event);
}

bool run::may_publish() const {
    return sent < most_sent && sent * copies - std::min(delivered, sent * copies) < most_under_way;
}

void run::publish(end& one) {
    while (one.credit > 0) {
        if (!may_publish()) {
            held_back_ = true;
            break;
        }
        auto const at = out_.size();
        out_ += one.template_;
        if (qos > 0) {
            out_[at + one.id_at] = static_cast<char>(one.next_id >> 8);
            out_[at + one.id_at + 1] = static_cast<char>(one.next_id);
            if (++one.next_id == 0)
                one.next_id = 1;
            --one.credit;
        }
        ++sent;
        if (qos == 0 && out_.size() > 16'384)
            break;
    }
}

void run::leave(end& one) {
    if (!out_.empty())
        one.link.send(out_);
    out_.clear();
    want_write(one, one.link.wants_to_write());
}

bool run::step(std::chrono::milliseconds patience) {
    epoll_event events[256];
    int const n = epoll_wait(poll_, events, 256, static_cast<int>(patience.count()));
    for (int i = 0; i < n; ++i)
        serve(*static_cast<end*>(events[i].data.ptr), events[i].events);
    if (held_back_) {
        held_back_ = false;
        for (auto const& one : ends_)
            if (one->is_publisher && one->credit > 0 && !one->link.wants_to_write()) {
                publish(*one);
                leave(*one);
            }
    }
    return n > 0;
}

void run::serve(end& one, unsigned events) {
    if ((events & EPOLLOUT) != 0 && one.link.flush())
        want_write(one, false);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0)
        return;
    static std::vector<char> buffer(256 * 1024);
    auto const got = one.link.receive(buffer);
    one.reader.read(
        {buffer.data(), got}, [&](unsigned char first, std::uint16_t id, std::string_view) {
            switch (first >> 4) {
            case 3:
                ++delivered;
                if (id != 0) {
                    char const ack[] = {0x40, 2, static_cast<char>(id >> 8), static_cast<char>(id)};
                    out_.append(ack, sizeof ack);
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
        epoll_ctl(poll_, EPOLL_CTL_DEL, one.link.descriptor(), nullptr);
}

end& run::add(target const& to, std::string const& client_id, bool clean) {
    ends_.push_back(std::make_unique<end>());
    connect(ends_.back()->link, to, client_id, clean);
    return *ends_.back();
}

end& run::add_publisher(target const& to, std::string const& client_id, std::string const& topic,
                        std::size_t payload, std::size_t window) {
    auto& one = add(to, client_id);
    one.is_publisher = true;
    one.template_ = make_publish(topic, payload, qos, one.id_at);
    one.credit = static_cast<unsigned>(window);
    return one;
}

void run::begin_publishing() {
    for (auto const& one : ends_)
        if (one->is_publisher) {
            publish(*one);
            leave(*one);
        }
}

} // namespace load
