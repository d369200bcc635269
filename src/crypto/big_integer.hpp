// Non-negative integers of any size, and the little arithmetic that SRP needs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cogniot::crypto {

/// A value; copies share it. Any thread. Memory is wiped when the last copy goes.
class big_integer {
  public:
    /// Zero.
    big_integer();
    /// From big-endian bytes; leading zeros are allowed.
    static big_integer from_bytes(std::string_view big_endian);

    /// Big-endian bytes without leading zeros; empty for zero.
    std::string bytes() const;
    bool is_zero() const;
    friend bool operator==(big_integer const& a, big_integer const& b);

    /// base^exponent mod modulus; the modulus is odd. Time does not depend on the exponent's bits.
    static big_integer power(big_integer const& base, big_integer const& exponent,
                             big_integer const& modulus);
    /// a * b mod modulus.
    static big_integer multiply(big_integer const& a, big_integer const& b,
                                big_integer const& modulus);
    /// a + b mod modulus.
    static big_integer add(big_integer const& a, big_integer const& b, big_integer const& modulus);
    /// a - b mod modulus, never negative.
    static big_integer subtract(big_integer const& a, big_integer const& b,
                                big_integer const& modulus);
    /// a * b + c: not reduced.
    static big_integer multiply_add(big_integer const& a, big_integer const& b,
                                    big_integer const& c);

  private:
    struct handle;
    explicit big_integer(std::shared_ptr<handle const> value) : value_(std::move(value)) {}
    std::shared_ptr<handle const> value_;
};

} // namespace cogniot::crypto
