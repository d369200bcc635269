// Typed values that conditions compare: decimal numbers, instants, address ranges. Read from text
// without touching the heap; nothing for a text that is no such value.
// @source IAM user guide, "Condition operators"; XML Schema decimal; W3C note "Date and Time
// Formats"
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cogniot::policy {

/// A decimal number of any length, compared exactly: 9007199254740993 is not 9007199254740992.
/// Views the text it was read from.
class decimal {
  public:
    /// `-12.50`, `+3`, `.5`, `1e3`. Exponents within ±10,000.
    static std::optional<decimal> parse(std::string_view text);
    friend std::strong_ordering operator<=>(decimal const&, decimal const&);
    friend bool operator==(decimal const& a, decimal const& b) { return (a <=> b) == 0; }

  private:
    /// The i-th significant digit, 0 beyond the last.
    char digit(std::size_t i) const;
    std::size_t digits() const { return whole_.size() + fraction_.size(); }

    bool negative_ = false;
    /// Significant digits: `whole_` followed by `fraction_`; no zero first or last; none for zero.
    std::string_view whole_;
    std::string_view fraction_;
    /// The value is 0.DIGITS × 10^point_.
    long point_ = 0;
};

/// An instant: milliseconds since 1970.
using instant = std::int64_t;
/// ISO 8601 in its W3C profile (`2026`, `2026-01`, `2026-01-02`, `2026-01-02T03:04Z`, with seconds,
/// fraction and offset), or seconds since 1970 (`1767322800`, `1767322800.5`). Four digits are a
/// year.
std::optional<instant> parse_instant(std::string_view text);

/// An address or a range of addresses of one family.
struct address_range {
    /// 4 or 16.
    std::uint8_t bytes_used = 0;
    /// Leading bits that count.
    std::uint8_t prefix = 0;
    std::array<std::uint8_t, 16> bytes{};

    /// `203.0.113.0/24`, `2001:db8::/32`, or a bare address, which is /32 or /128.
    static std::optional<address_range> parse(std::string_view text);
    /// Every address of `other` lies within. Families never contain each other.
    bool contains(address_range const& other) const;
};

/// `true`, `false` in any case.
std::optional<bool> parse_bool(std::string_view text);

} // namespace cogniot::policy
