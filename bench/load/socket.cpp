#include "socket.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace load {
namespace {

/// Any mask is as good as another for a load; it has to be there, and to be taken off.
constexpr unsigned char mask[4] = {0x37, 0xFA, 0x21, 0x3D};

[[noreturn]] void give_up(char const* what) {
    std::fprintf(stderr, "load: %s: %s\n", what, errno != 0 ? std::strerror(errno) : "TLS");
    ERR_print_errors_fp(stderr);
    std::exit(1);
}

void wait_for(int fd, short events) {
    pollfd one{fd, events, 0};
    if (::poll(&one, 1, 20'000) <= 0)
        give_up("no answer within 20 s");
}

void append_frame(std::string& to, std::string_view payload) {
    to += static_cast<char>(0x82); // final, binary
    if (payload.size() < 126) {
        to += static_cast<char>(0x80 | payload.size());
    } else if (payload.size() <= 0xFFFF) {
        to += static_cast<char>(0x80 | 126);
        to += static_cast<char>(payload.size() >> 8);
        to += static_cast<char>(payload.size());
    } else {
        to += static_cast<char>(0x80 | 127);
        for (int shift = 56; shift >= 0; shift -= 8)
            to += static_cast<char>(payload.size() >> shift);
    }
    to.append(reinterpret_cast<char const*>(mask), 4);
    auto const start = to.size();
    to.append(payload);
    char* const bytes = to.data() + start;
    for (std::size_t i = 0; i < payload.size(); ++i)
        bytes[i] = static_cast<char>(bytes[i] ^ mask[i & 3]);
}

} // namespace

void socket::open(target const& to) {
    begin(to);
    while (!advance())
        wait_for(fd_, POLLIN);
}

void socket::begin(target const& to) {
    closed_ = false;
    to_ = &to;
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0)
        give_up("socket");
    int const one = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = to.ip;
    where.sin_port = htons(to.port);
    // On loopback it is done at once.
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0)
        give_up("connect");
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
    is_secured_ = to.tls == nullptr;
    is_upgrading_ = false;
    head_.clear();
    if (is_secured_)
        return;
    tls_ = SSL_new(to.tls);
    SSL_set_fd(tls_, fd_);
}

bool socket::advance() {
    if (!is_secured_) {
        int const done = SSL_connect(tls_);
        int const why = SSL_get_error(tls_, done);
        if (done != 1 && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            give_up("TLS handshake");
        if (done != 1)
            return false;
        is_secured_ = true;
    }
    if (!to_->is_websocket || is_websocket_)
        return true;
    if (!is_upgrading_) {
        is_upgrading_ = true;
        write_all("GET " + to_->path + " HTTP/1.1\r\nHost: " + to_->host +
                  "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Protocol: mqtt\r\n\r\n");
    }
    while (!head_.ends_with("\r\n\r\n")) {
        // Nothing follows the head before we have said something.
        char part[1024];
        long const got = read_some(part, sizeof part);
        if (got == 0)
            give_up("the upgrade was refused");
        if (got < 0)
            return false;
        head_.append(part, static_cast<std::size_t>(got));
    }
    if (!head_.starts_with("HTTP/1.1 101")) {
        std::fprintf(stderr, "load: the upgrade was refused: %s\n", head_.c_str());
        std::exit(1);
    }
    std::string().swap(head_);
    is_websocket_ = true;
    return true;
}

void socket::close() {
    if (tls_ != nullptr)
        SSL_free(tls_);
    tls_ = nullptr;
    if (fd_ >= 0)
        ::close(fd_);
    fd_ = -1;
    rest_.clear();
    is_websocket_ = false;
    left_ = 0;
    have_ = 0;
}

/// -1: not now.
long socket::write_some(std::string_view bytes) {
    if (tls_ == nullptr) {
        auto const sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            closed_ = true;
            if (!tolerant_)
                give_up("send");
            return static_cast<long>(bytes.size());
        }
        return sent;
    }
    int const sent = SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
    if (sent > 0)
        return sent;
    int const why = SSL_get_error(tls_, sent);
    if (why != SSL_ERROR_WANT_WRITE && why != SSL_ERROR_WANT_READ)
        give_up("SSL_write");
    return -1;
}

/// -1: not now; 0: the peer ended.
long socket::read_some(char* into, std::size_t size) {
    if (tls_ == nullptr) {
        auto const got = ::recv(fd_, into, size, 0);
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return 0;
        return got;
    }
    long total = 0;
    for (;;) {
        int const got =
            SSL_read(tls_, into + total, static_cast<int>(size) - static_cast<int>(total));
        if (got <= 0) {
            if (total > 0)
                return total;
            int const why = SSL_get_error(tls_, got);
            return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -1 : 0;
        }
        total += got;
        if (total == static_cast<long>(size) || SSL_has_pending(tls_) == 0)
            return total;
    }
}

void socket::write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        long const sent = write_some(bytes);
        if (sent < 0)
            wait_for(fd_, POLLOUT);
        else
            bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void socket::send(std::string_view packets) {
    if (!is_websocket_ && rest_.empty()) {
        long const sent = write_some(packets);
        if (sent > 0)
            packets.remove_prefix(static_cast<std::size_t>(sent));
        rest_ = packets;
        return;
    }
    if (is_websocket_)
        append_frame(rest_, packets);
    else
        rest_ += packets;
    flush();
}

bool socket::flush() {
    if (rest_.empty())
        return true;
    long const sent = write_some(rest_);
    if (sent > 0)
        rest_.erase(0, static_cast<std::size_t>(sent));
    return rest_.empty();
}

/// Moves the payloads of binary frames to the front.
std::size_t socket::unframe(char* bytes, std::size_t size) {
    std::size_t out = 0;
    for (std::size_t at = 0; at < size;) {
        if (left_ > 0) {
            auto const part = std::min<std::uint64_t>(left_, size - at);
            std::memmove(bytes + out, bytes + at, part);
            out += part;
            at += part;
            left_ -= part;
            continue;
        }
        header_[have_++] = static_cast<unsigned char>(bytes[at++]);
        if (have_ < 2)
            continue;
        unsigned const coded = header_[1] & 127;
        unsigned const extra = coded == 126 ? 2 : coded == 127 ? 8 : 0;
        if (have_ < 2 + extra)
            continue;
        left_ = extra == 0 ? coded : 0;
        for (unsigned i = 0; i < extra; ++i)
            left_ = left_ << 8 | header_[2 + i];
        if ((header_[0] & 0x0F) > 2) {
            closed_ = true; // only Close comes unasked
            return out;
        }
        have_ = 0;
    }
    return out;
}

std::size_t socket::receive(std::span<char> into) {
    long const got = read_some(into.data(), into.size());
    if (got < 0)
        return 0;
    std::size_t size = static_cast<std::size_t>(got);
    if (got == 0)
        closed_ = true;
    else if (is_websocket_)
        size = unframe(into.data(), size);
    if (closed_ && !tolerant_) {
        std::fprintf(stderr, "load: the broker hung up\n");
        std::exit(1);
    }
    return size;
}

std::string socket::receive_exactly(std::size_t size) {
    std::string all;
    while (all.size() < size && !closed_) {
        char part[256];
        auto const got = receive({part, std::min(sizeof part, size - all.size())});
        all.append(part, got);
        if (got == 0 && !closed_)
            wait_for(fd_, POLLIN);
    }
    return all;
}

} // namespace load
