#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "identity/srp.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using crypto::big_integer;
namespace srp = identity::srp;

namespace {

big_integer number(std::string_view hex) {
    return big_integer::from_bytes(*decode_hex(hex));
}

std::string repeated(std::string_view text, int times) {
    std::string out;
    while (times-- > 0)
        out += text;
    return out;
}

std::string hash_of_hex(big_integer const& n) {
    return encode_hex(crypto::sha256(encode_hex(n.bytes())).view());
}

// One handshake with fixed exponents, computed by amazon-cognito-identity-js.
identity::password_owner const owner{.pool_name = "AbCdEf123",
                                     .user_id = "11112222-3333-4444-5555-666677778888"};
std::string const salt = *decode_hex("a1b2c3d4e5f60718293a4b5c6d7e8f90");
auto const a = number(repeated("1122334455667788", 16));
auto const b = number(repeated("8877665544332211", 16));
std::string const secret_block = *decode_base64("c2VjcmV0LWJsb2NrLTAxMjM0NTY3ODk=");
constexpr std::string_view timestamp = "Tue Sep 5 01:02:03 UTC 2023";

} // namespace

TEST_CASE("x, A and B are those of amazon-cognito-identity-js") {
    auto const x = srp::private_key(owner, salt, "P@ssw0rd!");
    CHECK(encode_hex(x.bytes()) ==
          "b195bd75cdaaa6573998a304c216a6a48e047382a9f303f625ca7ebd2b7925fb");
    CHECK(hash_of_hex(srp::public_value(a)) ==
          "7e569a8566c00118092bd3771dbbf73953512d751c5aec646acb677c9170e109");
    auto const server = srp::make_server_values(srp::public_value(x), b);
    auto const public_hex = encode_hex(server.public_value.bytes());
    CHECK(public_hex.substr(0, 32) == "df677dd71054ed311960054f42fc208e");
    CHECK(public_hex.substr(public_hex.size() - 32) == "71a65cd5b820d94dbaed548b934eb6b1");
}

TEST_CASE("server and client come to the signature of amazon-cognito-identity-js") {
    auto const verifier = srp::public_value(srp::private_key(owner, salt, "P@ssw0rd!"));
    auto const server = srp::make_server_values(verifier, b);
    srp::claim const claim{.owner = owner, .secret_block = secret_block, .timestamp = timestamp};
    auto const expected = decode_base64("ZsQY2mvwmav/YUb3rRTymnPG7FpTUy1FDPvhuV6i9is=");
    CHECK(srp::sign_as_server(claim, srp::public_value(a), server, verifier) == expected);
    CHECK(srp::sign_as_client(claim, a, server.public_value, salt, "P@ssw0rd!") == expected);
    CHECK(srp::sign_as_client(claim, a, server.public_value, salt, "p@ssw0rd!") != expected);
}

TEST_CASE("a client value that is a multiple of N proves nothing (RFC 5054, section 2.5.4)") {
    auto const verifier = srp::public_value(number("05"));
    auto const server = srp::make_server_values(verifier, b);
    srp::claim const claim{.owner = owner, .secret_block = secret_block, .timestamp = timestamp};
    CHECK_FALSE(srp::sign_as_server(claim, big_integer(), server, verifier));
}

TEST_CASE("the padding reads as a positive number: short, and a zero byte before a set first bit") {
    CHECK(encode_hex(srp::padded(number("7f"))) == "7f");
    CHECK(encode_hex(srp::padded(number("80"))) == "0080");
    CHECK(encode_hex(srp::padded(number("0102"))) == "0102");
    CHECK(encode_hex(srp::padded(number("00ff"))) == "00ff");
}

TEST_CASE("a verifier knows its password, for its owner only") {
    test::seeded_random random;
    auto const kept = identity::make_password_verifier(owner, "P@ssw0rd!", random);
    CHECK(kept.salt.size() == 16);
    CHECK(identity::is_password(owner, kept, "P@ssw0rd!"));
    CHECK_FALSE(identity::is_password(owner, kept, "P@ssw0rd"));
    CHECK_FALSE(identity::is_password(owner, kept, ""));
    CHECK_FALSE(
        identity::is_password({.pool_name = "AbCdEf123", .user_id = "other"}, kept, "P@ssw0rd!"));
    CHECK_FALSE(identity::is_password(owner, {}, ""));
    auto const again = identity::make_password_verifier(owner, "P@ssw0rd!", random);
    CHECK(again.verifier != kept.verifier);
}

TEST_CASE("a TIMESTAMP has English names, UTC and no padding of the day") {
    using namespace std::chrono;
    auto const at = cogniot::utc_time(sys_days(2023y / September / 5)) + 1h + 2min + 3s;
    CHECK(srp::parse_timestamp(timestamp) == at);
    CHECK(srp::print_timestamp(at) == timestamp);
    CHECK(srp::print_timestamp(cogniot::utc_time(sys_days(2026y / November / 22))) ==
          "Sun Nov 22 00:00:00 UTC 2026");
    for (auto const* wrong :
         {"", "Tue Sep 5 01:02:03 2023", "Tue Sep 31 01:02:03 UTC 2023",
          "Tue Foo 5 01:02:03 UTC 2023", "Tue Sep 5 25:02:03 UTC 2023", "Tue Sep 5 01:02 UTC 2023",
          "Tue Sep x 01:02:03 UTC 2023", "Tue Sep 5 01:02:03 GMT 2023"}) {
        CAPTURE(wrong);
        CHECK_FALSE(srp::parse_timestamp(wrong));
    }
}
