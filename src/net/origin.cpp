#include "base/ascii.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "net/connect.hpp"
#include "net/shown_url.hpp"

namespace cogniot::net {

std::string origin::host_header() const {
    auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? 443 : 80))
        name += ":" + std::to_string(port);
    return name;
}

namespace {

bool is_host_character(char c) {
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_';
}

bool is_host(std::string_view text, bool bracketed) {
    if (text.empty() || text.size() > 253)
        return false;
    for (char const c : text)
        if (!is_host_character(c) && !(bracketed && c == ':'))
            return false;
    return true;
}

} // namespace

std::string shown_url(std::string_view url) {
    auto const scheme_end = url.find("://");
    auto const start = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
    // A password may hold any character: the last @ is the one before the host.
    auto const at = url.rfind('@');
    if (at == std::string_view::npos || at < start)
        return printable(url);
    return printable(url.substr(0, start)) + "***" + printable(url.substr(at));
}

result<base_url> parse_base_url(std::string_view url) {
    auto const unusable = [&](std::string const& why) {
        return fail(errc::address_not_usable, "`" + shown_url(url) + "` " + why);
    };
    base_url made;
    auto const scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos)
        return unusable("has no scheme: write https://HOST or http://HOST");
    auto const scheme = to_lower(url.substr(0, scheme_end));
    if (scheme == "https" || scheme == "wss")
        made.at.tls = true;
    else if (scheme == "http" || scheme == "ws")
        made.at.tls = false;
    else
        return unusable("has the scheme `" + printable(scheme) +
                        "`: only https and http are known");
    made.at.port = made.at.tls ? 443 : 80;

    auto rest = url.substr(scheme_end + 3);
    auto const authority = rest.substr(0, rest.find_first_of("/?#"));
    rest.remove_prefix(authority.size());
    if (authority.find('@') != std::string_view::npos)
        return unusable("carries a user name, which has no meaning here");
    bool const bracketed = authority.starts_with('[');
    auto host = authority;
    std::string_view port;
    bool has_port = false;
    if (bracketed) {
        auto const end = authority.find(']');
        if (end == std::string_view::npos)
            return unusable("lacks the `]` after the IPv6 address");
        host = authority.substr(1, end - 1);
        auto const after = authority.substr(end + 1);
        has_port = after.starts_with(':');
        if (has_port)
            port = after.substr(1);
        else if (!after.empty())
            return unusable("has text after the `]`");
    } else if (auto const colon = authority.find(':'); colon != std::string_view::npos) {
        host = authority.substr(0, colon);
        port = authority.substr(colon + 1);
        has_port = true;
    }
    if (host.empty())
        return unusable("names no host");
    if (!is_host(host, bracketed))
        return unusable("has characters in the host that no host name has");
    if (has_port) {
        made.at.port = parse_number<std::uint16_t>(port).value_or(0);
        if (made.at.port == 0)
            return unusable("has a port that is not a number from 1 to 65535");
    }
    if (rest.find_first_of("?#") != std::string_view::npos)
        return unusable("has a query or fragment, which an endpoint cannot have");
    for (char const c : rest)
        if (c <= ' ' || c == 0x7F)
            return unusable("has white space or control characters in its path");
    while (rest.ends_with('/'))
        rest.remove_suffix(1);
    made.at.host = std::string(host);
    made.path = std::string(rest);
    return made;
}

} // namespace cogniot::net
