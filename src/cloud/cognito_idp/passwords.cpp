#include "cloud/cognito_idp/passwords.hpp"

#include "cloud/cognito_idp/entity.hpp"

#include <algorithm>

namespace cogniot::cloud::cognito_idp {

namespace {

constexpr int free_attempts = 4;
constexpr auto longest_wait = std::chrono::minutes(15);

identity::password_owner owner(user_pool const& pool, user const& who) {
    return {.pool_name = pool.srp_name(), .user_id = who.username};
}

} // namespace

std::optional<api_error> check_new_password(user_pool const& pool, user const& who,
                                            std::string_view password) {
    if (auto const broken = identity::find_broken_rule(pool.password_policy, password))
        return refuse("InvalidPasswordException",
                      "Password did not conform with policy: " + std::string(*broken));
    auto const remembered = pool.password_policy.history_size;
    if (remembered == 0)
        return {};
    bool is_reused = identity::is_password(owner(pool, who), who.password, password);
    for (auto const& former : who.former_passwords)
        is_reused = is_reused || identity::is_password(owner(pool, who), former, password);
    if (is_reused)
        return refuse("PasswordHistoryPolicyViolationException",
                      "Password has previously been used");
    return {};
}

void set_password(call& c, user_pool& pool, user& who, std::string_view password,
                  user_status then) {
    auto const remembered = static_cast<std::size_t>(pool.password_policy.history_size);
    if (!who.password.empty())
        who.former_passwords.insert(who.former_passwords.begin(), std::move(who.password));
    // The one in force counts among those remembered.
    if (who.former_passwords.size() + 1 > remembered)
        who.former_passwords.resize(remembered == 0 ? 0 : remembered - 1);
    who.password = identity::make_password_verifier(owner(pool, who), password, c.random);
    who.password_set = c.now;
    who.status = then;
    forget_wrong_passwords(pool, who);
}

std::optional<api_error> find_lockout(user_pool const& pool, user const& who, utc_time now) {
    auto const found = pool.attempts.find(pool.fold(who.username));
    if (found == pool.attempts.end() || now >= found->second.locked_until)
        return {};
    return not_authorised("Password attempts exceeded");
}

void note_wrong_password(user_pool& pool, user const& who, utc_time now) {
    auto& attempts = pool.attempts[pool.fold(who.username)];
    if (now - attempts.last > longest_wait)
        attempts = {};
    ++attempts.count;
    attempts.last = now;
    if (attempts.count <= free_attempts)
        return;
    auto const doublings = std::min(attempts.count - free_attempts - 1, 10);
    attempts.locked_until =
        now + std::min<std::chrono::seconds>(std::chrono::seconds(1LL << doublings), longest_wait);
}

void forget_wrong_passwords(user_pool& pool, user const& who) {
    pool.attempts.erase(pool.fold(who.username));
}

std::optional<api_error> check_password(call& c, user_pool& pool, user const& who,
                                        std::string_view password) {
    if (auto lockout = find_lockout(pool, who, c.now))
        return lockout;
    if (!who.enabled)
        return not_authorised("User is disabled.");
    if (!identity::is_password(owner(pool, who), who.password, password)) {
        note_wrong_password(pool, who, c.now);
        return not_authorised("Incorrect username or password.");
    }
    forget_wrong_passwords(pool, who);
    return {};
}

void pretend_to_check_password(user_pool const& pool, std::string_view username,
                               std::string_view password) {
    identity::password_verifier const nobody{.salt = std::string(16, 's'), .verifier = "v"};
    (void)identity::is_password({.pool_name = pool.srp_name(), .user_id = username}, nobody,
                                password);
}

} // namespace cogniot::cloud::cognito_idp
