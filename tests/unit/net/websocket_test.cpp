#include "base/text.hpp"
#include "fixture.hpp"
#include "net/with_timeout.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::net;
using namespace std::chrono_literals;
using test::site;

namespace {

constexpr std::size_t max_message = 1 << 20;

/// A site whose `/mqtt` is a WebSocket given to `serve`; other paths are refused with 403.
site::handler websocket_site(std::function<task<void>(stream_ptr)> serve) {
    return [serve](http_request const& asked, stream const&) -> task<http_answer> {
        if (asked.path() != "/mqtt" || !is_websocket_upgrade(asked)) {
            http_response refusal;
            refusal.status = 403;
            refusal.headers.add("x-amzn-ErrorType", "ForbiddenException");
            refusal.body = R"({"message":"Forbidden"})";
            co_return refusal;
        }
        take_over taken;
        taken.run = [serve](stream_ptr peer, http_request request,
                            std::string already_read) -> task<void> {
            auto accepting = accept_websocket(std::move(peer), std::move(request),
                                              std::move(already_read), "mqtt", max_message);
            auto accepted = co_await std::move(accepting);
            if (!accepted)
                co_return;
            auto serving = serve(std::move(*accepted));
            co_await std::move(serving);
        };
        co_return taken;
    };
}

task<void> echo_bytes(stream_ptr peer) {
    for (;;) {
        auto const got = co_await peer->read_shared();
        if (!got || got->empty())
            break;
        std::string const copy(got->begin(), got->end());
        auto const sent = co_await peer->write(copy);
        if (!sent)
            break;
    }
    co_await peer->shutdown(); // sends no second Close
}

task<result<stream_ptr>> open_websocket(origin to, std::string target = "/mqtt",
                                        std::shared_ptr<refused_upgrade> refused = {}) {
    auto connecting = connect(to, test::local_trust().client, 5s);
    auto connected = co_await std::move(connecting);
    if (!connected)
        co_return connected.error();
    auto upgrading = upgrade_to_websocket(std::move(*connected), to.host_header(), target, "mqtt",
                                          std::move(refused));
    auto bounded = with_timeout(5s, std::move(upgrading));
    co_return co_await std::move(bounded);
}

constexpr std::string_view handshake = "GET /mqtt HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                                       "Connection: keep-alive, Upgrade\r\n"
                                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                       "Sec-WebSocket-Protocol: mqtt\r\n"
                                       "Sec-WebSocket-Version: 13\r\n\r\n";

/// The server's answer to `handshake`: the accept value is RFC 6455's own (section 1.3).
constexpr std::string_view switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                       "Connection: Upgrade\r\n"
                                       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                       "Sec-WebSocket-Protocol: mqtt\r\n\r\n";

/// Sends the handshake and `frames`, and returns what comes after the 101 answer.
task<std::string> converse_raw(site const& at, std::string frames,
                               std::function<bool(std::string const&)> enough = {}) {
    auto opening = test::open_plain(at);
    auto peer = co_await std::move(opening);
    co_await peer->write(std::string(handshake) + frames);
    auto const answer = co_await test::read_exactly(*peer, switching.size());
    CHECK(answer == switching);
    auto reading = test::read_all(*peer, std::move(enough));
    co_return co_await std::move(reading);
}

} // namespace

TEST_CASE("what is written comes back, plain and over TLS, small and large") {
    test::run([](loop& on) -> task<void> {
        site at(on, websocket_site(echo_bytes));
        for (auto const& to : {at.plain(), at.secure()}) {
            auto opening = open_websocket(to);
            auto opened = co_await std::move(opening);
            REQUIRE(opened);
            auto& socket = **opened;
            CHECK(socket.is_tls() == to.tls);
            for (std::size_t const size : {1, 125, 126, 65535, 65536, 1 << 20}) {
                std::string message(size, '\0');
                for (std::size_t i = 0; i < size; ++i)
                    message[i] = static_cast<char>(i * 31 + size);
                task_group group(on);
                group.spawn([&]() -> task<void> {
                    auto const sent = co_await socket.write(message);
                    CHECK(sent);
                });
                auto const back = co_await test::read_exactly(socket, size);
                CHECK((back == message));
                co_await group.join();
            }
            co_await socket.shutdown();
        }
        co_await at.stop();
    });
}

