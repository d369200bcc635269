#include "fixture.hpp"

#include <doctest/doctest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace cogniot;
using namespace cogniot::net;
using namespace std::chrono_literals;
using test::site;

namespace {

/// A bare socket, for what a stream of ours would never do.
class bare_socket {
  public:
    explicit bare_socket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    }
    ~bare_socket() { ::close(fd_); }
    bare_socket(bare_socket const&) = delete;
    bare_socket& operator=(bare_socket const&) = delete;

    void send(std::string_view bytes) {
        REQUIRE(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
    }
    void end_our_side() { ::shutdown(fd_, SHUT_WR); }
    /// The next close resets the connection instead of ending it in order.
    void vanish_on_close() {
        linger const hard{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    /// Up to the peer's end.
    task<std::string> read_all() {
        std::string all;
        for (;;) {
            std::string part(1000, '\0');
            auto const got = ::recv(fd_, part.data(), part.size(), MSG_DONTWAIT);
            if (got > 0)
                all.append(part, 0, static_cast<std::size_t>(got));
            else if (got == 0)
                co_return all;
            else
                co_await sleep_for(1ms);
        }
    }

  private:
    int fd_;
};

} // namespace

TEST_CASE("a peer that ended its side is still answered") {
    test::run([](loop& on) -> task<void> {
        site at(
            on,
            [](stream_ptr peer) -> task<void> {
                auto const request = co_await test::read_all(*peer); // up to the peer's end
                co_await peer->write("got " + request);
                co_await peer->shutdown();
            },
            tls_use::never, nullptr);
        bare_socket peer(at.port());
        peer.send("all");
        peer.end_our_side();
        auto const answer = co_await peer.read_all();
        CHECK(answer == "got all");
        co_await at.stop();
    });
}

TEST_CASE("a peer that vanishes is connection_lost, one that ends in order is an end") {
    test::run([](loop& on) -> task<void> {
        std::vector<std::string> seen;
        site at(
            on,
            [&seen](stream_ptr peer) -> task<void> {
                std::string buffer(100, '\0');
                auto const got = co_await peer->read_some(buffer);
                seen.push_back(got ? std::to_string(*got) : got.error().message());
                CHECK((got || got.error().code == make_error_code(errc::connection_lost)));
            },
            tls_use::never, nullptr);
        { bare_socket const orderly(at.port()); }
        co_await sleep_for(10ms);
        {
            bare_socket rude(at.port());
            rude.vanish_on_close();
            co_await sleep_for(10ms);
        }
        co_await sleep_for(10ms);
        CHECK(seen == std::vector<std::string>{"0", "Connection reset by peer (connection lost)"});
        co_await at.stop();
    });
}

TEST_CASE("the answer to a request that was refused early survives the bytes still coming") {
    // Closing a socket with unread bytes resets the connection, and what was sent is lost with it.
    test::run([](loop& on) -> task<void> {
        site at(
            on,
            [](stream_ptr peer) -> task<void> {
                std::string one(1, '\0');
                co_await peer->read_some(one);
                co_await peer->write("no");
                co_await peer->shutdown();
            },
            tls_use::never, nullptr);
        bare_socket peer(at.port());
        for (int i = 0; i < 20; ++i) {
            peer.send(std::string(10'000, 'x'));
            co_await sleep_for(1ms);
        }
        peer.end_our_side();
        auto const answer = co_await peer.read_all();
        CHECK(answer == "no");
        co_await at.stop();
    });
}

TEST_CASE("a slow reader holds up the writer, not the memory") {
    test::run([](loop& on) -> task<void> {
        std::size_t written = 0;
        site at(
            on,
            [&written](stream_ptr peer) -> task<void> {
                std::string const part(64 * 1024, 'x');
                for (;;) {
                    auto const sent = co_await peer->write(part);
                    if (!sent)
                        co_return;
                    written += part.size();
                }
            },
            tls_use::never, nullptr);
        auto peer = co_await test::open_plain(at);
        co_await sleep_for(100ms);
        auto const stuck_at = written;
        co_await sleep_for(100ms);
        CHECK(written == stuck_at);
        CHECK(stuck_at < 16 << 20);
        auto const some = co_await test::read_exactly(*peer, stuck_at);
        CHECK(some.size() == stuck_at);
        CHECK(written > stuck_at);
        co_await at.stop();
    });
}

TEST_CASE("abort ends a pending read with cancelled") {
    test::run([](loop& on) -> task<void> {
        site at(
            on, [](stream_ptr) -> task<void> { co_await sleep_for(1h); }, tls_use::never, nullptr);
        auto peer = co_await test::open_plain(at);
        task_group group(on);
        error_code seen;
        group.spawn([&]() -> task<void> {
            std::string buffer(10, '\0');
            auto const got = co_await peer->read_some(buffer);
            seen = got.error().code;
        });
        co_await sleep_for(5ms);
        peer->abort();
        co_await group.join();
        CHECK(seen == make_error_code(errc::cancelled));
        co_await at.stop();
    });
}

TEST_CASE("addresses that refuse, do not exist or do not answer are told apart") {
    test::run([](loop& on) -> task<void> {
        std::uint16_t closed_port = 0;
        {
            auto const held = listener::open(on, "127.0.0.1", 0);
            REQUIRE(held);
            closed_port = (*held)->local().port;
        }
        auto refusing = connect({false, "localhost", closed_port}, nullptr, 5s);
        auto const refused = co_await std::move(refusing);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == make_error_code(errc::connection_refused));
        CHECK(refused.error().detail.find("localhost:" + std::to_string(closed_port)) !=
              std::string::npos);
        auto missing = connect({false, "no-such-host.invalid", 80}, nullptr, 10s);
        auto const unknown = co_await std::move(missing);
        REQUIRE_FALSE(unknown);
        CHECK(unknown.error().code == make_error_code(errc::host_not_found));
        CHECK(unknown.error().detail.find("no-such-host.invalid") != std::string::npos);
    });
}

TEST_CASE("a name with several addresses is served by the one that answers") {
    test::run([](loop& on) -> task<void> {
        auto opened = listener::open(on, "::1", 0);
        if (!opened) {
            MESSAGE("SKIP: no IPv6 loopback here");
            co_return;
        }
        task_group group(on);
        auto& listening = **opened;
        group.spawn([&] {
            return listening.run_accepting(group, tls_use::never, nullptr, {},
                                           [](stream_ptr peer) -> task<void> {
                                               co_await peer->write("six");
                                               co_await peer->shutdown();
                                           });
        });
        // localhost is 127.0.0.1 first, where nobody listens on this port.
        auto connecting = connect({false, "localhost", listening.local().port}, nullptr, 5s);
        auto connected = co_await std::move(connecting);
        REQUIRE(connected);
        auto const said = co_await test::read_all(**connected);
        CHECK(said == "six");
        listening.close();
        group.cancel();
        co_await group.join();
    });
}

TEST_CASE("cancelling a connection attempt ends it at once") {
    test::run([](loop& on) -> task<void> {
        site silent(
            on, [](stream_ptr) -> task<void> { co_await sleep_for(1h); }, tls_use::never, nullptr);
        task_group group(on);
        error_code seen;
        group.spawn([&]() -> task<void> {
            auto connecting = connect(silent.secure(), test::local_trust().client, 1h);
            auto const connected = co_await std::move(connecting);
            seen = connected ? error_code() : connected.error().code;
        });
        co_await sleep_for(20ms);
        group.cancel();
        co_await group.join();
        CHECK(seen == make_error_code(errc::cancelled));
        co_await silent.stop();
    });
}
