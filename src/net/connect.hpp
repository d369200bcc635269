// Outgoing connections: TCP, TLS with verification, WebSocket.
#pragma once

#include "base/secret.hpp"
#include "net/http.hpp"
#include "net/stream.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::net {

/// What a client shows of itself when a server asks, and the protocols it offers.
struct client_identity {
    /// PEM; a chain may follow.
    std::string certificate_pem{};
    secret private_key_pem{};
    /// In order of preference; none = no ALPN.
    std::vector<std::string> alpn{};
};

/// Whom to trust. Immutable after construction; shared by many connections.
class client_tls {
  public:
    /// The system's roots, or only those of `ca_bundle` (PEM; AWS_CA_BUNDLE).
    /// @errors address_not_usable with the path, when the bundle cannot be read; or when
    ///         certificate and key cannot be used, or do not belong together
    static result<std::shared_ptr<client_tls const>>
    make(std::optional<std::filesystem::path> ca_bundle,
         std::optional<client_identity> const& own = {});
    ~client_tls();
    struct inside;
    inside const& internals() const { return *in_; }

  private:
    client_tls();
    std::unique_ptr<inside> in_;
};

/// Where an HTTP or WebSocket server is.
struct origin {
    bool tls = true;
    std::string host;
    std::uint16_t port = 443;
    friend bool operator==(origin const&, origin const&) = default;
    friend auto operator<=>(origin const&, origin const&) = default;
    /// `host` or `host:port` when the port is not the scheme's default: the Host header.
    std::string host_header() const;
};

/// Reads `https://host[:port][/path]`. @errors address_not_usable saying what is wrong
struct base_url {
    origin at;
    std::string path; // without trailing slash; empty for none
};
result<base_url> parse_base_url(std::string_view url);

/// TCP (every address in turn, TCP_NODELAY), then TLS with SNI and host verification if asked for.
/// Addresses are tried beside each other when the first is slow (RFC 8305).
/// @errors host_not_found, connection_refused, host_unreachable, timed_out, tls_handshake_failed,
///         certificate_not_trusted; detail names host, port and the certificate's fault.
task<result<stream_ptr>> connect(origin, std::shared_ptr<client_tls const>,
                                 std::chrono::steady_clock::duration timeout);

/// What a server answered instead of 101.
struct refused_upgrade {
    http_response answer;
};

/// Performs the WebSocket handshake on an open stream (bound it with with_timeout); the result
/// reads and writes binary messages as bytes.
/// @param refused  receives the answer when it is not 101; may be null
/// @errors upgrade_refused with the answer's status and body in `refused` and detail
task<result<stream_ptr>> upgrade_to_websocket(stream_ptr, std::string host_header,
                                              std::string target, std::string subprotocol,
                                              std::shared_ptr<refused_upgrade> refused);

} // namespace cogniot::net
