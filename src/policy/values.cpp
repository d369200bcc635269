#include "policy/values.hpp"

#include "base/ascii.hpp"
#include "base/text.hpp"
#include "base/utc_time.hpp"

#include <algorithm>
#include <charconv>

namespace cogniot::policy {
namespace {

/// Takes the digits at the front of `text`.
std::string_view take_digits(std::string_view& text) {
    auto const end = std::find_if_not(text.begin(), text.end(), is_digit);
    auto const digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    return digits;
}

/// A whole text as a number within [0, most].
std::optional<unsigned> parse_small(std::string_view text, unsigned most, int base = 10) {
    unsigned value = 0;
    auto const* end = text.data() + text.size();
    auto const [stop, ec] = std::from_chars(text.data(), end, value, base);
    if (text.empty() || ec != std::errc{} || stop != end || value > most)
        return {};
    return value;
}

bool parse_ipv4(std::string_view text, std::uint8_t* into) {
    for (int i = 0; i < 4; ++i) {
        auto const dot = text.find('.');
        if ((dot == std::string_view::npos) != (i == 3))
            return false;
        auto const part = text.substr(0, dot);
        auto const value = parse_small(part, 255);
        // `010` is eight to some and ten to others: refused, as AWS and inet_pton do.
        if (!value || (part.size() > 1 && part[0] == '0'))
            return false;
        into[i] = static_cast<std::uint8_t>(*value);
        text = i == 3 ? std::string_view{} : text.substr(dot + 1);
    }
    return true;
}

/// RFC 4291 section 2.2: eight groups, one `::`, perhaps an IPv4 tail. No zone.
bool parse_ipv6(std::string_view text, std::array<std::uint8_t, 16>& into) {
    std::size_t used = 0;
    std::size_t gap = 17;
    if (text.starts_with("::")) {
        gap = 0;
        text.remove_prefix(2);
    } else if (text.starts_with(':')) {
        return false;
    }
    while (!text.empty()) {
        auto const colon = text.find(':');
        auto const part = text.substr(0, colon);
        if (colon == std::string_view::npos && part.find('.') != std::string_view::npos) {
            if (used > 12 || !parse_ipv4(part, &into[used]))
                return false;
            used += 4;
            break;
        }
        auto const value = parse_small(part, 0xFFFF, 16);
        if (!value || part.size() > 4 || used > 14)
            return false;
        into[used++] = static_cast<std::uint8_t>(*value >> 8);
        into[used++] = static_cast<std::uint8_t>(*value & 0xFF);
        if (colon == std::string_view::npos)
            break;
        text.remove_prefix(colon + 1);
        if (text.starts_with(':')) {
            if (gap != 17)
                return false;
            gap = used;
            text.remove_prefix(1);
        } else if (text.empty()) {
            return false;
        }
    }
    if (gap == 17)
        return used == 16;
    if (used > 14)
        return false;
    std::copy_backward(into.begin() + static_cast<std::ptrdiff_t>(gap),
                       into.begin() + static_cast<std::ptrdiff_t>(used), into.end());
    std::fill_n(into.begin() + static_cast<std::ptrdiff_t>(gap), 16 - used, std::uint8_t{0});
    return true;
}

} // namespace

std::optional<decimal> decimal::parse(std::string_view text) {
    decimal d;
    if (text.starts_with('-') || text.starts_with('+')) {
        d.negative_ = text[0] == '-';
        text.remove_prefix(1);
    }
    d.whole_ = take_digits(text);
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        d.fraction_ = take_digits(text);
    }
    if (d.whole_.empty() && d.fraction_.empty())
        return {};
    long exponent = 0;
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        bool const down = text.starts_with('-');
        if (down || text.starts_with('+'))
            text.remove_prefix(1);
        auto const value = parse_small(text, 10'000);
        if (!value)
            return {};
        exponent = down ? -static_cast<long>(*value) : static_cast<long>(*value);
        text = {};
    }
    if (!text.empty())
        return {};
    d.whole_.remove_prefix(std::min(d.whole_.find_first_not_of('0'), d.whole_.size()));
    d.point_ = static_cast<long>(d.whole_.size()) + exponent;
    if (d.whole_.empty()) {
        auto const zeros = std::min(d.fraction_.find_first_not_of('0'), d.fraction_.size());
        d.fraction_.remove_prefix(zeros);
        d.point_ -= static_cast<long>(zeros);
    }
    d.fraction_ = d.fraction_.substr(0, d.fraction_.find_last_not_of('0') + 1);
    if (d.fraction_.empty())
        d.whole_ = d.whole_.substr(0, d.whole_.find_last_not_of('0') + 1);
    if (d.digits() == 0) {
        d.negative_ = false;
        d.point_ = 0;
    }
    return d;
}

