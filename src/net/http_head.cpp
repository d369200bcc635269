#include "net/http_head.hpp"

#include "base/number.hpp"
#include "base/text.hpp"

#include <array>
#include <charconv>

namespace cogniot::net {

namespace {

constexpr std::size_t max_fields = 256;

constexpr auto token_characters = [] {
    std::array<bool, 256> is{};
    for (char const c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        is[static_cast<unsigned char>(c)] = true;
    return is;
}();

bool is_token_character(char c) {
    return token_characters[static_cast<unsigned char>(c)];
}

/// Field values: visible characters, space, tab, and bytes beyond ASCII (obs-text).
bool is_value_character(char c) {
    auto const byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= ' ' && byte != 0x7F);
}

std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// Takes the text up to the next CRLF; the caller knows that there is one.
std::string_view take_line(std::string_view& from) {
    auto const end = from.find("\r\n");
    auto const line = from.substr(0, end);
    from.remove_prefix(end + 2);
    return line;
}

std::optional<http_fault> parse_fields(std::string_view lines, http_headers& into) {
    std::size_t count = 0;
    while (lines != "\r\n") {
        auto const line = take_line(lines);
        if (++count > max_fields)
            return http_fault{431, "more than 256 header fields"};
        if (line.front() == ' ' || line.front() == '\t')
            return http_fault{400, "a header line is folded"};
        auto const colon = line.find(':');
        if (colon == std::string_view::npos)
            return http_fault{400, "a header line has no colon"};
        auto const name = line.substr(0, colon);
        if (!is_http_token(name))
            return http_fault{400, "a header name has characters that no name has"};
        auto const value = trim_blanks(line.substr(colon + 1));
        for (char const c : value)
            if (!is_value_character(c))
                return http_fault{400, "a header value has control characters"};
        into.add(std::string(name), std::string(value));
    }
    return {};
}

/// The decimal number of a Content-Length; nothing if it is anything else.
std::optional<std::uint64_t> parse_length(std::string_view text) {
    return text.size() > 18 ? std::nullopt : parse_number<std::uint64_t>(text);
}

/// What Content-Length and Transfer-Encoding say together. One of each at most, and not both.
std::optional<http_fault> read_framing(http_headers const& headers, http_framing& into) {
    std::optional<std::string_view> length;
    std::optional<std::string_view> coding;
    for (auto const& [name, value] : headers.fields()) {
        auto* const which = equals_ignoring_case(name, "Content-Length")      ? &length
                            : equals_ignoring_case(name, "Transfer-Encoding") ? &coding
                                                                              : nullptr;
        if (which == nullptr)
            continue;
        if (which->has_value())
            return http_fault{400, "more than one " + name};
        *which = value;
    }
    if (length && coding)
        return http_fault{400, "both Content-Length and Transfer-Encoding"};
    if (coding) {
        if (!equals_ignoring_case(*coding, "chunked"))
            return http_fault{400, "a Transfer-Encoding other than chunked"};
        into.by = http_framing::kind::chunked;
    }
    if (length) {
        auto const number = parse_length(*length);
        if (!number)
            return http_fault{400, "a Content-Length that is not a number"};
        into = {http_framing::kind::length, *number};
    }
    return {};
}

/// Whether the connection stays open: HTTP/1.1 unless it says close, 1.0 only if it says so.
bool wants_keep_alive(http_headers const& headers, bool is_http_1_0) {
    bool close = false;
    bool keep = false;
    for (auto const& [name, value] : headers.fields())
        if (equals_ignoring_case(name, "Connection")) {
            close = close || has_token(value, "close");
            keep = keep || has_token(value, "keep-alive");
        }
    return !close && (keep || !is_http_1_0);
}

std::size_t count_of(http_headers const& headers, std::string_view wanted) {
    std::size_t count = 0;
    for (auto const& [name, value] : headers.fields())
        count += equals_ignoring_case(name, wanted) ? 1 : 0;
    return count;
}

/// origin-form, absolute-form, or `*` for OPTIONS (RFC 9112 section 3.2). Bytes beyond ASCII pass:
/// clients send them unencoded, and the target is kept as it came.
bool is_target(std::string_view target, std::string_view method) {
    for (char const c : target) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte <= ' ' || byte == 0x7F)
            return false;
    }
    if (target == "*")
        return method == "OPTIONS";
    if (target.starts_with('/'))
        return true;
    auto const scheme = to_lower(target.substr(0, target.find("://")));
    return (scheme == "http" || scheme == "https") && target.size() > scheme.size() + 3;
}

} // namespace

