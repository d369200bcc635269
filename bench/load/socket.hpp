// One client connection of the load generator: TCP, WebSocket, or WebSocket over TLS, never
// waiting.
//
// What is sent is a sequence of whole packets; over a WebSocket each write is one masked frame.
// What is received are MQTT's bytes, whatever carried them. Lean on purpose: the generator must
// cost less per message than any broker that it drives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace load {

struct target {
    std::uint32_t ip = 0; // network byte order
    std::uint16_t port = 0;
    bool is_websocket = false;
    SSL_CTX* tls = nullptr;
    /// Path and query of the upgrade, presigned where the broker asks for it.
    std::string path = "/mqtt";
    /// As the signature has it.
    std::string host;
};

class socket {
  public:
    socket() = default;
    socket(socket const&) = delete;
    socket& operator=(socket const&) = delete;
    ~socket() { close(); }

    /// Connects, shakes hands and upgrades, waiting for each. Ends the program with words on a
    /// failure.
    void open(target const&);
    /// The same without waiting: advance() answers whether all of it is done.
    void begin(target const&);
    bool advance();
    void close();
    int descriptor() const { return fd_; }

    /// Sends `packets`, as far as it goes; the rest leaves with the next call or flush().
    void send(std::string_view packets);
    bool flush();
    bool wants_to_write() const { return !rest_.empty(); }
    /// What has arrived, at most `into.size()` bytes. 0: nothing now. Ends the program if the
    /// broker hung up.
    std::size_t receive(std::span<char> into);
    /// Waits until `size` bytes are there.
    std::string receive_exactly(std::size_t size);
    bool is_closed() const { return closed_; }
    /// From now on the peer may hang up: receive() answers 0 and is_closed() true.
    void tolerate_end() { tolerant_ = true; }

  private:
    void write_all(std::string_view bytes);
    long write_some(std::string_view bytes);
    long read_some(char* into, std::size_t size);
    std::size_t unframe(char* bytes, std::size_t size);

    target const* to_ = nullptr;
    bool is_secured_ = false;
    bool is_upgrading_ = false;
    std::string head_;

    int fd_ = -1;
    SSL* tls_ = nullptr;
    bool is_websocket_ = false;
    bool tolerant_ = false;
    bool closed_ = false;
    std::string rest_;
    // The frame that is being received.
    std::uint64_t left_ = 0;
    unsigned char header_[10] = {};
    unsigned have_ = 0;
};

} // namespace load
