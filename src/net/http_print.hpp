// HTTP/1.1 messages as bytes. Pure.
#pragma once

#include "net/http.hpp"

#include <string>
#include <string_view>

namespace cogniot::net {

/// Adds Host (unless there is one), Content-Length and Connection: close as needed.
std::string print_request(http_request const&, std::string_view host_header);

/// Adds Content-Length and Connection as needed. The answer to a HEAD has the length of the body
/// that it leaves out.
std::string print_response(http_response const&, std::string_view request_method,
                           bool to_http_1_0 = false);

/// `Not Found` for 404; empty for a status that has no name.
std::string_view reason_phrase(int status);

} // namespace cogniot::net
