#include "base/secret.hpp"
#include "base/text.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace cogniot;

TEST_CASE("base64 follows RFC 4648 section 10") {
    struct row {
        char const* plain;
        char const* coded;
    };
    for (auto const& [plain, coded] :
         {row{"", ""}, row{"f", "Zg=="}, row{"fo", "Zm8="}, row{"foo", "Zm9v"},
          row{"foob", "Zm9vYg=="}, row{"fooba", "Zm9vYmE="}, row{"foobar", "Zm9vYmFy"}}) {
        CAPTURE(plain);
        CHECK(encode_base64(plain) == coded);
        CHECK(decode_base64(coded) == plain);
    }
}

TEST_CASE("base64 refuses what another encoder would not write") {
    for (auto const* bad : {"Zg", "Zg=", "Zh==", "Zm9v\n", "Z===", "Zm-v", "===="}) {
        CAPTURE(bad);
        CHECK_FALSE(decode_base64(bad));
    }
}

TEST_CASE("base64url has no padding and its own two letters [RFC 4648 section 5]") {
    CHECK(encode_base64url("\xfb\xff") == "-_8");
    CHECK(decode_base64url("-_8") == "\xfb\xff");
    CHECK_FALSE(decode_base64url("-_8="));
    CHECK_FALSE(decode_base64url("+/8"));
}

TEST_CASE("hexadecimal") {
    CHECK(encode_hex(std::string_view("\x00\xAB\xff", 3)) == "00abff");
    CHECK(decode_hex("00aBFf") == std::string("\x00\xAB\xff", 3));
    CHECK_FALSE(decode_hex("0"));
    CHECK_FALSE(decode_hex("0g"));
}

TEST_CASE("percent-encoding leaves the unreserved alone [RFC 3986 section 2.3]") {
    CHECK(percent_encode("aZ09-._~/ :+%\xc3\xa4") == "aZ09-._~%2F%20%3A%2B%25%C3%A4");
    CHECK(percent_encode("a/b c", slash::keep) == "a/b%20c");
    CHECK(percent_decode("a%2Fb%3a+") == "a/b:+");
    CHECK_FALSE(percent_decode("%2"));
    CHECK_FALSE(percent_decode("%zz"));
}

TEST_CASE("UTF-8 is well-formed or not [RFC 3629]") {
    for (auto const* good : {"", "a", "\xc3\xa4", "\xe3\x81\x82", "\xf0\x9f\x98\x80", "\x7f"})
        CHECK(is_utf8(good));
    for (auto const* bad : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff"})
        CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("case, blanks and splitting") {
    CHECK(to_lower("X-Amz-Date") == "x-amz-date");
    CHECK(equals_ignoring_case("HOST", "host"));
    CHECK_FALSE(equals_ignoring_case("host", "hosts"));
    CHECK(trim(" \ta b\r\n") == "a b");
    CHECK(trim("  ") == "");
    CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
    CHECK(split("", ',') == std::vector<std::string_view>{""});
}

TEST_CASE("foreign text is quoted so that it cannot forge a log line") {
    CHECK(printable("a\nb\x1b[0m") == "a\\x0ab\\x1b[0m");
    CHECK(printable("aaaa", 2) == "aa...");
    CHECK(printable("aa", 2) == "aa");
}

TEST_CASE("what is quoted is well-formed UTF-8, whatever it was [RFC 3629]") {
    struct {
        std::string_view foreign;
        std::size_t limit;
        std::string_view shown;
    } const rows[]{
        {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", 200,
         "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"},
        {"a\xFFz", 200, "a\\xffz"},
        {"\xC3", 200, "\\xc3"},
        {"\xC3(", 200, "\\xc3("},
        // Longer than need be, a surrogate, beyond the last character.
        {"\xC0\xAF", 200, "\\xc0\\xaf"},
        {"\xED\xA0\x80", 200, "\\xed\\xa0\\x80"},
        {"\xF4\x90\x80\x80", 200, "\\xf4\\x90\\x80\\x80"},
        // A terminal may take U+009B for the start of an escape sequence.
        {"\xC2\x9B"
         "2J",
         200, "\\xc2\\x9b2J"},
        // Cut between characters.
        {"ab\xE2\x82\xAC", 4, "ab..."},
        {"ab\xE2\x82\xAC", 5, "ab\xE2\x82\xAC"},
    };
    for (auto const& row : rows) {
        auto const shown = printable(row.foreign, row.limit);
        CHECK(shown == row.shown);
        CHECK(is_utf8(shown));
    }
}

TEST_CASE("a secret prints as stars") {
    std::ostringstream out;
    out << secret("P@ssw0rd!") << secret("");
    CHECK(out.str() == "***");
    CHECK(masked("eyJraWQiOiJhYmMifQ").find("WQi") == std::string::npos);
    CHECK(masked("short") == "***");
}
