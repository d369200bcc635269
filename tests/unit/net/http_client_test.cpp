#include "fixture.hpp"
#include "net/http_client.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::net;
using namespace std::chrono_literals;
using test::site;

namespace {

task<http_answer> echo(http_request const& request, stream const& peer) {
    http_response answer;
    answer.headers.add("X-Tls", peer.is_tls() ? "yes" : "no");
    answer.headers.add("X-Host", std::string(request.headers.find("Host").value_or("")));
    answer.body = request.method + " " + request.target + " " + request.body;
    co_return answer;
}

http_request post(std::string body) {
    http_request request;
    request.method = "POST";
    request.target = "/x?y=%2F";
    request.body = std::move(body);
    return request;
}

/// A server that answers every connection with the same bytes, then closes or waits.
std::function<task<void>(stream_ptr)> script(std::string answer, bool then_wait = false) {
    return [answer, then_wait](stream_ptr peer) -> task<void> {
        co_await test::read_all(
            *peer, [](std::string const& have) { return have.find("\r\n\r\n") != have.npos; });
        co_await peer->write(answer);
        if (then_wait)
            co_await sleep_for(1h);
        co_await peer->shutdown();
    };
}

} // namespace

TEST_CASE("a request and its answer, plain and over TLS, on one connection each") {
    test::run([](loop& on) -> task<void> {
        site at(on, echo);
        http_client client(on, test::local_trust().client);
        for (auto const& to : {at.plain(), at.secure()}) {
            for (int i = 0; i < 3; ++i) {
                auto sending = client.send(to, post("hello"), 5s);
                auto const answer = co_await std::move(sending);
                REQUIRE(answer);
                CHECK(answer->status == 200);
                CHECK(answer->body == "POST /x?y=%2F hello");
                CHECK(answer->headers.find("x-tls") == (to.tls ? "yes" : "no"));
                CHECK(answer->headers.find("x-host") == to.host_header());
            }
        }
        CHECK(at.accepted() == 2);
        co_await at.stop();
    });
}

TEST_CASE("a connection opened ahead is what the next request uses") {
    test::run([](loop& on) -> task<void> {
        site at(on, echo);
        http_client client(on, test::local_trust().client);
        client.warm(at.secure(), 2);
        client.warm(at.secure(), 2); // they are on their way
        co_await sleep_for(100ms);
        auto sending = client.send(at.secure(), post("a"), 5s);
        auto const answer = co_await std::move(sending);
        REQUIRE(answer);
        auto taking = client.take_stream(at.secure(), 5s);
        auto taken = co_await std::move(taking);
        REQUIRE(taken);
        auto& peer = **taken;
        co_await peer.write("GET /raw HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        auto const raw = co_await test::read_all(peer);
        CHECK(raw.ends_with("GET /raw "));
        CHECK(at.accepted() == 2);
        co_await at.stop();
    });
}

TEST_CASE("a request made while its connection is being opened waits for that one") {
    test::run([](loop& on) -> task<void> {
        site at(on, echo);
        http_client client(on, test::local_trust().client);
        client.warm(at.secure());
        auto sending = client.send(at.secure(), post("a"), 5s);
        auto const answer = co_await std::move(sending);
        CHECK(answer);
        CHECK(at.accepted() == 1);
        co_await at.stop();
    });
}

TEST_CASE("a connection that the server gave up is replaced without notice") {
    test::run([](loop& on) -> task<void> {
        for (bool const tls : {false, true}) {
            // Each connection answers one request with keep-alive and is then closed by the server.
            site at(on, [](stream_ptr peer) -> task<void> {
                co_await test::read_all(
                    *peer, [](std::string const& have) { return have.ends_with("body"); });
                co_await peer->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                co_await peer->shutdown();
            });
            http_client client(on, test::local_trust().client);
            for (int i = 0; i < 3; ++i) {
                auto sending = client.send(tls ? at.secure() : at.plain(), post("body"), 5s);
                auto const answer = co_await std::move(sending);
                REQUIRE(answer);
                CHECK(answer->body == "ok");
                co_await sleep_for(10ms);
            }
            CHECK(at.accepted() == 3);
            // Who takes a connection away cannot try again, so it must not be a stale one.
            auto taking = client.take_stream(tls ? at.secure() : at.plain(), 5s);
            auto taken = co_await std::move(taking);
            REQUIRE(taken);
            CHECK((*taken)->is_quiet());
            co_await at.stop();
        }
    });
}

TEST_CASE("a connection that is given up just as a request is sent is replaced too") {
    test::run([](loop& on) -> task<void> {
        int served = 0;
        site at(on, [&served](stream_ptr peer) -> task<void> {
            std::string have;
            for (;;) {
                auto const more = co_await test::read_all(
                    *peer, [](std::string const& all) { return all.ends_with("body"); });
                if (more.empty())
                    break;
                if (++served == 2) {
                    peer->abort(); // the second request dies unanswered
                    break;
                }
                co_await peer->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
        });
        http_client client(on, nullptr);
        for (int i = 0; i < 2; ++i) {
            auto sending = client.send(at.plain(), post("body"), 5s);
            auto const answer = co_await std::move(sending);
            CHECK(answer);
        }
        CHECK(served == 3);
        CHECK(at.accepted() == 2);
        co_await at.stop();
    });
}

TEST_CASE("a new connection that dies is not tried again") {
    test::run([](loop& on) -> task<void> {
        site at(on, script(""));
        http_client client(on, nullptr);
        auto sending = client.send(at.plain(), post("a"), 5s);
        auto const answer = co_await std::move(sending);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == make_error_code(errc::connection_lost));
        CHECK(answer.error().detail.find(at.plain().host_header()) != std::string::npos);
        CHECK(at.accepted() == 1);
        co_await at.stop();
    });
}

TEST_CASE("answers are read as they are framed, and what is no HTTP is named") {
    struct row {
        std::string answer;
        std::string_view body;
        errc error{};
    };
    row const rows[] = {
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
         "abcde"},
        {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"},
        {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
         "ok"},
        {"HTTP/1.1 204 No Content\r\n\r\n", ""},
        {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "", errc::not_http},
        {"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "", errc::not_http},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", "", errc::connection_lost},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "",
         errc::connection_lost},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "", errc::not_http},
        {"HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n", "", errc::http_too_large},
        {"HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", "",
         errc::http_too_large},
    };
    test::run([&](loop& on) -> task<void> {
        for (auto const& [text, body, wrong] : rows) {
            CAPTURE(text);
            site at(on, script(text));
            http_client client(on, nullptr);
            auto sending = client.send(at.plain(), post("a"), 5s);
            auto const answer = co_await std::move(sending);
            if (wrong == errc{}) {
                REQUIRE(answer);
                CHECK(answer->body == body);
            } else {
                REQUIRE_FALSE(answer);
                CHECK(answer.error().code == make_error_code(wrong));
            }
            co_await at.stop();
        }
    });
}

