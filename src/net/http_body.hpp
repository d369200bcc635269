// The body of an HTTP/1.1 message, taken from bytes that arrive bit by bit: by length, by chunks
// (RFC 9112 section 7.1, read strictly), or up to the end of the connection. Pure.
#pragma once

#include "net/http_head.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cogniot::net {

class body_decoder {
  public:
    enum class state { more, done, malformed, too_large };

    body_decoder(http_framing framing, std::uint64_t max_bytes);
    /// Takes bytes from the front of `bytes` and appends what they mean to `out`. Bytes after the
    /// body's end are left.
    state decode(std::string_view& bytes, std::string& out);
    /// What it means that the connection ended now: done or malformed (cut short).
    state end_of_connection() const;

  private:
    enum class part { size_line, data, data_end, trailer, finished };
    state decode_chunks(std::string_view& bytes, std::string& out);
    state read_size_line();
    bool take_line(std::string_view& bytes);

    http_framing framing_;
    std::uint64_t max_bytes_;
    std::uint64_t received_ = 0;
    std::uint64_t left_in_chunk_ = 0;
    std::size_t trailer_bytes_ = 0;
    std::string line_;
    part at_ = part::size_line;
};

} // namespace cogniot::net
