#include "cloud/sts/credentials.hpp"

#include "cloud/world.hpp"

#include <utility>

namespace cogniot::cloud::sts {

namespace {

constexpr std::string_view key_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
// Base64's: a client that forgets to percent-encode `+` and `/` fails here as it does on AWS.
constexpr std::string_view secret_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t token_length = 356;
constexpr std::chrono::hours grace{1};

} // namespace

std::optional<found_credentials> find_credentials(world const& w, std::string_view access_key_id) {
    auto const& settings = w.settings;
    if (access_key_id == settings.root_access_key_id)
        return found_credentials{.secret_access_key = secret(settings.root_secret_access_key),
                                 .session_token = {},
                                 .who = std::make_shared<principal const>(make_root(w))};
    auto const at = w.sts.credentials.find(access_key_id);
    if (at == w.sts.credentials.end())
        return {};
    auto const& found = at->second;
    return found_credentials{.secret_access_key = found.secret_access_key,
                             .session_token = found.session_token,
                             .who = found.who,
                             .expiry = found.expiry};
}

principal make_root(world const& w) {
    auto const& s = w.settings;
    return {.what = principal::type::root,
            .arn = "arn:aws:iam::" + s.account + ":root",
            .user_id = s.account,
            .account = s.account,
            .access_key_id = s.root_access_key_id};
}

principal make_role_session(world const& w, iam::role const& r, std::string_view session_name) {
    // The session's ARN has the role's name without its path.
    return {.what = principal::type::role_session,
            .arn = "arn:aws:sts::" + w.settings.account + ":assumed-role/" + r.name + "/" +
                   std::string(session_name),
            .user_id = r.id + ":" + std::string(session_name),
            .account = w.settings.account,
            .role_name = r.name,
            .role_arn = r.arn,
            .session_name = std::string(session_name)};
}

issued const& issue(call& c, principal who, std::chrono::seconds lifetime) {
    auto& all = c.world.sts.credentials;
    std::string id;
    do
        id = "ASIA" + random_text(c.random, key_alphabet, 16);
    while (all.contains(id));
    who.access_key_id = id;
    who.issued = c.now;
    issued made{.access_key_id = id,
                .secret_access_key = secret(random_text(c.random, secret_alphabet, 40)),
                .session_token = secret(random_text(c.random, secret_alphabet, token_length)),
                .expiry = c.now + lifetime,
                .who = std::make_shared<principal const>(std::move(who))};
    auto const& kept = all.emplace(std::move(id), std::move(made)).first->second;
    c.persist.push_back(print_record(kept));
    return kept;
}

void forget_expired(state& s, utc_time now, std::vector<record>& persist) {
    for (auto at = s.credentials.begin(); at != s.credentials.end();) {
        if (at->second.expiry + grace > now) {
            ++at;
            continue;
        }
        auto forgotten = print_record(at->second);
        forgotten.value.reset();
        persist.push_back(std::move(forgotten));
        at = s.credentials.erase(at);
    }
}

} // namespace cogniot::cloud::sts
