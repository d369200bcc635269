// SRP-6a as Cognito speaks it: a password is proved without being sent.
//
// The group is RFC 3526's 3072-bit one with g = 2 and H = SHA-256. Integers enter hashes with
// `padded`: the shortest bytes that read as a positive number in two's complement, not the length
// of N as RFC 5054 has it.
// @source spec cognito-iam-sigv4 3.7
#pragma once

#include "base/random_source.hpp"
#include "base/utc_time.hpp"
#include "crypto/big_integer.hpp"
#include "identity/password_verifier.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cogniot::identity::srp {

/// Big-endian bytes, with a zero byte in front if the first bit is set.
std::string padded(crypto::big_integer const&);

/// x = H(padded(salt) || H(pool name || user ID || ":" || password)).
crypto::big_integer private_key(password_owner, std::string_view salt, std::string_view password);

/// g^x mod N, g^a mod N.
crypto::big_integer public_value(crypto::big_integer const& exponent);

/// The server's half of a handshake.
struct server_values {
    crypto::big_integer secret;       // b
    crypto::big_integer public_value; // B
};
/// @param secret  b, at least 256 random bits
server_values make_server_values(crypto::big_integer const& verifier, crypto::big_integer secret);
server_values make_server_values(crypto::big_integer const& verifier, random_source&);

/// What both sides sign at the end.
struct claim {
    password_owner owner;
    /// Decoded bytes of SECRET_BLOCK.
    std::string_view secret_block;
    /// TIMESTAMP as the client sent it.
    std::string_view timestamp;
};

/// PASSWORD_CLAIM_SIGNATURE as bytes, computed with what the server has.
/// @return nothing if A mod N or u is zero: such a client proves nothing
std::optional<std::string> sign_as_server(claim const&, crypto::big_integer const& client_public,
                                          server_values const&,
                                          crypto::big_integer const& verifier);

/// The same with what the client has. @param secret  a
std::optional<std::string> sign_as_client(claim const&, crypto::big_integer const& secret,
                                          crypto::big_integer const& server_public,
                                          std::string_view salt, std::string_view password);

/// Reads `Tue Sep 5 01:02:03 UTC 2023`.
std::optional<utc_time> parse_timestamp(std::string_view text);
std::string print_timestamp(utc_time);

} // namespace cogniot::identity::srp
