// Where random bytes come from. Pure code takes a random_source&; the shell passes OpenSSL's
// (crypto/random.hpp), tests pass a seeded one, so that everything can be repeated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cogniot {

class random_source {
  public:
    virtual ~random_source() = default;
    /// Fills the whole span. Never fails: a source that cannot deliver ends the process.
    virtual void fill(std::span<unsigned char> out) = 0;
};

/// A version 4 UUID in lower case, RFC 9562.
std::string random_uuid(random_source& from);
/// `length` characters drawn evenly from `alphabet` (2 to 256 characters).
std::string random_text(random_source& from, std::string_view alphabet, std::size_t length);
/// An even number in [0, bound). bound > 0.
std::uint64_t random_below(random_source& from, std::uint64_t bound);

} // namespace cogniot
