#include "net/http_body.hpp"

#include <doctest/doctest.h>

using namespace cogniot::net;
using state = body_decoder::state;

namespace {

struct decoded {
    state how = state::more;
    std::string body;
    std::string rest;
    bool operator==(decoded const&) const = default;
};

/// Feeds `text` in pieces of `step` bytes.
decoded decode(http_framing framing, std::string_view text, std::size_t step,
               std::uint64_t most = 1000) {
    body_decoder decoder(framing, most);
    decoded made;
    std::string_view bytes;
    std::string none;
    made.how = decoder.decode(bytes, made.body);
    std::size_t at = 0;
    while (made.how == state::more && at < text.size()) {
        bytes = text.substr(at, step);
        auto const size = bytes.size();
        made.how = decoder.decode(bytes, made.body);
        at += size - bytes.size();
    }
    made.rest = text.substr(at);
    return made;
}

} // namespace

TEST_CASE("chunks give the same body wherever the bytes are cut [RFC 9112 section 7.1]") {
    http_framing const chunked{http_framing::kind::chunked, 0};
    struct row {
        char const* text;
        decoded expected;
    };
    for (auto const& [text, expected] :
         {row{"5\r\nhello\r\n0\r\n\r\nNEXT", {state::done, "hello", "NEXT"}},
          row{"2\r\nhe\r\n003\r\nllo\r\n0\r\n\r\n", {state::done, "hello", ""}},
          row{"A;name=\"v;x\"\r\n0123456789\r\n0;last\r\n\r\n", {state::done, "0123456789", ""}},
          row{"1\r\n\n\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\nZ", {state::done, "\n", "Z"}},
          row{"0\r\n\r\n", {state::done, "", ""}}}) {
        for (std::size_t step = 1; step < 30; ++step) {
            CAPTURE(text);
            CAPTURE(step);
            auto const got = decode(chunked, text, step);
            CHECK(got == expected);
        }
    }
}

TEST_CASE("chunks that two programs could read differently are malformed") {
    http_framing const chunked{http_framing::kind::chunked, 0};
    for (std::string_view const text :
         {"0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n", "-1\r\n", " 5\r\nhello\r\n",
          "5 \r\nhello\r\n", "\r\nhello", "g\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n",
          "5\r\nhelloXX0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n",
          "5;\x01\r\nhello\r\n", "ffffffffffffffff\r\n", "10000000000000005\r\nhello\r\n",
          "0\r\nbad trailer\r\n\r\n", "0\r\nname : x\r\n\r\n", "0\r\n\nGET"}) {
        for (std::size_t const step : {std::size_t(1), std::size_t(3), text.size()}) {
            CAPTURE(text);
            CHECK(decode(chunked, text, step).how == state::malformed);
        }
    }
    CHECK(decode(chunked, "5;" + std::string(2000, 'x') + "\r\n", 100).how == state::malformed);
}

TEST_CASE("a body's limit holds before the bytes are there") {
    CHECK(decode({http_framing::kind::length, 11}, "", 1, 10).how == state::too_large);
    CHECK(decode({http_framing::kind::chunked, 0}, "6\r\n123456\r\n5\r\n", 1, 10).how ==
          state::too_large);
    CHECK(decode({http_framing::kind::chunked, 0}, "fffffffffffffff\r\n", 1, 10).how ==
          state::too_large);
    CHECK(decode({http_framing::kind::until_end, 0}, "12345678901", 3, 10).how == state::too_large);
}

TEST_CASE("a body with a length takes just that, and one without ends with the connection") {
    auto const exact = decoded{state::done, "abc", "def"};
    CHECK(decode({http_framing::kind::length, 3}, "abcdef", 2) == exact);
    CHECK(decode({http_framing::kind::none, 0}, "abc", 1) == decoded{state::done, "", "abc"});
    CHECK(body_decoder({http_framing::kind::until_end, 0}, 10).end_of_connection() == state::done);
    CHECK(body_decoder({http_framing::kind::length, 3}, 10).end_of_connection() ==
          state::malformed);
    CHECK(body_decoder({http_framing::kind::chunked, 0}, 10).end_of_connection() ==
          state::malformed);
}
