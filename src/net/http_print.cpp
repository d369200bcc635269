#include "net/http_print.hpp"

#include "base/text.hpp"

#include <utility>

namespace cogniot::net {

namespace {

/// What a value quotes from foreign input cannot end its line.
void append_field(std::string& to, std::string_view name, std::string_view value) {
    to += name;
    to += ": ";
    for (char const c : value)
        to += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
    to += "\r\n";
}

/// Fields that the printer alone decides.
bool is_framing(std::string_view name) {
    return equals_ignoring_case(name, "Transfer-Encoding") ||
           equals_ignoring_case(name, "Connection");
}

} // namespace

std::string_view reason_phrase(int status) {
    static constexpr std::pair<int, std::string_view> names[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    for (auto const& [number, name] : names)
        if (number == status)
            return name;
    return {};
}

std::string print_request(http_request const& request, std::string_view host_header) {
    std::string text;
    text.reserve(256 + request.target.size() + request.body.size());
    text += request.method + " " + request.target + " HTTP/1.1\r\n";
    if (!request.headers.find("Host"))
        append_field(text, "Host", host_header);
    for (auto const& [name, value] : request.headers.fields())
        if (!equals_ignoring_case(name, "Content-Length") &&
            !equals_ignoring_case(name, "Transfer-Encoding"))
            append_field(text, name, value);
    bool const may_have_body = request.method != "GET" && request.method != "HEAD" &&
                               request.method != "OPTIONS" && request.method != "DELETE";
    if (may_have_body || !request.body.empty())
        append_field(text, "Content-Length", std::to_string(request.body.size()));
    if (!request.keep_alive && !request.headers.find("Connection"))
        append_field(text, "Connection", "close");
    text += "\r\n";
    text += request.body;
    return text;
}

std::string print_response(http_response const& response, std::string_view request_method,
                           bool to_http_1_0) {
    bool const bodiless =
        response.status / 100 == 1 || response.status == 204 || response.status == 304;
    std::string text;
    text.reserve(256 + response.body.size());
    text += "HTTP/1.1 " + std::to_string(response.status) + " ";
    text += reason_phrase(response.status);
    text += "\r\n";
    bool has_length = false;
    for (auto const& [name, value] : response.headers.fields()) {
        bool const is_length = equals_ignoring_case(name, "Content-Length");
        // A length of the handler's own is believed only where no body contradicts it.
        if (is_framing(name) || (is_length && request_method != "HEAD"))
            continue;
        has_length = has_length || is_length;
        append_field(text, name, value);
    }
    if (!bodiless && !has_length)
        append_field(text, "Content-Length", std::to_string(response.body.size()));
    if (!response.keep_alive)
        append_field(text, "Connection", "close");
    else if (to_http_1_0)
        append_field(text, "Connection", "keep-alive");
    text += "\r\n";
    if (!bodiless && request_method != "HEAD")
        text += response.body;
    return text;
}

} // namespace cogniot::net
