#include "base/text.hpp"
#include "crypto/digest.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using crypto::hmac_sha256;
using crypto::sha256;

TEST_CASE("SHA-256 of the standard's own messages [FIPS 180-4, NIST example values]") {
    CHECK(encode_hex(sha256("").view()) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(encode_hex(sha256("abc").view()) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(encode_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").view()) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(encode_hex(sha256(std::string(1'000'000, 'a')).view()) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("HMAC-SHA256 of RFC 4231 test cases 1, 2, 4, 6 and 7") {
    struct row {
        std::string key;
        std::string message;
        std::string_view mac;
    };
    std::string counting;
    for (char byte = 1; byte <= 25; ++byte)
        counting += byte;
    for (auto const& [key, message, mac] :
         {row{std::string(20, '\x0b'), "Hi There",
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
          row{"Jefe", "what do ya want for nothing?",
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
          row{counting, std::string(50, '\xcd'),
              "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
          row{std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
          row{std::string(131, '\xaa'),
              "This is a test using a larger than block-size key and a larger than block-size "
              "data. "
              "The key needs to be hashed before being used by the HMAC algorithm.",
              "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}}) {
        CHECK(encode_hex(hmac_sha256(key, message).view()) == mac);
    }
}

TEST_CASE("an empty HMAC key is empty, not the key of the call before") {
    // Value from `openssl mac -digest SHA256 -macopt hexkey: HMAC` and Python's hmac module.
    (void)hmac_sha256("Jefe", "x");
    CHECK(encode_hex(hmac_sha256("", "").view()) ==
          "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("HMAC-SHA1 of RFC 2202 test cases 1, 2 and 6") {
    CHECK(encode_hex(crypto::hmac_sha1(std::string(20, '\x0b'), "Hi There")) ==
          "b617318655057264e28bc0b6fb378c8ef146be00");
    CHECK(encode_hex(crypto::hmac_sha1("Jefe", "what do ya want for nothing?")) ==
          "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    CHECK(encode_hex(crypto::hmac_sha1(std::string(80, '\xaa'),
                                       "Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST_CASE("comparison in constant time is still a comparison") {
    CHECK(crypto::equal_in_constant_time("", ""));
    CHECK(crypto::equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(crypto::equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(crypto::equal_in_constant_time("abc", "abcd"));
    CHECK_FALSE(crypto::equal_in_constant_time("", "a"));
}
