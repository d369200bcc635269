#include "base/text.hpp"
#include "crypto/big_integer.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using crypto::big_integer;

namespace {
big_integer number(std::string_view hex) {
    return big_integer::from_bytes(*decode_hex(hex));
}
std::string hex(big_integer const& n) {
    return encode_hex(n.bytes());
}
} // namespace

// Expected values: Python 3's integers (pow(b, e, m), a * b % m, …).
TEST_CASE("arithmetic of big integers agrees with Python's") {
    auto const a = number("0123456789abcdef0123456789abcdef0123456789abcdef");
    auto const b = number("fedcba9876543210fedcba9876543210");
    auto const m = number("ffffffffffffffffffffffffffffff61");
    CHECK(hex(big_integer::power(a, b, m)) == "22a9be32f8dd32925e393a3349cc210a");
    CHECK(hex(big_integer::multiply(a, b, m)) == "edd4b9576aaedec9e6de2510f72c9d78");
    CHECK(hex(big_integer::add(a, b, m)) == "b4e81b4e81b4e80f");
    CHECK(hex(big_integer::subtract(b, a, m)) == "fdb97530eca8642148d159e26af37cb0");
    CHECK(hex(big_integer::multiply_add(a, b, m)) ==
          "0121fa00ad77d742247acc9140513b7446b1a52125b2c865458fab20783af1222236d88fe5618c51");
}

TEST_CASE("zero has no bytes, and leading zeros do not matter") {
    CHECK(big_integer().is_zero());
    CHECK(big_integer().bytes().empty());
    CHECK(number("000000").is_zero());
    CHECK(number("0000ff") == number("ff"));
    CHECK_FALSE(number("ff") == number("fe"));
}
