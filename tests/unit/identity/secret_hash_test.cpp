#include "identity/secret_hash.hpp"

#include <doctest/doctest.h>

using namespace cogniot;

// The expected hash was made by `openssl dgst -sha256 -hmac SECRET -binary | base64` over username
// and ID.
TEST_CASE("SECRET_HASH is the HMAC of username and client ID under the client's secret") {
    constexpr std::string_view secret = "1h2v8d3k4m5n6p7q8r9s0t1u2v3w4x5y6z7a8b9c0d1e2f3g4h5i";
    constexpr std::string_view client = "6upe6ndundkv7f5i9jlo6a8p2t";
    constexpr std::string_view hash = "2r9qM63ski3bV/J5Uvesp3ZC5M/Frqb9d2g2Pe7sJL4=";
    CHECK(identity::make_secret_hash(secret, "alice", client) == hash);
    CHECK(identity::is_secret_hash(hash, secret, "alice", client));
    CHECK_FALSE(identity::is_secret_hash(hash, secret, "Alice", client));
    CHECK_FALSE(identity::is_secret_hash(hash, "another", "alice", client));
    CHECK_FALSE(identity::is_secret_hash("", secret, "alice", client));
}
