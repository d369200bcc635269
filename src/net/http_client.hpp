// HTTP requests over connections that are kept open and can be opened ahead of need.
#pragma once

#include "net/connect.hpp"
#include "net/http.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

namespace cogniot::net {

/// One loop's connections to any number of origins. One thread (the loop's).
class http_client {
  public:
    http_client(loop&, std::shared_ptr<client_tls const>);
    ~http_client();

    http_client(http_client const&) = delete;
    http_client& operator=(http_client const&) = delete;

    /// Sees to it that `ready` connections to `to` are open and free, or being opened, so that as
    /// many requests at the same time find them. Returns at once; a failure shows when a request
    /// needs a connection.
    void warm(origin const& to, std::size_t ready = 1);
    /// Hands over a connection that is ready or being opened, else opens one: for WebSockets.
    task<result<stream_ptr>> take_stream(origin to, std::chrono::steady_clock::duration timeout);

    /// Sends one request and reads the whole answer. A connection that the server had closed while
    /// idle is replaced without the caller noticing, if nothing of an answer had arrived. Any
    /// number may run at once: up to 64 connections to one origin, then the rest wait their turn.
    /// @errors those of connect(), timed_out, not_http, http_too_large (16 MiB)
    task<result<http_response>> send(origin to, http_request request,
                                     std::chrono::steady_clock::duration timeout);
    /// Streams the answer's body to `sink` as it arrives (Server-Sent Events), for as long as it
    /// lasts; the response's body stays empty. `sink` returns false to stop.
    task<result<http_response>> send_streaming(origin to, http_request request,
                                               std::function<bool(std::string_view)> sink);

  private:
    struct inside;
    std::shared_ptr<inside> in_;
};

} // namespace cogniot::net
