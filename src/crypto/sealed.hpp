// Values that only their sealer can read or make: AES-256-GCM with a random nonce.
#pragma once

#include "base/random_source.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cogniot::crypto {

/// nonce (12 bytes) | ciphertext | tag (16 bytes).
/// @param key      32 bytes
/// @param purpose  authenticated, not contained: what is sealed for one purpose does not open for
///                 another
/// @source NIST SP 800-38D
std::string seal(std::string_view key, std::string_view purpose, std::string_view plain,
                 random_source&);

/// What was sealed, or nothing if the key or purpose differs or a bit was changed.
std::optional<std::string> unseal(std::string_view key, std::string_view purpose,
                                  std::string_view sealed);

} // namespace cogniot::crypto