TEST_CASE("the server ends violations with the Close code they call for, and pings with pongs") {
    struct row {
        char const* id;
        char const* frames;
        char const* answer;
    };
    test::run([](loop& on) -> task<void> {
        site at(on, websocket_site(echo_bytes));
        // Masked with zeros, so that the payload can be read here.
        for (auto const& [id, frames, answer] : {
                 row{"text", "81810000000061", "880203eb"},
                 row{"unmasked", "820161", "880203ea"},
                 row{"reserved bit", "c2810000000061", "880203ea"},
                 row{"opcode 7", "878000000000", "880203ea"},
                 row{"1 MiB and a byte", "82ff000000000010000100000000", "880203f1"},
                 row{"close", "88820000000003e8", "880203e8"},
                 row{"close without code", "888000000000", "8800"},
                 row{"echo, ping, close",
                     "82810000000061"
                     "898100000000708880"
                     "00000000",
                     "8201618a01708800"},
             }) {
            CAPTURE(id);
            auto conversing = converse_raw(at, *decode_hex(frames));
            auto const got = co_await std::move(conversing);
            CHECK(encode_hex(got) == answer);
        }
        co_await at.stop();
    });
}

TEST_CASE("fragments with a ping between them are one stream of bytes") {
    test::run([](loop& on) -> task<void> {
        site at(on, websocket_site(echo_bytes));
        auto conversing =
            converse_raw(at, *decode_hex("0281000000006189810000000070808100000000628880"
                                         "00000000"));
        auto const got = co_await std::move(conversing);
        CHECK(encode_hex(got) == "820261628a01708800");
        co_await at.stop();
    });
}

TEST_CASE("a peer that says Close is told apart from one that vanishes") {
    test::run([](loop& on) -> task<void> {
        std::vector<error_code> seen;
        cogniot::net::signal news(on);
        site at(on, websocket_site([&](stream_ptr peer) -> task<void> {
                    std::string buffer(100, '\0');
                    for (;;) {
                        auto const got = co_await peer->read_some(buffer);
                        if (got && *got > 0)
                            continue;
                        seen.push_back(got ? error_code() : got.error().code);
                        break;
                    }
                    auto const again = co_await peer->read_some(buffer);
                    CHECK_FALSE(again);
                    news.notify();
                }));
        {
            auto opening = open_websocket(at.secure());
            auto polite = co_await std::move(opening);
            REQUIRE(polite);
            co_await (*polite)->shutdown();
            co_await news.wait(10s);
        }
        {
            auto opening = open_websocket(at.secure());
            auto rude = co_await std::move(opening);
            REQUIRE(rude);
            (*rude)->abort();
            co_await news.wait(10s);
        }
        CHECK(seen == std::vector{make_error_code(errc::websocket_closed),
                                  make_error_code(errc::end_of_stream)});
        co_await at.stop();
    });
}

TEST_CASE("a server that says goodbye is websocket_closed for the client") {
    test::run([](loop& on) -> task<void> {
        site at(on, websocket_site([](stream_ptr peer) -> task<void> {
                    co_await peer->write("bye");
                    co_await peer->shutdown();
                }));
        auto opening = open_websocket(at.secure());
        auto opened = co_await std::move(opening);
        REQUIRE(opened);
        auto const text = co_await test::read_exactly(**opened, 3);
        CHECK(text == "bye");
        std::string buffer(10, '\0');
        auto const end = co_await (*opened)->read_some(buffer);
        REQUIRE_FALSE(end);
        CHECK(end.error().code == make_error_code(errc::websocket_closed));
        CHECK(end.error().detail.find("1000") != std::string::npos);
        co_await at.stop();
    });
}

TEST_CASE("a refused upgrade tells status, headers and body") {
    test::run([](loop& on) -> task<void> {
        site at(on, websocket_site(echo_bytes));
        auto refused = std::make_shared<refused_upgrade>();
        auto opening = open_websocket(at.secure(), "/other", refused);
        auto const opened = co_await std::move(opening);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == make_error_code(errc::upgrade_refused));
        CHECK(opened.error().detail == R"(status 403, `{"message":"Forbidden"}`)");
        CHECK(refused->answer.status == 403);
        CHECK(refused->answer.headers.find("x-amzn-errortype") == "ForbiddenException");
        CHECK(refused->answer.body == R"({"message":"Forbidden"})");
        co_await at.stop();
    });
}

TEST_CASE("an answer that only looks like an upgrade is not taken for one") {
    test::run([](loop& on) -> task<void> {
        for (std::string const fields :
             {"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n",
              "Upgrade: h2c\r\nConnection: Upgrade\r\n", "Connection: Upgrade\r\n"}) {
            CAPTURE(fields);
            site at(
                on,
                [fields](stream_ptr peer) -> task<void> {
                    co_await test::read_all(
                        *peer, [](std::string const& have) { return have.ends_with("\r\n\r\n"); });
                    co_await peer->write("HTTP/1.1 101 Switching Protocols\r\n" + fields + "\r\n");
                    co_await peer->shutdown();
                },
                tls_use::never, nullptr);
            auto opening = open_websocket(at.plain());
            auto const opened = co_await std::move(opening);
            REQUIRE_FALSE(opened);
            CHECK(opened.error().code == make_error_code(errc::websocket_protocol_violation));
            co_await at.stop();
        }
    });
}

