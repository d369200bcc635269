// TLS over a TCP socket. OpenSSL reads and writes the socket itself, through a
// BIO of ours: no buffers in between, and with SSL_MODE_RELEASE_BUFFERS an idle
// connection holds none at all. (asio::ssl::stream would hold 34 KiB.) For
// src/net/*.cpp only.
#pragma once

#include "net/socket_stream.hpp"
#include "net/tls_context.hpp"

namespace cogniot::net {

class tls_stream final : public socket_stream {
  public:
    /// Takes over a connection. The context must outlive the stream: it is kept
    /// by reference count.
    tls_stream(socket_stream&& over, SSL_CTX* context);
    ~tls_stream() override;

    /// @param expected_host  the name or IP address that the certificate must be
    /// for
    task<result<void>> connect(std::string expected_host);
    task<result<void>> accept();

    bool is_tls() const override { return true; }
    std::string_view alpn() const override;
    std::string_view server_name() const override;
    std::string peer_certificate() const override;
    bool is_quiet() override;

  protected:
    attempt try_read(std::span<char> into) override;
    attempt try_write(std::string_view bytes) override;
    void say_goodbye() override;
    std::string fault() const override { return fault_; }
    bool may_have_more() const override;

  private:
    friend struct tls_bio;
    static int on_verified(int ok, X509_STORE_CTX*);

    task<result<void>> handshake();
    attempt judge(int returned);

    ssl_ptr ssl_;
    /// The last read stopped within a record.
    bool starved_ = false;
    std::string fault_;
    /// After a fatal error nothing more may be asked of OpenSSL.
    bool broken_ = false;
    /// Why the peer's certificate was not trusted; empty if it was.
    std::string distrust_;
};

} // namespace cogniot::net
