#include "net/http_head.hpp"
#include "net/http_print.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::net;

TEST_CASE("the end of a head is found wherever the bytes are cut") {
    std::string_view const message = "GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\r\n\r\n";
    auto const head_size = message.find("body");
    for (std::size_t step = 1; step <= message.size(); ++step) {
        head_finder finder;
        std::size_t found = 0;
        for (std::size_t have = step; found == 0 && have < message.size() + step; have += step) {
            auto const got = finder.look(message.substr(0, have));
            REQUIRE_FALSE(std::holds_alternative<http_fault>(got));
            if (auto const* size = std::get_if<std::size_t>(&got))
                found = *size;
        }
        CHECK(found == head_size);
    }
}

TEST_CASE("the target is kept byte for byte, and path and query are parts of it") {
    struct row {
        std::string target, path, query;
    };
    for (auto const& [target, path, query] :
         {row{"/", "/", ""}, row{"/a%2Fb/../c?x=%20&y", "/a%2Fb/../c", "x=%20&y"},
          row{"/?", "/", ""}, row{"/a?b?c", "/a", "b?c"}, row{"//double", "//double", ""},
          row{"http://host:1/p?q", "/p", "q"}, row{"https://host", "/", ""},
          row{"http://host?q", "/", "q"}, row{"/x?u=http://a/b", "/x", "u=http://a/b"},
          row{"/\xE3\x81\x82", "/\xE3\x81\x82", ""}}) {
        CAPTURE(target);
        auto parsed = parse_request_head("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
        auto const* read = std::get_if<request_head>(&parsed);
        REQUIRE(read != nullptr);
        CHECK(read->request.target == target);
        CHECK(read->request.path() == path);
        CHECK(read->request.query() == query);
    }
}

TEST_CASE("fields keep their order and spelling, and are found without case") {
    auto parsed = parse_request_head(
        "POST / HTTP/1.1\r\nhOsT: a\r\nX-B: 1\r\nx-a:\t two words \r\nX-B: 2\r\nEmpty:\r\n\r\n");
    auto const* read = std::get_if<request_head>(&parsed);
    REQUIRE(read != nullptr);
    auto const& headers = read->request.headers;
    std::vector<std::pair<std::string, std::string>> const expected = {
        {"hOsT", "a"}, {"X-B", "1"}, {"x-a", "two words"}, {"X-B", "2"}, {"Empty", ""}};
    CHECK(headers.fields() == expected);
    CHECK(headers.find("HOST") == "a");
    CHECK(headers.find("x-b") == "1");
    CHECK_FALSE(headers.find("x-c"));
}

TEST_CASE("keep-alive follows the version and the Connection field [RFC 9112 section 9.3]") {
    struct row {
        char const* version;
        char const* connection;
        bool stays;
    };
    for (auto const& [version, connection, stays] :
         {row{"1.1", "", true}, row{"1.1", "Connection: close\r\n", false},
          row{"1.1", "Connection: Upgrade, CLOSE\r\n", false}, row{"1.0", "", false},
          row{"1.0", "Connection: Keep-Alive\r\n", true},
          row{"1.0", "Connection: keep-alive, close\r\n", false}}) {
        auto parsed = parse_request_head("GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" +
                                         connection + "\r\n");
        auto const* read = std::get_if<request_head>(&parsed);
        REQUIRE(read != nullptr);
        CHECK(read->request.keep_alive == stays);
    }
}

TEST_CASE("an answer's framing is what RFC 9112 section 6.3 says") {
    using kind = http_framing::kind;
    struct row {
        char const* method;
        char const* head;
        kind by;
        std::uint64_t length;
        bool stays;
    };
    for (auto const& [method, head, by, length, stays] :
         {row{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", kind::length, 3, true},
          row{"GET", "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n", kind::chunked, 0, true},
          row{"GET", "HTTP/1.1 200 \r\n\r\n", kind::until_end, 0, false},
          row{"GET", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", kind::length, 0, false},
          row{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", kind::none, 0, true},
          row{"POST", "HTTP/1.1 204 No Content\r\n\r\n", kind::none, 0, true},
          row{"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", kind::none, 0,
              true}}) {
        CAPTURE(head);
        auto parsed = parse_response_head(head, method);
        auto const* read = std::get_if<response_head>(&parsed);
        REQUIRE(read != nullptr);
        CHECK(read->framing.by == by);
        CHECK(read->framing.length == length);
        CHECK(read->response.keep_alive == stays);
    }
    for (char const* head :
         {"HTTP/2 200\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000\r\n\r\n", "SSH-2.0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"}) {
        CAPTURE(head);
        CHECK(std::holds_alternative<http_fault>(parse_response_head(head, "GET")));
    }
}

TEST_CASE("a printed answer has the length that its status and method allow") {
    http_response answer;
    answer.body = "hello";
    answer.headers.add("Content-Type", "text/plain");
    CHECK(print_response(answer, "GET") == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                           "Content-Length: 5\r\n\r\nhello");
    CHECK(print_response(answer, "HEAD") == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                            "Content-Length: 5\r\n\r\n");
    CHECK(print_response({.status = 204}, "GET") == "HTTP/1.1 204 No Content\r\n\r\n");
    CHECK(print_response({.status = 404, .keep_alive = false}, "GET") ==
          "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(print_response({.status = 200}, "GET", true) ==
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("a header value that quotes foreign input cannot begin a line of its own") {
    http_response answer;
    answer.headers.add("X-Echo", "a\r\nSet-Cookie: b\nc");
    CHECK(print_response(answer, "GET") ==
          "HTTP/1.1 200 OK\r\nX-Echo: a  Set-Cookie: b c\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("a printed request has Host and, where a body is meant, its length") {
    http_request request;
    CHECK(print_request(request, "h:1") == "GET / HTTP/1.1\r\nHost: h:1\r\n\r\n");
    request.method = "POST";
    CHECK(print_request(request, "h") == "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    request.headers.add("host", "signed.example");
    request.body = "x";
    request.keep_alive = false;
    CHECK(print_request(request, "h") == "POST / HTTP/1.1\r\nhost: signed.example\r\n"
                                         "Content-Length: 1\r\nConnection: close\r\n\r\nx");
}
