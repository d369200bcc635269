// Incoming connections: one listener for plain and TLS told apart by the first byte, HTTP/1.1 on
// it, and WebSocket upgrades.
#pragma once

#include "net/http.hpp"
#include "net/stream.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cogniot::net {

/// Whether clients are asked for a certificate. What they show is not judged: whose it is, and
/// whether they may come in, is for the caller to decide by stream::peer_certificate(). Who shows
/// none may come in, too.
enum class certificate_request { never, always };

/// A protocol that clients can ask for by ALPN.
struct alpn_protocol {
    std::string name;
    certificate_request ask = certificate_request::never;
};

/// The certificate a server shows. Immutable.
class server_tls {
  public:
    /// @param alpn  protocols to accept, in order of preference; none = no ALPN
    /// @param ask   of clients that agree on no protocol
    static result<std::shared_ptr<server_tls const>>
    make(std::string_view certificate_pem, std::string_view private_key_pem,
         std::vector<alpn_protocol> alpn = {},
         certificate_request ask = certificate_request::never);
    ~server_tls();
    struct inside;
    inside const& internals() const { return *in_; }

  private:
    server_tls();
    std::unique_ptr<inside> in_;
};

enum class tls_use { never, always, by_first_byte };

/// Bounds on what peers may hold.
struct server_limits {
    std::size_t max_connections = 20'000;
    std::size_t max_header_bytes = 64 * 1024;
    std::size_t max_body_bytes = 4 << 20;
    /// What the requests that are being read hold together, over all connections of a thread; who
    /// asks for more is answered 503.
    std::size_t max_held_bytes = 96 << 20;
    /// TLS handshakes going on at once (about 45 KiB each): more wait, and those that take longest
    /// are cut.
    std::size_t max_handshakes = 1'000;
    /// From accept to the end of the first request's header (and the TLS handshake before it).
    std::chrono::milliseconds handshake_timeout{10'000};
    /// For a request's body to arrive, and for its answer to be taken.
    std::chrono::milliseconds body_timeout{30'000};
    std::chrono::milliseconds idle_timeout{75'000};
};

class listener {
  public:
    /// @param port 0 takes any free port. @errors address_not_usable with address and cause
    static result<std::unique_ptr<listener>> open(loop&, std::string ip, std::uint16_t port);
    ~listener();
    address local() const;
    /// Accepts until closed; each connection runs `serve` in `group` after its TLS handshake.
    task<void> run_accepting(task_group& group, tls_use, std::shared_ptr<server_tls const>,
                             server_limits, std::function<task<void>(stream_ptr)> serve);
    void close();

  private:
    struct inside;
    explicit listener(std::unique_ptr<inside>);
    std::unique_ptr<inside> in_;
};

/// What a handler makes of a request: an answer, or the wish to take the connection over.
struct take_over {
    /// Answers 101 itself (accept_websocket) or streams (event_stream); owns the connection then.
    std::function<task<void>(stream_ptr, http_request, std::string already_read)> run;
};
using http_answer = std::variant<http_response, take_over>;

/// Serves HTTP/1.1 on one connection until it ends: keep-alive, 100-continue, chunked bodies,
/// limits, one answer at most to ambiguous framing. `handle` runs once a request is read whole;
/// nothing else waits on the stream until it has answered.
task<void> serve_http(stream_ptr, server_limits,
                      std::function<task<http_answer>(http_request const&, stream&)> handle);

/// True if the request asks for a WebSocket in a well-formed way (RFC 6455 section 4.2.1).
bool is_websocket_upgrade(http_request const&);

/// Answers 101 with `subprotocol` (empty = none) and further headers; the result carries binary
/// messages as bytes. Text frames, bad masks and other violations end it.
task<result<stream_ptr>> accept_websocket(stream_ptr, http_request, std::string already_read,
                                          std::string subprotocol, std::size_t max_message_bytes);

/// Sends an HTTP header and then whatever is written: Server-Sent Events.
task<result<void>> begin_event_stream(stream&);

} // namespace cogniot::net
