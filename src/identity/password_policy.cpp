#include "identity/password_policy.hpp"

#include "identity/characters.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cogniot::identity {

namespace {

constexpr std::string_view uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view lowercase = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view numbers = "0123456789";
constexpr std::string_view symbols = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+=";

bool has_one_of(std::string_view text, std::string_view set) {
    return text.find_first_of(set) != std::string_view::npos;
}

// A space counts as a symbol, but not at either end.
bool has_symbol(std::string_view password) {
    return has_one_of(password, symbols) ||
           (password.size() > 2 &&
            password.substr(1, password.size() - 2).find(' ') != std::string_view::npos);
}

} // namespace

std::optional<std::string_view> find_broken_rule(password_policy const& policy,
                                                 std::string_view password) {
    if (count_characters(password) < static_cast<std::size_t>(policy.minimum_length))
        return "Password not long enough";
    if (policy.require_uppercase && !has_one_of(password, uppercase))
        return "Password must have uppercase characters";
    if (policy.require_lowercase && !has_one_of(password, lowercase))
        return "Password must have lowercase characters";
    if (policy.require_numbers && !has_one_of(password, numbers))
        return "Password must have numeric characters";
    if (policy.require_symbols && !has_symbol(password))
        return "Password must have symbol characters";
    return {};
}

std::string make_temporary_password(password_policy const& policy, random_source& random) {
    // One of each class whatever the policy asks, then anything, then shuffled (Fisher-Yates).
    // Symbols that a shell or a mail client would change are left out.
    constexpr std::string_view safe_symbols = "-_.!@%+=";
    std::array<std::string_view, 4> const classes{uppercase, lowercase, numbers, safe_symbols};
    std::string everything;
    std::string password;
    for (auto const set : classes) {
        everything += set;
        password += random_text(random, set, 1);
    }
    auto const length = static_cast<std::size_t>(std::max(policy.minimum_length, 12));
    password += random_text(random, everything, length - password.size());
    for (std::size_t i = password.size() - 1; i > 0; --i)
        std::swap(password[i], password[random_below(random, i + 1)]);
    return password;
}

} // namespace cogniot::identity