TEST_CASE("a server that does not answer in time is timed_out, and its connection is not reused") {
    test::run([](loop& on) -> task<void> {
        site at(on, script("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal", true));
        http_client client(on, nullptr);
        auto sending = client.send(at.plain(), post("a"), 100ms);
        auto const answer = co_await std::move(sending);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == make_error_code(errc::timed_out));
        auto again = client.send(at.plain(), post("a"), 100ms);
        co_await std::move(again);
        CHECK(at.accepted() == 2);
        co_await at.stop();
    });
}

TEST_CASE("many requests at once share up to 64 connections, and all are answered") {
    test::run([](loop& on) -> task<void> {
        site at(on, [](http_request const& request, stream const&) -> task<http_answer> {
            co_await sleep_for(5ms);
            http_response answer;
            answer.body = request.body;
            co_return answer;
        });
        http_client client(on, nullptr);
        task_group group(on);
        int good = 0;
        for (int i = 0; i < 300; ++i)
            group.spawn([&, i]() -> task<void> {
                auto sending = client.send(at.plain(), post(std::to_string(i)), 10s);
                auto const answer = co_await std::move(sending);
                good += answer && answer->body == std::to_string(i) ? 1 : 0;
            });
        co_await group.join();
        CHECK(good == 300);
        CHECK(at.accepted() == 64);
        co_await at.stop();
    });
}

TEST_CASE("cancelled requests give their places back") {
    test::run([](loop& on) -> task<void> {
        bool answering = false;
        site at(on, [&answering](http_request const&, stream const&) -> task<http_answer> {
            if (!answering)
                co_await sleep_for(1h);
            co_return http_response();
        });
        http_client client(on, nullptr);
        {
            task_group group(on);
            for (int i = 0; i < 100; ++i)
                group.spawn([&]() -> task<void> {
                    auto sending = client.send(at.plain(), post("a"), 1h);
                    auto const answer = co_await std::move(sending);
                    CHECK(answer.error().code == make_error_code(errc::cancelled));
                });
            co_await sleep_for(50ms);
            group.cancel();
            co_await group.join();
        }
        answering = true;
        auto sending = client.send(at.plain(), post("a"), 5s);
        auto const answer = co_await std::move(sending);
        CHECK(answer);
        co_await at.stop();
    });
}

TEST_CASE("a streamed answer reaches its reader piece by piece and can be stopped") {
    test::run([](loop& on) -> task<void> {
        site at(on, [](http_request const&, stream const&) -> task<http_answer> {
            take_over taken;
            taken.run = [](stream_ptr peer, http_request, std::string) -> task<void> {
                auto begun = co_await begin_event_stream(*peer);
                for (int i = 0; begun; ++i) {
                    begun = co_await peer->write("data: " + std::to_string(i) + "\n\n");
                    co_await sleep_for(5ms);
                }
            };
            co_return taken;
        });
        http_client client(on, nullptr);
        std::string seen;
        auto streaming = client.send_streaming(at.plain(), {}, [&seen](std::string_view piece) {
            seen += piece;
            return seen.find("data: 3\n") == std::string::npos;
        });
        auto const answer = co_await std::move(streaming);
        REQUIRE(answer);
        CHECK(answer->status == 200);
        CHECK(answer->body.empty());
        CHECK(seen == "data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\n");
        co_await at.stop();
    });
}
