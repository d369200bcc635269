#include "identity/srp.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace cogniot::identity::srp {

namespace {

using crypto::big_integer;

// RFC 3526, section 4 (group 15).
constexpr std::string_view modulus_hex =
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33"
    "A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864"
    "D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2"
    "08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";

struct group {
    big_integer modulus = big_integer::from_bytes(*decode_hex(modulus_hex));
    big_integer generator = big_integer::from_bytes("\x02");
    big_integer multiplier =
        big_integer::from_bytes(crypto::sha256(padded(modulus) + padded(generator)).view()); // k
};

group const& the_group() {
    static group const g;
    return g;
}

big_integer hash_of(big_integer const& a, big_integer const& b) {
    return big_integer::from_bytes(crypto::sha256(padded(a) + padded(b)).view());
}

/// The claim under the key that both sides derived from S and u.
std::string sign(claim const& what, big_integer const& shared, big_integer const& u) {
    auto const extracted = crypto::hmac_sha256(padded(u), padded(shared));
    auto const key = crypto::hmac_sha256(extracted.view(), "Caldera Derived Key\x01");
    std::string message(what.owner.pool_name);
    message += what.owner.user_id;
    message += what.secret_block;
    message += what.timestamp;
    return std::string(crypto::hmac_sha256(key.view().substr(0, 16), message).view());
}

constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> find_int(std::string_view text) {
    auto const number = parse_number<int>(text);
    return number && *number >= 0 ? number : std::nullopt;
}

} // namespace

std::string padded(big_integer const& number) {
    auto bytes = number.bytes();
    if (bytes.empty() || (static_cast<unsigned char>(bytes[0]) & 0x80) != 0)
        bytes.insert(bytes.begin(), '\0');
    return bytes;
}

big_integer private_key(password_owner owner, std::string_view salt, std::string_view password) {
    std::string inner(owner.pool_name);
    inner += owner.user_id;
    inner += ':';
    inner += password;
    std::string outer = padded(big_integer::from_bytes(salt));
    outer += crypto::sha256(inner).view();
    return big_integer::from_bytes(crypto::sha256(outer).view());
}

big_integer public_value(big_integer const& exponent) {
    return big_integer::power(the_group().generator, exponent, the_group().modulus);
}

server_values make_server_values(big_integer const& verifier, big_integer secret) {
    auto const& g = the_group();
    auto sum = big_integer::add(big_integer::multiply(g.multiplier, verifier, g.modulus),
                                public_value(secret), g.modulus);
    return {.secret = std::move(secret), .public_value = std::move(sum)};
}

server_values make_server_values(big_integer const& verifier, random_source& random) {
    std::array<unsigned char, 64> bytes{};
    random.fill(bytes);
    return make_server_values(
        verifier,
        big_integer::from_bytes({reinterpret_cast<char const*>(bytes.data()), bytes.size()}));
}

std::optional<std::string> sign_as_server(claim const& what, big_integer const& client_public,
                                          server_values const& mine, big_integer const& verifier) {
    auto const& g = the_group();
    auto const reduced = big_integer::add(client_public, big_integer(), g.modulus);
    auto const u = hash_of(client_public, mine.public_value);
    if (reduced.is_zero() || u.is_zero())
        return {};
    auto const base =
        big_integer::multiply(reduced, big_integer::power(verifier, u, g.modulus), g.modulus);
    return sign(what, big_integer::power(base, mine.secret, g.modulus), u);
}

std::optional<std::string> sign_as_client(claim const& what, big_integer const& secret,
                                          big_integer const& server_public, std::string_view salt,
                                          std::string_view password) {
    auto const& g = the_group();
    auto const u = hash_of(public_value(secret), server_public);
    if (big_integer::add(server_public, big_integer(), g.modulus).is_zero() || u.is_zero())
        return {};
    auto const x = private_key(what.owner, salt, password);
    auto const base = big_integer::subtract(
        server_public, big_integer::multiply(g.multiplier, public_value(x), g.modulus), g.modulus);
    auto const exponent = big_integer::multiply_add(u, x, secret);
    return sign(what, big_integer::power(base, exponent, g.modulus), u);
}

std::optional<utc_time> parse_timestamp(std::string_view text) {
    auto const words = split(text, ' ');
    if (words.size() != 6 || words[4] != "UTC")
        return {};
    unsigned month = 0;
    while (month < months.size() && months[month] != words[1])
        ++month;
    auto const clock = split(words[3], ':');
    auto const day = find_int(words[2]);
    auto const year = find_int(words[5]);
    if (month == months.size() || clock.size() != 3 || !day || !year)
        return {};
    auto const hour = find_int(clock[0]);
    auto const minute = find_int(clock[1]);
    auto const second = find_int(clock[2]);
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60)
        return {};
    std::chrono::year_month_day const date{std::chrono::year(*year), std::chrono::month(month + 1),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok())
        return {};
    return utc_time(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
           std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

std::string print_timestamp(utc_time at) {
    auto const day = std::chrono::floor<std::chrono::days>(at);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const clock(std::chrono::floor<std::chrono::seconds>(at - day));
    char text[64];
    std::snprintf(text, sizeof text, "%s %s %u %02d:%02d:%02d UTC %d",
                  days[std::chrono::weekday(day).c_encoding()].data(),
                  months[static_cast<unsigned>(date.month()) - 1].data(),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()), static_cast<int>(date.year()));
    return text;
}

} // namespace cogniot::identity::srp
