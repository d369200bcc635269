// OpenSSL's side of client_tls and server_tls. For src/net/*.cpp only.
#pragma once

#include "net/connect.hpp"
#include "net/server.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

namespace cogniot::net {

struct free_ssl {
    void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
    void operator()(SSL* p) const { SSL_free(p); }
};
using ssl_context_ptr = std::unique_ptr<SSL_CTX, free_ssl>;
using ssl_ptr = std::unique_ptr<SSL, free_ssl>;

struct client_tls::inside {
    ssl_context_ptr context;
};

struct server_tls::inside {
    ssl_context_ptr context;
    std::vector<alpn_protocol> protocols;
    /// Their names in ALPN's wire form: each with its length before it.
    std::string alpn;
};

/// The newest entry of OpenSSL's error queue in words; empties the queue.
std::string openssl_fault();

} // namespace cogniot::net
