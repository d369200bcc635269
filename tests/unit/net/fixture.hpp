// Servers and peers on loopback for the tests of src/net.
#pragma once

#include "net/connect.hpp"
#include "net/server.hpp"
#include "net/task.hpp"
#include "support/print_result.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::net::test {

/// Runs the coroutine on a loop of its own; a test that hangs fails after 20 s.
void run(std::function<task<void>(loop&)> body);

/// A CA of ours, its file, and what both sides need.
struct trust {
    std::filesystem::path ca_file;
    std::shared_ptr<server_tls const> server; // for localhost, 127.0.0.1, ::1
    std::shared_ptr<client_tls const> client; // trusts the CA
};
/// Made once.
trust const& local_trust();
/// A server certificate of that CA for other names or another time.
std::shared_ptr<server_tls const> make_server_tls(std::vector<std::string> dns_names,
                                                  std::vector<std::string> ip_addresses,
                                                  int days_from_now = 0,
                                                  std::vector<alpn_protocol> alpn = {},
                                                  certificate_request = certificate_request::never);
/// A TLS client that trusts the system's roots only.
std::shared_ptr<client_tls const> make_strangers_tls();

/// A listener on a free port of 127.0.0.1 and all its connections.
class site {
  public:
    site(loop&, std::function<task<void>(stream_ptr)> serve, tls_use = tls_use::by_first_byte,
         std::shared_ptr<server_tls const> = local_trust().server, server_limits = {});
    /// An HTTP site.
    using handler = std::function<task<http_answer>(http_request const&, stream const&)>;
    site(loop&, handler, server_limits = {}, tls_use = tls_use::by_first_byte);

    origin plain() const { return {false, "127.0.0.1", port()}; }
    origin secure() const { return {true, "localhost", port()}; }
    std::uint16_t port() const { return listener_->local().port; }
    /// Connections and the accepting coroutine.
    std::size_t running() const { return group_->size(); }
    std::size_t accepted() const { return *accepted_; }
    task<void> stop();

  private:
    std::unique_ptr<listener> listener_;
    std::unique_ptr<task_group> group_;
    std::shared_ptr<std::size_t> accepted_ = std::make_shared<std::size_t>(0);
};

/// A plain connection to the site. A failure fails the test.
task<stream_ptr> open_plain(site const& to);
/// Reads until the peer ends its side or `enough` says so; what came so far on an error.
task<std::string> read_all(stream& from, std::function<bool(std::string const&)> enough = {});
/// Reads exactly so many bytes, or fewer if the stream ends.
task<std::string> read_exactly(stream& from, std::size_t size);

} // namespace cogniot::net::test
