// SHA-256, HMAC-SHA256 and constant-time comparison. OpenSSL stays in the .cpp.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace cogniot::crypto {

/// Thirty-two bytes. `view()` for APIs that take bytes.
struct digest256 {
    std::array<unsigned char, 32> bytes{};
    std::string_view view() const {
        return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
    }
    friend bool operator==(digest256 const&, digest256 const&) = default;
};

/// FIPS 180-4. Any thread.
digest256 sha256(std::string_view message);
/// RFC 2104. Any thread.
digest256 hmac_sha256(std::string_view key, std::string_view message);
/// RFC 6238's HMAC (TOTP as Cognito's authenticator apps compute it): 20 bytes.
std::string hmac_sha1(std::string_view key, std::string_view message);
/// Takes as long for a difference in the first byte as in the last. Lengths are not hidden.
bool equal_in_constant_time(std::string_view a, std::string_view b);

} // namespace cogniot::crypto
