#include "base/error_category.hpp"
#include "net/task.hpp"

namespace cogniot::net {

std::string_view describe(errc e) {
    switch (e) {
    case errc::end_of_stream:
        return "the peer ended the stream";
    case errc::timed_out:
        return "timed out";
    case errc::cancelled:
        return "cancelled";
    case errc::host_not_found:
        return "host not found";
    case errc::connection_refused:
        return "connection refused";
    case errc::connection_lost:
        return "connection lost";
    case errc::tls_handshake_failed:
        return "TLS handshake failed";
    case errc::certificate_not_trusted:
        return "certificate not trusted";
    case errc::not_http:
        return "not HTTP";
    case errc::http_too_large:
        return "HTTP message too large";
    case errc::upgrade_refused:
        return "WebSocket upgrade refused";
    case errc::websocket_protocol_violation:
        return "WebSocket protocol violation";
    case errc::websocket_closed:
        return "the peer closed the WebSocket";
    case errc::address_not_usable:
        return "address not usable";
    case errc::host_unreachable:
        return "host unreachable";
    }
    return "unknown network error";
}

error_code make_error_code(errc e) {
    return enum_code("net", e);
}

} // namespace cogniot::net
