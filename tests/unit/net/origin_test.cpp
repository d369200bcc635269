#include "net/connect.hpp"
#include "net/shown_url.hpp"
#include "support/print_result.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::net;

TEST_CASE("an endpoint URL is scheme, host, port and path") {
    struct row {
        char const* url;
        origin at;
        char const* path;
        char const* host_header;
    };
    for (auto const& [url, at, path, host_header] :
         {row{"https://example.com", {true, "example.com", 443}, "", "example.com"},
          row{"http://localhost:4566/", {false, "localhost", 4566}, "", "localhost:4566"},
          row{"HTTPS://a.b:8443/base/", {true, "a.b", 8443}, "/base", "a.b:8443"},
          row{"http://[::1]:80/x", {false, "::1", 80}, "/x", "[::1]"},
          row{"wss://[fe80::1]", {true, "fe80::1", 443}, "", "[fe80::1]"}}) {
        CAPTURE(url);
        auto const read = parse_base_url(url);
        REQUIRE(read);
        CHECK(read->at == at);
        CHECK(read->path == path);
        CHECK(read->at.host_header() == host_header);
    }
}

TEST_CASE("a wrong endpoint URL is refused with what is wrong about it") {
    struct row {
        char const* url;
        std::string_view says;
    };
    for (auto const& [url, says] :
         {row{"localhost:4566", "has no scheme"}, row{"", "has no scheme"},
          row{"ftp://a", "has the scheme `ftp`"}, row{"https://", "names no host"},
          row{"https://a b", "characters in the host"}, row{"https://a:0", "has a port"},
          row{"https://a:65536", "has a port"}, row{"https://a:", "has a port"},
          row{"https://a:8x", "has a port"}, row{"https://u:p@a", "carries a user name"},
          row{"https://a/?x=1", "query or fragment"}, row{"https://[::1", "lacks the `]`"},
          row{"https://a/b c", "white space"},
          row{"https://a\r\nX: y", "characters in the host"}}) {
        CAPTURE(url);
        auto const read = parse_base_url(url);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == make_error_code(errc::address_not_usable));
        CHECK(read.error().detail.find(says) != std::string::npos);
    }
}

TEST_CASE("a password in a URL is never shown") {
    struct row {
        char const* url;
        char const* shown;
    };
    for (auto const& [url, shown] :
         {row{"https://user:secret@host:1/x", "https://***@host:1/x"},
          row{"mqtt://u:a/b@c@host", "mqtt://***@host"}, row{"u:secret@host", "***@host"},
          row{"https://host/", "https://host/"}}) {
        CHECK(shown_url(url) == shown);
        auto const read = parse_base_url(url);
        CHECK((read || read.error().detail.find(shown) != std::string::npos));
    }
}
