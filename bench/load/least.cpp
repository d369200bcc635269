#include "least.hpp"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace load {
namespace {

constexpr std::string_view upgraded = "HTTP/1.1 101 Switching Protocols\r\n"
                                      "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                      "Sec-WebSocket-Protocol: mqtt\r\n\r\n";
constexpr std::string_view connack("\x82\x04\x20\x02\0\0", 6);

/// P-256 as the local cloud's own.
/// @param is_tuned  TLS 1.3 as the local cloud has it, the cheapest: no tickets, SHA-256; else as
///                  OpenSSL comes
SSL_CTX* make_context(bool is_tuned) {
    auto* const key = EVP_EC_gen("P-256");
    auto* const own = X509_new();
    X509_set_version(own, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(own), 1);
    X509_gmtime_adj(X509_getm_notBefore(own), -3600);
    X509_gmtime_adj(X509_getm_notAfter(own), 86400);
    X509_set_pubkey(own, key);
    X509_sign(own, key, EVP_sha256());
    auto* const context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    if (is_tuned) {
        SSL_CTX_set_num_tickets(context, 0);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
    }
    SSL_CTX_use_certificate(context, own);
    if (SSL_CTX_use_PrivateKey(context, key) != 1) {
        std::fprintf(stderr, "load: no certificate\n");
        std::exit(1);
    }
    return context;
}

struct taken {
    int fd = -1;
    SSL* tls = nullptr;
    enum class stage { handshake, upgrade, connect, connected } at = stage::handshake;

    long read(char* into, int size) const {
        if (tls == nullptr)
            return ::recv(fd, into, static_cast<std::size_t>(size), 0);
        int const got = SSL_read(tls, into, size);
        return got > 0 || SSL_get_error(tls, got) != SSL_ERROR_WANT_READ ? got : -1;
    }
    void write(std::string_view what) const {
        if (tls == nullptr)
            (void)::send(fd, what.data(), what.size(), MSG_NOSIGNAL);
        else
            SSL_write(tls, what.data(), static_cast<int>(what.size()));
    }
    /// Each request fits one read: it comes whole over loopback. @return false: it is over
    bool serve() {
        if (at == stage::handshake) {
            int const done = SSL_accept(tls);
            if (done != 1)
                return SSL_get_error(tls, done) == SSL_ERROR_WANT_READ;
            at = stage::upgrade;
        }
        for (;;) {
            char request[4096];
            auto const got = read(request, sizeof request);
            if (got <= 0)
                return got < 0;
            if (at == stage::connected)
                continue; // DISCONNECT: the end is near
            write(at == stage::upgrade ? upgraded : connack);
            at = at == stage::upgrade ? stage::connect : stage::connected;
        }
    }
    ~taken() {
        SSL_free(tls);
        ::close(fd);
    }
};

} // namespace

int least(settings const& given) {
    auto* const context = given.text("transport", "ws") == "wss"
                              ? make_context(given.text("tls", "tuned") == "tuned")
                              : nullptr;
    int const listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    if (::bind(listener, reinterpret_cast<sockaddr*>(&where), size) != 0 ||
        ::listen(listener, 1024) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&where), &size) != 0) {
        std::fprintf(stderr, "load: cannot listen\n");
        return 1;
    }
    std::printf("%d\n", ntohs(where.sin_port));
    std::fflush(stdout);
    int const poll = epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        epoll_event events[64];
        int const ready = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < ready; ++i) {
            if (auto* const one = static_cast<taken*>(events[i].data.ptr); one != nullptr) {
                if (!one->serve())
                    delete one;
                continue;
            }
            int const fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (fd < 0)
                continue;
            int const on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            auto* const one = new taken{.fd = fd};
            if (context == nullptr) {
                one->at = taken::stage::upgrade;
            } else {
                one->tls = SSL_new(context);
                SSL_set_fd(one->tls, fd);
            }
            event.events = EPOLLIN | EPOLLET;
            event.data.ptr = one;
            epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}

} // namespace load
