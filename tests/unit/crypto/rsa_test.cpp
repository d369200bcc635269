#include "base/text.hpp"
#include "crypto/rsa.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using crypto::rsa_key;

namespace {

// Made for this test by `openssl genpkey`, signature by `openssl dgst -sha256 -sign`,
// modulus by `openssl rsa -modulus` (OpenSSL 3.0.22's command line).
constexpr std::string_view key_pem = R"(-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDeoDRCIZ2QuVMV
+AGR62dB3Kzc9UJSIBB/cJxQDE0y7xZx6FeYx+8yp+AEIzuEboR+pRkwyoh4iQft
eePW450evZxcAnJeu/2k/T93YzMGlQlhyK4Pdot/xdgpmTUWLWCRL835mdYAbc9t
RkUtOAiIHKGSH1yoFh9/6DJ2N4CE5Cn/ei56Apd6gkLwnBJimn/9N7CCijxcxitr
mPgUoXHS5CszamzluP5mfLNTNmoytChBc2/LOj1XCizku4JWNy4wDPHmplGjyjME
oK+Xib3L5ECoAUUfvU5h0Rw60d6oHTlHxVHygHSDS64Em2r0gpSZvOQ6VQf56sx6
HuvRjTTjAgMBAAECggEABBNArE6QjiamUQpM1Q6kbD3i4tnmezm1CPAscawCpG0L
Uc3OqgWhk6F5EKT9y5XOUmx+l+MNOST2V9rZrdmqyvZDl3eVVQtHQFmWa364X2V5
BNOMmXcyZIYK8pqoWx3nh6DYD2VJLTwqsOBkFx4lzIAMVnAWh8kn4x/X/0v9dpvs
ihD41bCVKODmoAywRQgVMrNxVzApmA2XmG7DJCJQYh646RuKJhEbdLDryKBRZIgV
we9kdZJdwfBUJfKCZKaJy9DKiFzvqJVbgjs31fOJc20tjTvrBoLL/dDutIV1MJuD
B9OCvCWGLRqB5djnorAhUIKxcCXjQ4pJqdCBj3aPuQKBgQDvfbOj2KIGiYrpkeB1
MAKDKJ6A4SoPrO/WXlRpwdjpgSmbZcRb4uUL7B3AJPNzOeljF7VyGkFwqXPmk9z6
GTftlHUzPx/YvRXvAjkmYUOL73VVosKZYC9Wo6Lcw7DlZO5UYUFrLLBvq/2J/nJa
jwCuDQsxICUOG0ry5ckBSXkAJQKBgQDt+OG8ET+Fvxct628Uizf7qtmfK9TN9zaB
SjjEnkxer6uL7WtUK+MOwo83tIj0Fmw/JfCxuy5KcYi9wcGCXxVZkgHMNR4wl6yi
jxalV/tZs8EmZeHul0Lje2eueZVnyS+uxNNywqCl47/g8W6rVdZnTVCd8G9odTun
e0LqUyGuZwKBgFANAkjYFoB85RPhkNda7twMbb7ChJ6svZY3/ZtEEk8qv0+UGqhk
FQ+BIwig0UdIqjxXJm03XXxdB8Kg1hI677jYELzKcsitm3FCmvu7MyrJJb00JDvE
LM6W788/Ehf7Praxs34xd+A76wl/JZYjiqSi84S+K+SlNs4uBJwLhQiJAoGAXUao
dGbuVyZHl6Aosgy/rM2S72jmyLSVkKffCHJjzNlejEJLR3rMTQTFzjfdVo9Tbo0Y
gxGzW0qVJovDpa5PWAR63+gSJUnOSQl8/uI1izuCAeL9Y9+2QCQmx6SwgzXAkuhj
WSAgh+V1WF5J2q6Sk3silkWf5XnOIB+YYvCiyxECgYEAgZdjKkfZB2V6c0hWwYYG
zLZRM4pQpRcigolh+majoTW/fWZoQg7qDC+dJ7IfFEy5JC+BXQTt65meqVMBZGhY
FQ0im732qUx9u5ugeKq48rit9goeAmGCgCMLanmXiR+bU2YFA19rBFCzvIkPhThf
h/i5QSCNSH1Z+y/V7ALKM9s=
-----END PRIVATE KEY-----
)";
constexpr std::string_view modulus_hex =
    "dea03442219d90b95315f80191eb6741dcacdcf5425220107f709c500c4d32ef1671e85798c7ef32"
    "a7e004233b846e847ea51930ca88788907ed79e3d6e39d1ebd9c5c02725ebbfda4fd3f7763330695"
    "0961c8ae0f768b7fc5d8299935162d60912fcdf999d6006dcf6d46452d3808881ca1921f5ca8161f"
    "7fe83276378084e429ff7a2e7a02977a8242f09c12629a7ffd37b0828a3c5cc62b6b98f814a171d2"
    "e42b336a6ce5b8fe667cb353366a32b42841736fcb3a3d570a2ce4bb8256372e300cf1e6a651a3ca"
    "3304a0af9789bdcbe440a801451fbd4e61d11c3ad1dea81d3947c551f28074834bae049b6af48294"
    "99bce43a5507f9eacc7a1eebd18d34e3";
