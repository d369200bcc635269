#include "crypto/certificate_details.hpp"
#include "crypto/device_certificate.hpp"
#include "fixture.hpp"
#include "support/encrypted_pem.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::net;
using namespace std::chrono_literals;
using test::site;

namespace {

task<void> echo_stream(stream_ptr peer) {
    std::string buffer(64 * 1024, '\0');
    for (;;) {
        auto const got = co_await peer->read_some(buffer);
        if (!got || *got == 0)
            break;
        auto const sent = co_await peer->write(std::string_view(buffer).substr(0, *got));
        if (!sent)
            co_return;
    }
    co_await peer->shutdown();
}

task<result<stream_ptr>> open(origin to, std::shared_ptr<client_tls const> with) {
    return connect(std::move(to), std::move(with), 5s);
}

} // namespace

TEST_CASE("TLS carries bytes both ways, by name and by address") {
    test::run([](loop& on) -> task<void> {
        site at(on, echo_stream);
        for (std::string const host : {"localhost", "127.0.0.1"}) {
            auto opening = open({true, host, at.port()}, test::local_trust().client);
            auto opened = co_await std::move(opening);
            REQUIRE(opened);
            auto& peer = **opened;
            CHECK(peer.is_tls());
            CHECK(peer.remote() == address{"127.0.0.1", at.port()});
            co_await peer.write("hello");
            auto const back = co_await test::read_exactly(peer, 5);
            CHECK(back == "hello");
            co_await peer.shutdown();
        }
        co_await at.stop();
    });
}

TEST_CASE("encrypted certificates and keys are refused, and nobody is asked for a passphrase") {
    auto const now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    auto const made = crypto::make_authority("x", now);
    auto const refusal = [](std::string certificate, std::string key) {
        encrypted_pem::terminal const somebody;
        auto const tls = client_tls::make(
            {}, client_identity{std::move(certificate), secret(std::move(key)), {}});
        return tls ? "taken" : tls.error().detail.substr(0, 40);
    };
    auto const& certificate = made.certificate_pem;
    CHECK(refusal(certificate, made.private_key_pem) == "taken");
    CHECK(refusal(encrypted_pem::encrypt(certificate), made.private_key_pem)
              .starts_with("the client's certificate cannot be used"));
    CHECK(refusal(certificate, encrypted_pem::encrypt(made.private_key_pem))
              .starts_with("the client's private key cannot be used"));
}

TEST_CASE("one port serves plain and TLS, told apart by the first byte") {
    test::run([](loop& on) -> task<void> {
        int plain = 0;
        int secure = 0;
        site at(on, [&](stream_ptr peer) -> task<void> {
            ++(peer->is_tls() ? secure : plain);
            co_await peer->write(peer->server_name());
            co_await peer->shutdown();
        });
        auto silent = co_await test::open_plain(at); // does not hold up the others
        auto first = co_await test::open_plain(at);
        co_await first->write("x");
        auto const nothing = co_await test::read_all(*first);
        CHECK(nothing.empty());
        auto opening = open(at.secure(), test::local_trust().client);
        auto second = co_await std::move(opening);
        REQUIRE(second);
        auto const name = co_await test::read_all(**second);
        CHECK(name == "localhost"); // SNI
        auto by_address = open({true, "127.0.0.1", at.port()}, test::local_trust().client);
        auto third = co_await std::move(by_address);
        REQUIRE(third);
        auto const no_name = co_await test::read_all(**third);
        CHECK(no_name.empty()); // RFC 6066 section 3: no addresses in SNI
        CHECK(plain == 1);
        CHECK(secure == 2);
        co_await at.stop();
    });
}

TEST_CASE("tls_use::always and never do not look at the first byte") {
    test::run([](loop& on) -> task<void> {
        site always(on, echo_stream, tls_use::always);
        auto plain = co_await test::open_plain(always);
        co_await plain->write("GET / HTTP/1.1\r\n\r\n");
        auto const alert = co_await test::read_all(*plain);
        CHECK(alert.find("HTTP") == std::string::npos);
        site never(on, echo_stream, tls_use::never, nullptr);
        auto opening = open(never.secure(), test::local_trust().client);
        auto const refused = co_await std::move(opening);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == make_error_code(errc::tls_handshake_failed));
        co_await always.stop();
        co_await never.stop();
    });
}

TEST_CASE("a certificate that cannot be trusted is named with its fault and the remedy") {
    struct row {
        std::shared_ptr<server_tls const> server;
        std::shared_ptr<client_tls const> client;
        std::vector<std::string_view> says;
    };
    auto const& ours = test::local_trust();
    row const rows[] = {
        {ours.server,
         test::make_strangers_tls(),
         {"unable to get local issuer certificate", "AWS_CA_BUNDLE", "--ca-bundle"}},
        {test::make_server_tls({"other.example", "*.test"}, {"10.0.0.1"}),
         ours.client,
         {"hostname mismatch", "certificate is for other.example, *.test, 10.0.0.1"}},
        {test::make_server_tls({"localhost"}, {}, -500),
         ours.client,
         {"certificate has expired", "clock"}},
        {test::make_server_tls({"localhost"}, {}, +10),
         ours.client,
         {"certificate is not yet valid", "clock"}},
    };
    test::run([&](loop& on) -> task<void> {
        for (auto const& [server, client, says] : rows) {
            site at(on, echo_stream, tls_use::always, server);
            auto opening = open(at.secure(), client);
            auto const refused = co_await std::move(opening);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == make_error_code(errc::certificate_not_trusted));
            auto const& detail = refused.error().detail;
            CAPTURE(detail);
            CHECK(detail.starts_with("localhost:" + std::to_string(at.port())));
            for (auto const text : says)
                CHECK(detail.find(text) != std::string::npos);
            co_await at.stop();
        }
    });
}

