#include "fixture.hpp"

#include "crypto/x509.hpp"
#include "net/with_timeout.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <fstream>

namespace cogniot::net::test {

namespace {

utc_time today() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

crypto::certified_key const& authority() {
    static auto const made = crypto::make_authority("cogniot test CA", today());
    return made;
}

} // namespace

void run(std::function<task<void>(loop&)> body) {
    loop on;
    bool in_time = false;
    on.run_until_done([&]() -> task<void> {
        auto work = body(on);
        auto bounded = run_for_at_most(std::chrono::seconds(20), std::move(work));
        in_time = co_await std::move(bounded);
    });
    CHECK(in_time);
}

trust const& local_trust() {
    static cogniot::test::temporary_directory const directory;
    static trust const made = [] {
        trust t;
        t.ca_file = directory.path() / "ca.pem";
        std::ofstream(t.ca_file) << authority().certificate_pem;
        t.server = make_server_tls({"localhost"}, {"127.0.0.1", "::1"}, 0, {{"http/1.1"}});
        auto client = client_tls::make(t.ca_file);
        REQUIRE(client);
        t.client = *client;
        return t;
    }();
    return made;
}

std::shared_ptr<server_tls const>
make_server_tls(std::vector<std::string> dns_names, std::vector<std::string> ip_addresses,
                int days_from_now, std::vector<alpn_protocol> alpn, certificate_request ask) {
    auto const issued = crypto::issue_server_certificate(
        authority(), dns_names, ip_addresses, today() + std::chrono::hours(24) * days_from_now);
    REQUIRE(issued);
    auto made =
        server_tls::make(issued->certificate_pem, issued->private_key_pem, std::move(alpn), ask);
    REQUIRE(made);
    return *made;
}

std::shared_ptr<client_tls const> make_strangers_tls() {
    auto made = client_tls::make(std::nullopt);
    REQUIRE(made);
    return *made;
}

site::site(loop& on, std::function<task<void>(stream_ptr)> serve, tls_use use,
           std::shared_ptr<server_tls const> tls, server_limits limits)
    : group_(std::make_unique<task_group>(on)) {
    auto opened = listener::open(on, "127.0.0.1", 0);
    REQUIRE(opened);
    listener_ = std::move(*opened);
    auto counted = [accepted = accepted_, serve = std::move(serve)](stream_ptr peer) {
        ++*accepted;
        return serve(std::move(peer));
    };
    group_->spawn([this, use, tls, limits, counted] {
        return listener_->run_accepting(*group_, use, tls, limits, counted);
    });
}

site::site(loop& on, handler handle, server_limits limits, tls_use use)
    : site(
          on,
          [handle = std::move(handle), limits](stream_ptr peer) {
              return serve_http(std::move(peer), limits, handle);
          },
          use, local_trust().server, limits) {}

task<void> site::stop() {
    listener_->close();
    group_->cancel();
    auto joining = group_->join();
    co_await std::move(joining);
}

task<stream_ptr> open_plain(site const& to) {
    auto connecting = connect(to.plain(), nullptr, std::chrono::seconds(5));
    auto connected = co_await std::move(connecting);
    REQUIRE(connected);
    co_return std::move(*connected);
}

task<std::string> read_all(stream& from, std::function<bool(std::string const&)> enough) {
    std::string all;
    std::string part(4096, '\0');
    while (!enough || !enough(all)) {
        auto const got = co_await from.read_some(part);
        if (!got || *got == 0)
            break;
        all.append(part, 0, *got);
    }
    co_return all;
}

task<std::string> read_exactly(stream& from, std::size_t size) {
    std::string all(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        auto const got = co_await from.read_some(std::span(all).subspan(have));
        if (!got || *got == 0)
            break;
        have += *got;
    }
    all.resize(have);
    co_return all;
}

} // namespace cogniot::net::test