constexpr std::string_view signature_hex =
    "5ba9dd4cfc9d5d3a7a5a4b1f9b234a5865f17cad71c89b118dcfa05b895945e1fa70d886afdbb1a9"
    "f6628aff07fd766085b1d1d01d5003ba3ca0c9192a92d3b8dbcddd4f14d24ac1fb61c1fc0e9ff9a9"
    "e63c4c94a0067a8db595fef037d31100a19078c5e6bb3ff96a9d863c16de9fca4c7f2f0f591af8b7"
    "771739f5ab6b4b64645442de05967ddc700bede61f5e766d19b5062eccd8aac6fae56ac7ac29dc4a"
    "fe3b84ad71ad4c40fa944c0087fa16ed8c1d430a22fc282e8d67772725bd25effe7d2fd3be164f19"
    "7c5f66d7b5e1095c57f19014d50cb0e64dcb497174b2891fab07765327d6c5e89dcb3c26b851884d"
    "b20070e11631da748687f2865af7ac68";

} // namespace

TEST_CASE("RS256 equals what the openssl command made of the same key and message") {
    auto const key = rsa_key::parse_pem(key_pem);
    REQUIRE(key.has_value());
    CHECK(encode_hex(key->modulus()) == modulus_hex);
    CHECK(encode_hex(key->exponent()) == "010001");
    CHECK(encode_hex(key->sign("header.payload")) == signature_hex);
    CHECK(key->print_pem() == key_pem);
}

TEST_CASE("a signature is good for its message and its key alone") {
    std::string const modulus = *decode_hex(modulus_hex);
    std::string const signature = *decode_hex(signature_hex);
    std::string const exponent("\x01\x00\x01", 3);
    CHECK(crypto::verify_rs256(modulus, exponent, "header.payload", signature));
    CHECK_FALSE(crypto::verify_rs256(modulus, exponent, "header.payloae", signature));
    CHECK_FALSE(crypto::verify_rs256(modulus, "\x03", "header.payload", signature));
    CHECK_FALSE(crypto::verify_rs256(modulus, exponent, "header.payload", signature.substr(1)));
    CHECK_FALSE(crypto::verify_rs256(modulus, exponent, "header.payload", ""));
    std::string bent = signature;
    bent.back() ^= 1;
    CHECK_FALSE(crypto::verify_rs256(modulus, exponent, "header.payload", bent));
    CHECK_FALSE(crypto::verify_rs256("", "", "header.payload", signature));
    CHECK_FALSE(crypto::verify_rs256(std::string(256, '\0'), exponent, "m", signature));
}

TEST_CASE("a new key has 2048 bits and survives a round trip through PEM") {
    rsa_key const key = rsa_key::generate();
    CHECK(key.modulus().size() == 256);
    auto const again = rsa_key::parse_pem(key.print_pem());
    REQUIRE(again.has_value());
    CHECK(again->modulus() == key.modulus());
    std::string const signature = again->sign("x");
    CHECK(signature.size() == 256);
    CHECK(crypto::verify_rs256(key.modulus(), key.exponent(), "x", signature));
    CHECK(rsa_key::generate().modulus() != key.modulus());
}

TEST_CASE("what is not an RSA key of 2048 bits is refused with a reason") {
    CHECK(rsa_key::parse_pem("").error().code == make_error_code(crypto::errc::not_a_key));
    CHECK(rsa_key::parse_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
              .error()
              .code == make_error_code(crypto::errc::not_a_key));
    // `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`
    CHECK(rsa_key::parse_pem(R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8qthpLqYsMyJhraE
dxS0EKcALdBQanHby/78XMgQa4uhRANCAAR2AHQjgLijUd6HdKGmI3FdKlXr/h+G
g8lBIsFJtCB/05w9euagQ8HZ9UZ/DnwPywvuruwGGV4Ih3qrd3lP1wFJ
-----END PRIVATE KEY-----
)")
              .error()
              .detail == "the key is not an RSA key");
}
