// RSA keys as user pools have them: RS256 signatures and their public half in JWKS form.
#pragma once

#include "base/result.hpp"
#include "crypto/errors.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace cogniot::crypto {

/// A 2048-bit private key. Copies share the key. Any thread.
class rsa_key {
  public:
    /// Makes a new key; takes about 0.1 s of CPU, more if unlucky.
    static rsa_key generate();
    /// Reads PKCS#8 PEM text. @errors errc::not_a_key
    static result<rsa_key> parse_pem(std::string_view pem);

    std::string print_pem() const;
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, RS256): 256 bytes.
    std::string sign(std::string_view message) const;
    /// Public modulus and exponent, big-endian bytes without leading zeros (RFC 7517 `n`, `e`).
    std::string modulus() const;
    std::string exponent() const;

  private:
    struct handle;
    explicit rsa_key(std::shared_ptr<handle const> key) : key_(std::move(key)) {}
    std::shared_ptr<handle const> key_;
};

/// Verifies an RS256 signature with a public key given as big-endian modulus and exponent.
bool verify_rs256(std::string_view modulus, std::string_view exponent, std::string_view message,
                  std::string_view signature);

} // namespace cogniot::crypto
