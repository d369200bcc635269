// A byte stream: TCP, TLS over TCP, or the binary frames of a WebSocket. The type is erased here,
// once; no template over a stream leaves src/net.
#pragma once

#include "net/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace cogniot::net {

struct address {
    std::string ip;
    std::uint16_t port = 0;
    friend bool operator==(address const&, address const&) = default;
};

class stream {
  public:
    virtual ~stream() = default;
    /// Reads at least one byte. 0 = the peer ended its side in order. At most one read at a time.
    /// @errors connection_lost, cancelled; on a WebSocket websocket_closed when the peer sent
    /// Close,
    ///         websocket_protocol_violation
    virtual task<result<std::size_t>> read_some(std::span<char> into) = 0;
    /// Like read_some, but into a buffer that all connections of this thread share, so that an idle
    /// one holds none. The bytes stay valid until the caller's next co_await. Empty = end.
    virtual task<result<std::span<char>>> read_shared() = 0;
    /// Writes all of it. At most one write at a time; a read may be pending beside it.
    virtual task<result<void>> write(std::string_view bytes) = 0;
    /// Says goodbye (TLS close_notify, WebSocket Close 1000) and closes; gives up after 1 s.
    virtual task<void> shutdown() = 0;
    /// Closes at once; pending operations end with `cancelled`. The stream must outlive them.
    virtual void abort() = 0;
    virtual address remote() const = 0;
    virtual address local() const = 0;
    virtual bool is_tls() const = 0;
    /// True if nothing has arrived and the peer has not ended: an idle connection fit for use.
    /// Never waits; not while a read is pending.
    virtual bool is_quiet() { return true; }
    /// When it was accepted or connected.
    virtual std::chrono::steady_clock::time_point opened() const {
        return std::chrono::steady_clock::now();
    }
    /// The ALPN protocol agreed on; empty if none. The server name the client asked for (SNI).
    virtual std::string_view alpn() const { return {}; }
    virtual std::string_view server_name() const { return {}; }
    /// The certificate that the peer showed and has the key of, as DER; empty if none. Whether it
    /// is trusted was not asked on the server's side: see server_tls.
    virtual std::string peer_certificate() const { return {}; }
};

using stream_ptr = std::unique_ptr<stream>;

} // namespace cogniot::net
