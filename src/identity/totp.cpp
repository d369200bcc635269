#include "identity/totp.hpp"

#include "base/ascii.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "identity/errors.hpp"

#include <array>

namespace cogniot::identity {

namespace {
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
}

std::string encode_base32(std::string_view bytes) {
    std::string out;
    unsigned buffer = 0;
    unsigned bits = 0;
    for (char const c : bytes) {
        buffer = (buffer << 8 | static_cast<unsigned char>(c)) & 0xFFF;
        bits += 8;
        for (; bits >= 5; bits -= 5)
            out += alphabet[buffer >> (bits - 5) & 31];
    }
    if (bits > 0)
        out += alphabet[buffer << (5 - bits) & 31];
    return out;
}

result<std::string> decode_base32(std::string_view text) {
    while (!text.empty() && text.back() == '=')
        text.remove_suffix(1);
    std::string out;
    unsigned buffer = 0;
    unsigned bits = 0;
    for (char const c : text) {
        auto const digit = alphabet.find(to_upper(c));
        if (digit == std::string_view::npos)
            return fail(errc::not_base32);
        buffer = (buffer << 5 | static_cast<unsigned>(digit)) & 0xFFF;
        bits += 5;
        if (bits >= 8) {
            out += static_cast<char>(buffer >> (bits - 8) & 0xFF);
            bits -= 8;
        }
    }
    return out;
}

std::string make_totp_secret(random_source& random) {
    std::array<unsigned char, 32> bytes{};
    random.fill(bytes);
    return encode_base32({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
}

std::int64_t totp_step(utc_time at) {
    return epoch_seconds(at) / 30;
}

std::string totp_code(std::string_view secret, std::int64_t step) {
    std::string counter(8, '\0');
    auto left = static_cast<std::uint64_t>(step);
    for (std::size_t i = 8; i-- > 0; left >>= 8)
        counter[i] = static_cast<char>(left & 0xFF);
    auto const digest = crypto::hmac_sha1(secret, counter);
    auto const byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(digest[i]));
    };
    // Dynamic truncation, RFC 4226 section 5.3.
    auto const at = byte(19) & 0xF;
    auto const number =
        (byte(at) & 0x7F) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
    auto code = std::to_string(number % 1'000'000);
    return code.insert(0, 6 - code.size(), '0');
}

std::optional<std::int64_t> find_totp_step(std::string_view secret, std::string_view code,
                                           utc_time now, std::int64_t after) {
    auto const current = totp_step(now);
    for (auto const step : {current, current - 1, current + 1})
        if (step > after && crypto::equal_in_constant_time(totp_code(secret, step), code))
            return step;
    return {};
}

} // namespace cogniot::identity
