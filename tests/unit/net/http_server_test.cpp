#include "fixture.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <regex>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace cogniot;
using namespace cogniot::net;
using namespace std::chrono_literals;
using test::site;

namespace {

task<http_answer> echo(http_request const& request, stream const&) {
    http_response answer;
    answer.headers.add("X-Target", request.target);
    answer.body = request.body;
    co_return answer;
}

/// The statuses of all answers in `text`.
std::vector<int> statuses_of(std::string const& text) {
    static std::regex const status_line("HTTP/1\\.1 ([0-9]{3}) ");
    std::vector<int> found;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), status_line);
         at != std::sregex_iterator(); ++at)
        found.push_back(std::stoi((*at)[1]));
    return found;
}

server_limits small_limits() {
    server_limits limits;
    limits.max_header_bytes = 4000;
    limits.max_body_bytes = 1000;
    return limits;
}

constexpr std::string_view last_request =
    "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Sends `bytes` in pieces of `step`, then reads until the server ends the connection.
task<std::string> converse(site const& at, std::string bytes, std::size_t step) {
    auto opening = test::open_plain(at);
    auto peer = co_await std::move(opening);
    for (std::size_t i = 0; i < bytes.size(); i += step) {
        auto const sent = co_await peer->write(std::string_view(bytes).substr(i, step));
        if (!sent)
            break;
    }
    co_return co_await test::read_all(*peer);
}

} // namespace

TEST_CASE("every way of framing gets the answers it should, and ambiguous ones one at most") {
    std::ifstream in(COGNIOT_VECTORS "/http/framing.json");
    std::string const text(std::istreambuf_iterator<char>(in), {});
    auto const rows = json::parse(text);
    REQUIRE(rows);
    test::run([&](loop& on) -> task<void> {
        site at(on, echo, small_limits());
        for (auto const& value : rows->as_array()) {
            auto const& row = value.as_object();
            CAPTURE(*json::find_string(row, "id"));
            auto const send =
                std::string(*json::find_string(row, "send")) + std::string(last_request);
            for (std::size_t const step : {send.size(), std::size_t(40)}) {
                auto conversing = converse(at, send, step);
                auto const received = co_await std::move(conversing);
                CAPTURE(received);
                boost::json::array answers;
                for (int const status : statuses_of(received))
                    answers.emplace_back(status);
                CHECK(answers == row.at("answers").as_array());
            }
        }
        co_await at.stop();
    });
}

TEST_CASE("a large body waits for 100 Continue, and is refused before it is sent") {
    test::run([](loop& on) -> task<void> {
        site at(on, echo, small_limits());
        auto peer = co_await test::open_plain(at);
        co_await peer->write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                             "Expect: 100-continue\r\n\r\n");
        auto const interim = co_await test::read_exactly(*peer, 25);
        CHECK(interim == "HTTP/1.1 100 Continue\r\n\r\n");
        co_await peer->write("hello");
        auto const answer = co_await test::read_all(
            *peer, [](std::string const& have) { return have.ends_with("hello"); });
        CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));

        auto const refused = co_await converse(
            at,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n",
            1000);
        CHECK(statuses_of(refused) == std::vector{413});
        co_await at.stop();
    });
}

TEST_CASE("a body that arrived with its head is not asked for") {
    test::run([](loop& on) -> task<void> {
        site at(on, echo, small_limits());
        auto const received =
            co_await converse(at,
                              "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                              "Expect: 100-continue\r\n\r\nhi" +
                                  std::string(last_request),
                              1000);
        CHECK(statuses_of(received) == std::vector{200, 200});
        co_await at.stop();
    });
}

