#include "identity/totp.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

using namespace cogniot;

namespace {
utc_time at(std::int64_t seconds) {
    return utc_time(std::chrono::seconds(seconds));
}
constexpr std::string_view secret = "12345678901234567890";
} // namespace

TEST_CASE("codes are those of RFC 6238, appendix B (last six of its eight digits)") {
    struct {
        std::int64_t seconds;
        char const* code;
    } const rows[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                      {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
    for (auto const& row : rows) {
        CAPTURE(row.seconds);
        CHECK(identity::totp_code(secret, identity::totp_step(at(row.seconds))) == row.code);
    }
}

TEST_CASE("a code is accepted one step early or late, and once") {
    auto const now = at(1111111111);
    auto const step = identity::totp_step(now);
    CHECK(identity::find_totp_step(secret, "050471", now, 0) == step);
    CHECK(identity::find_totp_step(secret, "050471", now + std::chrono::seconds(30), 0) == step);
    CHECK(identity::find_totp_step(secret, "050471", now - std::chrono::seconds(30), 0) == step);
    CHECK_FALSE(identity::find_totp_step(secret, "050471", now + std::chrono::seconds(60), 0));
    CHECK_FALSE(identity::find_totp_step(secret, "050471", now, step));
    CHECK_FALSE(identity::find_totp_step(secret, "", now, 0));
}

TEST_CASE("base32 is that of RFC 4648, section 10, without padding") {
    struct {
        std::string_view bytes;
        std::string_view text;
    } const rows[] = {{"", ""},
                      {"f", "MY"},
                      {"fo", "MZXQ"},
                      {"foo", "MZXW6"},
                      {"foob", "MZXW6YQ"},
                      {"fooba", "MZXW6YTB"},
                      {"foobar", "MZXW6YTBOI"}};
    for (auto const& row : rows) {
        CHECK(identity::encode_base32(row.bytes) == row.text);
        CHECK(identity::decode_base32(row.text).value() == row.bytes);
    }
    CHECK(identity::decode_base32("mzxw6===").value() == "foo");
    CHECK_FALSE(identity::decode_base32("MZXW1"));
}

TEST_CASE("a new secret is 32 bytes in base32") {
    test::seeded_random random;
    auto const text = identity::make_totp_secret(random);
    CHECK(text.size() == 52);
    CHECK(identity::decode_base32(text).value().size() == 32);
}