TEST_CASE("a certificate for names only does not serve an address [RFC 6125 section 1.7.2]") {
    test::run([](loop& on) -> task<void> {
        site at(on, echo_stream, tls_use::always, test::make_server_tls({"localhost"}, {}));
        auto opening = open({true, "127.0.0.1", at.port()}, test::local_trust().client);
        auto const refused = co_await std::move(opening);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == make_error_code(errc::certificate_not_trusted));
        CHECK(refused.error().detail.find("IP address mismatch: certificate is for localhost") !=
              std::string::npos);
        co_await at.stop();
    });
}

TEST_CASE("a CA bundle or certificate that cannot be read is named") {
    auto const missing = client_tls::make("/no/such/bundle.pem");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == make_error_code(errc::address_not_usable));
    CHECK(missing.error().detail ==
          "cannot read CA certificates from `/no/such/bundle.pem`: No such file or directory");
    CHECK_FALSE(server_tls::make("no certificate", "no key"));
}

TEST_CASE("a server sees the certificate of a client where it asks for one, and judges none") {
    auto const now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    // Of an authority that nobody here knows.
    auto const device = crypto::issue_device_certificate(
        crypto::make_authority("somewhere else", now), crypto::rsa_key::generate(), now);
    REQUIRE(device.has_value());
    auto const id = crypto::read_certificate_details(device->certificate_pem)->id;
    auto const make_client = [&](std::vector<std::string> alpn, bool has_certificate) {
        std::optional<client_identity> own;
        if (has_certificate)
            own = client_identity{device->certificate_pem, secret(device->private_key_pem),
                                  std::move(alpn)};
        auto made = client_tls::make(test::local_trust().ca_file, own);
        REQUIRE(made);
        return *made;
    };
    using enum certificate_request;
    auto const by_protocol =
        test::make_server_tls({"localhost"}, {}, 0, {{"mqtt", always}, {"http/1.1"}});
    auto const asks_always = test::make_server_tls({"localhost"}, {}, 0, {}, always);
    struct row {
        std::shared_ptr<server_tls const> server;
        std::shared_ptr<client_tls const> client;
        std::string seen;
    };
    row const rows[] = {{by_protocol, make_client({"mqtt"}, true), id},
                        {by_protocol, make_client({"http/1.1"}, true), ""},
                        {by_protocol, make_client({}, true), ""},
                        {by_protocol, make_client({}, false), ""},
                        {asks_always, make_client({}, true), id},
                        {asks_always, make_client({}, false), ""}};
    test::run([&](loop& on) -> task<void> {
        for (auto const& [server, client, expected] : rows) {
            std::string seen = "nothing yet";
            site at(
                on,
                [&seen](stream_ptr peer) -> task<void> {
                    auto const der = peer->peer_certificate();
                    seen = der.empty() ? "" : crypto::certificate_id(der);
                    co_await peer->shutdown();
                },
                tls_use::always, server);
            auto opening = open(at.secure(), client);
            auto opened = co_await std::move(opening);
            REQUIRE(opened);
            std::string byte(1, '\0');
            (void)co_await (*opened)->read_some(byte);
            CHECK(seen == expected);
            co_await at.stop();
        }
    });
}

TEST_CASE("a client's certificate and key that do not fit are refused with whose they are") {
    auto const refusal = [](std::string certificate, std::string key) {
        auto const made =
            client_tls::make(test::local_trust().ca_file,
                             client_identity{std::move(certificate), secret(std::move(key)), {}});
        return made ? "fine" : made.error().detail;
    };
    auto const now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    auto const a = crypto::make_authority("a", now);
    auto const b = crypto::make_authority("b", now);
    CHECK(refusal(a.certificate_pem, a.private_key_pem) == "fine");
    CHECK(refusal("x", a.private_key_pem).starts_with("the client's certificate cannot be used"));
    CHECK(refusal(a.certificate_pem, b.private_key_pem)
              .starts_with("the client's private key cannot be used"));
}

TEST_CASE("megabytes in both directions at once arrive whole over TLS") {
    test::run([](loop& on) -> task<void> {
        site at(on, echo_stream);
        auto opening = open(at.secure(), test::local_trust().client);
        auto opened = co_await std::move(opening);
        REQUIRE(opened);
        auto& peer = **opened;
        std::string message(8 << 20, '\0');
        for (std::size_t i = 0; i < message.size(); ++i)
            message[i] = static_cast<char>(i * 7 + i / 253);
        task_group group(on);
        group.spawn([&]() -> task<void> {
            auto const sent = co_await peer.write(message);
            CHECK(sent);
        });
        auto const back = co_await test::read_exactly(peer, message.size());
        CHECK((back == message));
        co_await group.join();
        co_await at.stop();
    });
}

TEST_CASE("a server whose first byte is not TLS fails the handshake in time") {
    test::run([](loop& on) -> task<void> {
        site silent(
            on, [](stream_ptr) -> task<void> { co_await sleep_for(1h); }, tls_use::never, nullptr);
        auto const before = std::chrono::steady_clock::now();
        auto opening = connect(silent.secure(), test::local_trust().client, 100ms);
        auto const late = co_await std::move(opening);
        REQUIRE_FALSE(late);
        CHECK(late.error().code == make_error_code(errc::timed_out));
        CHECK(std::chrono::steady_clock::now() - before < 10s);
        co_await silent.stop();
    });
}
