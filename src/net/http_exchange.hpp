// One request and its answer over an open connection, as the client sees it. For src/net/*.cpp
// only.
#pragma once

#include "net/http.hpp"
#include "net/stream.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::net {

/// Bounds on an answer.
inline constexpr std::size_t max_answer_header_bytes = 64 * 1024;
inline constexpr std::size_t max_answer_body_bytes = 16 << 20;

struct exchange_result {
    http_response response;
    /// The connection can carry another request.
    bool reusable = false;
    /// Bytes that came after the answer: of the protocol that a 101 switched to.
    std::string beyond;
};

/// Receives the body piece by piece; returns false to stop.
using body_sink = std::function<bool(std::string_view)>;

/// Writes `text` (a printed request) and reads the answer.
/// @param answer_begun  set once anything of an answer arrived: from then on it must not be
/// repeated
/// @errors connection_lost, cancelled, not_http, http_too_large
task<result<exchange_result>> exchange(stream& over, std::string text, std::string method,
                                       body_sink sink, std::shared_ptr<bool> answer_begun);

} // namespace cogniot::net