bool is_http_token(std::string_view text) {
    if (text.empty())
        return false;
    for (char const c : text)
        if (!is_token_character(c))
            return false;
    return true;
}

bool has_token(std::string_view list, std::string_view token) {
    for (auto const one : split(list, ','))
        if (equals_ignoring_case(trim_blanks(one), token))
            return true;
    return false;
}

std::variant<std::monostate, std::size_t, http_fault> head_finder::look(std::string_view bytes) {
    for (auto at = bytes.find('\n', seen_); at != std::string_view::npos;
         at = bytes.find('\n', at + 1)) {
        if (at == 0 || bytes[at - 1] != '\r')
            return http_fault{400, "a line ends without carriage return"};
        if (at >= 3 && bytes[at - 2] == '\n')
            return at + 1;
    }
    seen_ = bytes.size();
    return std::monostate();
}

std::variant<request_head, http_fault> parse_request_head(std::string_view head) {
    request_head read;
    auto const line = take_line(head);
    auto const first_space = line.find(' ');
    auto const last_space = line.rfind(' ');
    if (first_space == std::string_view::npos || first_space == last_space)
        return http_fault{400, "the request line is not METHOD TARGET VERSION"};
    auto const method = line.substr(0, first_space);
    auto const target = line.substr(first_space + 1, last_space - first_space - 1);
    auto const version = line.substr(last_space + 1);
    if (!is_http_token(method) || method.size() > 32)
        return http_fault{400, "the request line has no method"};
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        if (version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.')
            return http_fault{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
        return http_fault{400, "the request line has no HTTP version"};
    }
    if (method == "CONNECT")
        return http_fault{405, "this is not a proxy"};
    if (!is_target(target, method))
        return http_fault{400, "the request target is neither a path nor a URL"};
    read.is_http_1_0 = version == "HTTP/1.0";
    auto& request = read.request;
    request.method = std::string(method);
    request.target = std::string(target);
    if (auto fault = parse_fields(head, request.headers))
        return std::move(*fault);
    auto const hosts = count_of(request.headers, "Host");
    if (hosts > 1 || (hosts == 0 && !read.is_http_1_0))
        return http_fault{400, "there must be exactly one Host"};
    if (auto fault = read_framing(request.headers, read.framing))
        return std::move(*fault);
    if (read.is_http_1_0 && read.framing.by == http_framing::kind::chunked)
        return http_fault{400, "HTTP/1.0 has no Transfer-Encoding"};
    request.keep_alive = wants_keep_alive(request.headers, read.is_http_1_0);
    if (auto const expected = request.headers.find("Expect"); expected && !read.is_http_1_0) {
        if (!equals_ignoring_case(*expected, "100-continue"))
            return http_fault{417, "an expectation other than 100-continue"};
        read.expects_continue = true;
    }
    return read;
}

std::variant<response_head, http_fault> parse_response_head(std::string_view head,
                                                            std::string_view request_method) {
    response_head read;
    auto const line = take_line(head);
    bool const is_http_1_0 = line.starts_with("HTTP/1.0 ");
    if (!is_http_1_0 && !line.starts_with("HTTP/1.1 "))
        return http_fault{502, "it does not begin with HTTP/1.1"};
    auto const digits = line.substr(9, 3);
    auto const [stop, ec] =
        std::from_chars(digits.data(), digits.data() + digits.size(), read.response.status);
    if (digits.size() != 3 || ec != std::errc() || stop != digits.data() + 3 ||
        read.response.status < 100 || (line.size() > 12 && line[12] != ' '))
        return http_fault{502, "it has no status"};
    if (auto fault = parse_fields(head, read.response.headers))
        return std::move(*fault);
    read.response.keep_alive = wants_keep_alive(read.response.headers, is_http_1_0);
    auto const status = read.response.status;
    if (status / 100 == 1 || status == 204 || status == 304 || request_method == "HEAD")
        return read; // no body, whatever the fields say
    if (auto fault = read_framing(read.response.headers, read.framing))
        return std::move(*fault);
    if (read.framing.by == http_framing::kind::none) {
        read.framing.by = http_framing::kind::until_end;
        read.response.keep_alive = false;
    }
    return read;
}

} // namespace cogniot::net