TEST_CASE("HEAD has no body but its length") {
    test::run([](loop& on) -> task<void> {
        site at(on, [](http_request const&, stream const&) -> task<http_answer> {
            http_response answer;
            answer.body = "12345";
            co_return answer;
        });
        auto const received = co_await converse(
            at, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(last_request), 1000);
        CHECK(received == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n12345");
        co_await at.stop();
    });
}

TEST_CASE("pipelined requests are answered in order even if the first takes longer") {
    test::run([](loop& on) -> task<void> {
        site at(on, [](http_request const& request, stream const&) -> task<http_answer> {
            if (request.target == "/slow")
                co_await sleep_for(30ms);
            http_response answer;
            answer.body = request.target;
            co_return answer;
        });
        auto const received =
            co_await converse(at,
                              "GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /quick HTTP/1.1\r\n"
                              "Host: a\r\nConnection: close\r\n\r\n",
                              1000);
        CHECK(received.find("/slow") < received.find("/quick"));
        CHECK(statuses_of(received) == std::vector{200, 200});
        co_await at.stop();
    });
}

TEST_CASE("peers that are too slow are cut") {
    test::run([](loop& on) -> task<void> {
        server_limits limits;
        limits.handshake_timeout = limits.body_timeout = limits.idle_timeout = 200ms;
        site at(on, echo, limits);
        task_group group(on);
        for (std::string const bytes :
             {"", "\x16", "\x16\x03\x01", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n",
              "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel",
              "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
              "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n"})
            group.spawn([&at, bytes]() -> task<void> {
                auto const before = std::chrono::steady_clock::now();
                auto conversing = converse(at, bytes, 100);
                co_await std::move(conversing);
                auto const took = std::chrono::steady_clock::now() - before;
                CAPTURE(bytes);
                CHECK(took > 150ms);
                CHECK(took < 10s); // a busy machine may take its time
            });
        co_await group.join();
        co_await at.stop();
    });
}

TEST_CASE("a byte now and then does not keep a connection open") {
    test::run([](loop& on) -> task<void> {
        server_limits limits;
        limits.handshake_timeout = limits.body_timeout = 200ms;
        site at(on, echo, limits);
        for (std::string const start :
             {"GET / HTTP/1.1\r\nX: ",
              "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n"}) {
            auto peer = co_await test::open_plain(at);
            co_await peer->write(start);
            int sent = 0;
            for (; sent < 100; ++sent) {
                auto const written = co_await peer->write("x");
                if (!written)
                    break;
                co_await sleep_for(20ms);
            }
            CHECK(sent < 50);
        }
        co_await at.stop();
    });
}

TEST_CASE("a peer that does not read its answer is cut") {
    test::run([](loop& on) -> task<void> {
        server_limits limits;
        limits.body_timeout = 200ms;
        site at(
            on,
            [](http_request const&, stream const&) -> task<http_answer> {
                http_response answer;
                answer.body = std::string(32 << 20, 'x');
                co_return answer;
            },
            limits);
        auto peer = co_await test::open_plain(at);
        co_await peer->write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        co_await sleep_for(20ms);
        for (int i = 0; i < 100 && (at.accepted() == 0 || at.running() > 1); ++i)
            co_await sleep_for(50ms);
        CHECK(at.accepted() == 1);
        CHECK(at.running() == 1);
        co_await at.stop();
    });
}

TEST_CASE("more connections than allowed are closed at once, and others go on") {
    test::run([](loop& on) -> task<void> {
        server_limits limits;
        limits.max_connections = 2;
        site at(on, echo, limits);
        auto first = co_await test::open_plain(at);
        auto second = co_await test::open_plain(at);
        auto third = co_await test::open_plain(at);
        auto const nothing = co_await test::read_all(*third);
        CHECK(nothing.empty());
        first.reset();
        co_await sleep_for(20ms);
        auto const received = co_await converse(at, std::string(last_request), 1000);
        CHECK(statuses_of(received) == std::vector{200});
        second.reset();
        co_await at.stop();
    });
}

TEST_CASE("a taken-over connection gets its request and the bytes that came after it") {
    test::run([](loop& on) -> task<void> {
        std::string seen;
        site at(on, [&seen](http_request const&, stream const&) -> task<http_answer> {
            take_over taken;
            taken.run = [&seen](stream_ptr peer, http_request request,
                                std::string already_read) -> task<void> {
                seen = request.target + " " + already_read;
                auto begun = co_await begin_event_stream(*peer);
                if (begun)
                    co_await peer->write("data: 1\n\n");
                co_await peer->shutdown();
            };
            co_return taken;
        });
        auto const received =
            co_await converse(at, "GET /events HTTP/1.1\r\nHost: a\r\n\r\nbeyond", 1000);
        CHECK(seen == "/events beyond");
        CHECK(received == "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                          "Cache-Control: no-store\r\nConnection: close\r\n\r\ndata: 1\n\n");
        co_await at.stop();
    });
}

TEST_CASE("stopping a server ends every connection wherever it is") {
    test::run([](loop& on) -> task<void> {
        site at(on, [](http_request const&, stream const&) -> task<http_answer> {
            co_await sleep_for(1h);
            co_return http_response();
        });
        std::vector<stream_ptr> peers;
        for (char const* bytes :
             {"", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03"}) {
            auto peer = co_await test::open_plain(at);
            co_await peer->write(bytes);
            peers.push_back(std::move(peer));
        }
        co_await sleep_for(20ms);
        CHECK(at.running() == 1 + 4);
        co_await at.stop();
        CHECK(at.running() == 0);
    });
}

TEST_CASE("what unfinished requests hold together is bounded") {
    test::run([](loop& on) -> task<void> {
        server_limits limits;
        limits.max_held_bytes = 3 << 20;
        site at(on, echo, limits);
        std::vector<stream_ptr> peers;
        int refused = 0;
        auto const request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n" +
                             std::string(1'000'000, 'x');
        for (int i = 0; i < 8; ++i) {
            auto peer = co_await test::open_plain(at);
            co_await peer->write(request);
            peers.push_back(std::move(peer));
        }
        co_await sleep_for(50ms);
        for (auto& peer : peers) {
            co_await peer->write("x");
            auto const answer = co_await test::read_all(
                *peer, [](std::string const& have) { return have.size() > 20; });
            refused += answer.starts_with("HTTP/1.1 503 ") ? 1 : 0;
        }
        CHECK(refused >= 4);
        CHECK(refused < 8);
        peers.clear();
        co_await sleep_for(20ms);
        auto const received = co_await converse(at, std::string(last_request), 1000);
        CHECK(statuses_of(received) == std::vector{200});
        co_await at.stop();
    });
}

TEST_CASE("handshakes that are never finished leave room for others") {
    test::run([](loop& on) -> task<void> {
        server_limits limits;
        limits.max_handshakes = 3;
        limits.handshake_timeout = 300ms;
        site at(on, echo, limits);
        std::vector<stream_ptr> peers;
        for (int i = 0; i < 10; ++i) {
            auto peer = co_await test::open_plain(at);
            co_await peer->write("\x16\x03\x01\x02");
            peers.push_back(std::move(peer));
        }
        auto connecting = connect(at.secure(), test::local_trust().client, 5s);
        auto const late = co_await std::move(connecting);
        CHECK_FALSE(late); // its own time was over, too
        auto again = connect(at.secure(), test::local_trust().client, 5s);
        auto const connected = co_await std::move(again);
        CHECK(connected);
        co_await at.stop();
    });
}

TEST_CASE("a process without free descriptors accepts again when it has some") {
    test::run([](loop& on) -> task<void> {
        site at(on, echo);
        auto connecting = connect(at.plain(), nullptr, 5s);
        auto warm_up = co_await std::move(connecting);
        CHECK(warm_up);
        auto const accepted = at.accepted();
        // Connected by the kernel, not yet accepted; then there are no descriptors left.
        int const fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(at.port());
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
        REQUIRE(::send(fd, last_request.data(), last_request.size(), 0) > 0);
        rlimit before{};
        ::getrlimit(RLIMIT_NOFILE, &before);
        rlimit none = before;
        none.rlim_cur = 3;
        ::setrlimit(RLIMIT_NOFILE, &none);
        co_await sleep_for(30ms);
        CHECK(at.accepted() == accepted);
        ::setrlimit(RLIMIT_NOFILE, &before);
        for (int i = 0; i < 100 && at.accepted() == accepted; ++i)
            co_await sleep_for(50ms);
        CHECK(at.accepted() == accepted + 1);
        ::close(fd);
        co_await at.stop();
    });
}

TEST_CASE("an address that cannot be listened on is named") {
    loop on;
    auto const held = listener::open(on, "127.0.0.1", 0);
    REQUIRE(held);
    auto const again = listener::open(on, "127.0.0.1", (*held)->local().port);
    REQUIRE_FALSE(again);
    CHECK(again.error().code == make_error_code(errc::address_not_usable));
    CHECK(again.error().detail.find("127.0.0.1:") != std::string::npos);
    CHECK(again.error().detail.find("in use") != std::string::npos);
    CHECK_FALSE(listener::open(on, "localhost", 0));
}