char decimal::digit(std::size_t i) const {
    if (i < whole_.size())
        return whole_[i];
    i -= whole_.size();
    return i < fraction_.size() ? fraction_[i] : '0';
}

std::strong_ordering operator<=>(decimal const& a, decimal const& b) {
    auto const sign = [](decimal const& d) { return d.digits() == 0 ? 0 : d.negative_ ? -1 : 1; };
    if (auto const order = sign(a) <=> sign(b); order != 0 || sign(a) == 0)
        return order;
    auto const& larger = a.negative_ ? b : a; // of two negatives the longer one is less
    auto const& smaller = a.negative_ ? a : b;
    if (auto const order = larger.point_ <=> smaller.point_; order != 0)
        return order;
    auto const most = std::max(a.digits(), b.digits());
    for (std::size_t i = 0; i < most; ++i)
        if (auto const order = larger.digit(i) <=> smaller.digit(i); order != 0)
            return order;
    return std::strong_ordering::equal;
}

std::optional<instant> parse_instant(std::string_view text) {
    auto rest = text;
    bool const negative = rest.starts_with('-');
    if (negative)
        rest.remove_prefix(1);
    auto const whole = take_digits(rest);
    if (!negative && whole.size() == 4) {
        // The W3C profile's shorter forms are the first of that month or year.
        std::array<char, 10> full{'0', '0', '0', '0', '-', '0', '1', '-', '0', '1'};
        if (text.size() == 4 || text.size() == 7) {
            std::copy(text.begin(), text.end(), full.begin());
            text = {full.data(), full.size()};
        }
        auto const at = parse_extended(text);
        if (!at)
            return {};
        return at->time_since_epoch().count();
    }
    std::string_view fraction;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        fraction = take_digits(rest);
        if (fraction.empty())
            return {};
    }
    std::int64_t seconds = 0;
    if (whole.empty() || whole.size() > 15 || !rest.empty())
        return {};
    std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
    std::int64_t thousandths = 0;
    for (std::size_t i = 0; i < 3; ++i)
        thousandths = thousandths * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    auto const at = seconds * 1000 + thousandths;
    return negative ? -at : at;
}

std::optional<address_range> address_range::parse(std::string_view text) {
    address_range range;
    auto const slash = text.find('/');
    auto const address = text.substr(0, slash);
    if (address.find(':') != std::string_view::npos) {
        range.bytes_used = 16;
        if (!parse_ipv6(address, range.bytes))
            return {};
    } else {
        range.bytes_used = 4;
        if (!parse_ipv4(address, range.bytes.data()))
            return {};
    }
    unsigned const bits = range.bytes_used * 8u;
    auto const prefix = slash == std::string_view::npos ? std::optional<unsigned>(bits)
                                                        : parse_small(text.substr(slash + 1), bits);
    if (!prefix)
        return {};
    range.prefix = static_cast<std::uint8_t>(*prefix);
    return range;
}

bool address_range::contains(address_range const& other) const {
    if (bytes_used != other.bytes_used || other.prefix < prefix)
        return false;
    std::size_t const whole = prefix / 8u;
    if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    other.bytes.begin()))
        return false;
    auto const rest = prefix % 8u;
    return rest == 0 || ((bytes[whole] ^ other.bytes[whole]) >> (8u - rest)) == 0;
}

std::optional<bool> parse_bool(std::string_view text) {
    if (equals_ignoring_case(text, "true"))
        return true;
    if (equals_ignoring_case(text, "false"))
        return false;
    return {};
}

} // namespace cogniot::policy
