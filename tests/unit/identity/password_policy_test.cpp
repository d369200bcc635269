#include "identity/password_policy.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using identity::find_broken_rule;
using identity::password_policy;

namespace {
struct row {
    char const* id;
    password_policy policy;
    std::string_view password;
    std::optional<std::string_view> broken;
};
} // namespace

// Cognito developer guide, "Adding user pool password requirements".
TEST_CASE("a password is refused with the first rule that it breaks") {
    password_policy const strict{};
    password_policy const lax{.minimum_length = 6,
                              .require_uppercase = false,
                              .require_lowercase = false,
                              .require_numbers = false,
                              .require_symbols = false};
    row const rows[] = {
        {"conforms", strict, "Passw0rd!", {}},
        {"seven-characters", strict, "Passw0!", "Password not long enough"},
        {"eight-characters-of-utf8", strict, "P\xC3\xA4ssw0r!", {}},
        {"seven-characters-of-utf8", strict, "P\xC3\xA4ssw0!", "Password not long enough"},
        {"no-uppercase", strict, "passw0rd!", "Password must have uppercase characters"},
        {"no-lowercase", strict, "PASSW0RD!", "Password must have lowercase characters"},
        {"no-number", strict, "Password!", "Password must have numeric characters"},
        {"no-symbol", strict, "Passw0rd1", "Password must have symbol characters"},
        {"space-inside-is-a-symbol", strict, "Passw0rd 1", {}},
        {"space-at-the-end-is-none", strict, "Passw0rd1 ", "Password must have symbol characters"},
        {"length-comes-first", strict, "a", "Password not long enough"},
        {"everything-off", lax, "aaaaaa", {}},
    };
    for (auto const& r : rows) {
        CAPTURE(r.id);
        CHECK(find_broken_rule(r.policy, r.password) == r.broken);
    }
    for (char const symbol : std::string_view("^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+=")) {
        CAPTURE(symbol);
        CHECK_FALSE(find_broken_rule(strict, std::string("Passw0rd") + symbol));
    }
}

TEST_CASE("a temporary password conforms to whatever the policy asks") {
    test::seeded_random random;
    for (int length = 6; length <= 99; ++length) {
        password_policy const policy{.minimum_length = length};
        auto const password = identity::make_temporary_password(policy, random);
        CAPTURE(password);
        CHECK_FALSE(find_broken_rule(policy, password));
    }
}