TEST_CASE("a request is an upgrade only if all its fields say so [RFC 6455 section 4.2.1]") {
    auto const request = [](std::string const& without) {
        http_request made;
        for (auto const& [name, value] : std::vector<std::pair<std::string, std::string>>{
                 {"Upgrade", "WebSocket"},
                 {"Connection", "keep-alive, upgrade"},
                 {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                 {"Sec-WebSocket-Version", "13"}})
            if (name != without)
                made.headers.add(name, value);
        return made;
    };
    CHECK(is_websocket_upgrade(request("")));
    for (char const* without :
         {"Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"})
        CHECK_FALSE(is_websocket_upgrade(request(without)));
    auto posted = request("");
    posted.method = "POST";
    CHECK_FALSE(is_websocket_upgrade(posted));
    auto short_key = request("Sec-WebSocket-Key");
    short_key.headers.add("Sec-WebSocket-Key", "c2hvcnQ=");
    CHECK_FALSE(is_websocket_upgrade(short_key));
}

TEST_CASE("a pong waits for the message that is being written") {
    test::run([](loop& on) -> task<void> {
        constexpr std::size_t size = 32 << 20; // more than the sockets hold
        site at(on, websocket_site([&on](stream_ptr peer) -> task<void> {
                    task_group group(on);
                    group.spawn([&peer]() -> task<void> {
                        std::string const message(size, 'x');
                        auto const sent = co_await peer->write(message);
                        CHECK(sent);
                    });
                    auto const end = co_await peer->read_shared();
                    CHECK_FALSE(end);
                    co_await group.join();
                }));
        auto peer = co_await test::open_plain(at);
        co_await peer->write(handshake);
        auto const answer = co_await test::read_exactly(*peer, switching.size());
        CHECK(answer == switching);
        co_await sleep_for(20ms); // the message is stuck on its way
        auto const ping_and_close = *decode_hex("89810000000070888000000000");
        co_await peer->write(ping_and_close);
        co_await sleep_for(20ms);
        auto const header = co_await test::read_exactly(*peer, 10);
        CHECK(encode_hex(header) == "827f0000000002000000");
        auto const message = co_await test::read_exactly(*peer, size);
        CHECK(message.find_first_not_of('x') == message.npos);
        auto const rest = co_await test::read_all(*peer);
        CHECK(encode_hex(rest) == "8a01708800");
        co_await at.stop();
    });
}

TEST_CASE("megabytes of messages go one way while answers come the other") {
    test::run([](loop& on) -> task<void> {
        std::size_t received = 0;
        site at(on, websocket_site([&](stream_ptr peer) -> task<void> {
                    std::string buffer(64 * 1024, '\0');
                    for (;;) {
                        auto const got = co_await peer->read_some(buffer);
                        if (!got || *got == 0)
                            co_return;
                        for (char const c : std::string_view(buffer).substr(0, *got))
                            received += c == 'x' ? 1 : 0;
                        auto const sent = co_await peer->write("y");
                        if (!sent)
                            co_return;
                    }
                }));
        auto opening = open_websocket(at.secure());
        auto opened = co_await std::move(opening);
        REQUIRE(opened);
        auto& socket = **opened;
        task_group group(on);
        group.spawn([&]() -> task<void> {
            std::string buffer(1000, '\0');
            for (;;) {
                auto const got = co_await socket.read_some(buffer);
                if (!got)
                    co_return;
            }
        });
        std::string const message(100'000, 'x');
        for (int i = 0; i < 50; ++i) {
            auto const sent = co_await socket.write(message);
            CHECK(sent);
        }
        for (int i = 0; i < 100 && received < 5'000'000; ++i)
            co_await sleep_for(5ms);
        CHECK(received == 5'000'000);
        co_await socket.shutdown();
        co_await group.join();
        co_await at.stop();
    });
}

TEST_CASE("a WebSocket that is cancelled in the middle of a read or write goes quietly") {
    test::run([](loop& on) -> task<void> {
        site at(on, websocket_site([](stream_ptr) -> task<void> { co_await sleep_for(1h); }));
        task_group group(on);
        std::vector<error_code> seen;
        for (int i = 0; i < 2; ++i)
            group.spawn([&, i]() -> task<void> {
                auto opening = open_websocket(at.secure());
                auto opened = co_await std::move(opening);
                if (!opened)
                    co_return;
                std::string buffer(32 << 20, 'x');
                if (i == 0) {
                    auto const got = co_await (*opened)->read_some(buffer);
                    seen.push_back(got.error().code);
                } else {
                    auto const sent = co_await (*opened)->write(buffer);
                    seen.push_back(sent.error().code);
                }
                co_await (*opened)->shutdown();
            });
        co_await sleep_for(300ms);
        group.cancel();
        co_await group.join();
        CHECK(seen == std::vector(2, make_error_code(errc::cancelled)));
        co_await at.stop();
    });
}
