#include "base/text.hpp"
#include "identity/token.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace cogniot;

namespace {
crypto::rsa_key const& key() {
    static auto const made = crypto::rsa_key::generate();
    return made;
}
} // namespace

TEST_CASE("a token's header is exactly kid and alg, and its claims come back") {
    boost::json::object const claims{{"sub", "a"}, {"email_verified", true}, {"exp", 1700000000}};
    auto const text = identity::make_token("kid=", key(), claims);
    CHECK(decode_base64url(split(text, '.')[0]) == R"({"kid":"kid=","alg":"RS256"})");
    auto const token = identity::decode_token(text);
    REQUIRE(token.has_value());
    CHECK(token->key_id == "kid=");
    CHECK(token->claims == claims);
    CHECK(identity::is_signed_by(*token, key().modulus(), key().exponent()));
}

TEST_CASE("a changed claim or another key does not verify") {
    auto const text = identity::make_token("kid", key(), {{"sub", "a"}});
    auto const parts = split(text, '.');
    auto const forged = std::string(parts[0]) + "." + encode_base64url(R"({"sub":"b"})") + "." +
                        std::string(parts[2]);
    auto const token = identity::decode_token(forged);
    REQUIRE(token.has_value());
    CHECK_FALSE(identity::is_signed_by(*token, key().modulus(), key().exponent()));
    auto const other = crypto::rsa_key::generate();
    CHECK_FALSE(
        identity::is_signed_by(*identity::decode_token(text), other.modulus(), other.exponent()));
}

TEST_CASE("what is not an RS256 token is told apart from what is no token") {
    auto const claims = encode_base64url(R"({"sub":"a"})");
    auto const none = encode_base64url(R"({"alg":"none"})") + "." + claims + ".";
    CHECK(identity::decode_token(none).error().code ==
          make_error_code(identity::errc::algorithm_not_supported));
    auto const hmac = encode_base64url(R"({"alg":"HS256","kid":"x"})") + "." + claims + ".AAAA";
    CHECK(identity::decode_token(hmac).error().code ==
          make_error_code(identity::errc::algorithm_not_supported));
    for (std::string const wrong :
         {"", "a", "a.b", "a.b.c", "..", "e30.e30", "W10.e30.AA", "e30=.e30.AA", "eyJ.e30.AA"}) {
        CAPTURE(wrong);
        auto const token = identity::decode_token(wrong);
        REQUIRE_FALSE(token.has_value());
        CHECK(token.error().code == make_error_code(identity::errc::not_a_token));
    }
    CHECK_FALSE(identity::decode_token(std::string(100'000, 'a')).has_value());
}

// RFC 7517, section 4; RFC 7518, section 6.3.1.
TEST_CASE("a public key in a JWKS has base64url numbers without padding") {
    auto const shown = identity::print_public_key("k", key().modulus(), key().exponent());
    CHECK(json::find_string(shown, "e") == "AQAB");
    CHECK(json::find_string(shown, "kty") == "RSA");
    CHECK(json::find_string(shown, "use") == "sig");
    CHECK(json::find_string(shown, "alg") == "RS256");
    CHECK(json::find_string(shown, "n")->size() == 342);
}
