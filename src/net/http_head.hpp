// The head of an HTTP/1.1 message, read strictly (RFC 9112): whatever two programs could understand
// differently is refused, so that nobody can smuggle a request past anybody. Pure.
#pragma once

#include "net/http.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace cogniot::net {

/// Why a message is not understood: the status to answer it with, and words.
struct http_fault {
    int status = 400;
    std::string why;
};

/// How the body's end is recognised (RFC 9112 section 6.3).
struct http_framing {
    enum class kind { none, length, chunked, until_end };
    kind by = kind::none;
    std::uint64_t length = 0;
};

/// Finds the end of a head in bytes that arrive bit by bit.
class head_finder {
  public:
    /// @param bytes  everything that has arrived of the message so far
    /// @return the head's size with the empty line; nothing yet; or a fault (a bare line feed)
    std::variant<std::monostate, std::size_t, http_fault> look(std::string_view bytes);
    void reset() { seen_ = 0; }

  private:
    std::size_t seen_ = 0;
};

struct request_head {
    http_request request; // without body
    http_framing framing;
    /// `Expect: 100-continue` of an HTTP/1.1 client.
    bool expects_continue = false;
    bool is_http_1_0 = false;
};

/// Parses a whole head, as found by head_finder. At most 256 fields.
std::variant<request_head, http_fault> parse_request_head(std::string_view head);

struct response_head {
    http_response response; // without body
    http_framing framing;
};

/// @param request_method  of the request that this answers: a HEAD has no body
std::variant<response_head, http_fault> parse_response_head(std::string_view head,
                                                            std::string_view request_method);

/// True if the comma-separated list has the token, compared without case.
bool has_token(std::string_view list, std::string_view token);

/// A field name or a method (RFC 9110 section 5.6.2).
bool is_http_token(std::string_view text);

} // namespace cogniot::net
