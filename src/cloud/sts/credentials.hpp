// Issuing temporary credentials, and finding out whom an access key belongs to.
// @source AWS STS API reference, "Credentials"; spec cognito-iam-sigv4 4.7, 6.3
#pragma once

#include "base/random_source.hpp"
#include "base/record.hpp"
#include "base/secret.hpp"
#include "cloud/iam/state.hpp"
#include "cloud/principal.hpp"
#include "cloud/service.hpp"
#include "cloud/sts/state.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud::sts {

/// What a signature is verified with, and who it stands for.
struct found_credentials {
    secret secret_access_key;
    /// Empty for keys that have none: the request must not carry another one.
    secret session_token;
    std::shared_ptr<principal const> who;
    /// Nothing for keys that do not expire.
    std::optional<utc_time> expiry{};
};

/// The account's root key or credentials issued here, expired or not; nothing if the key is
/// neither, or expired so long ago that it is forgotten.
std::optional<found_credentials> find_credentials(world const&, std::string_view access_key_id);

/// Who signs with the root key: the account itself.
principal make_root(world const&);

/// Who acts with a role: what AssumeRole and the identity pool make. `who.issued` is left to
/// issue().
principal make_role_session(world const&, iam::role const&, std::string_view session_name);

/// Makes credentials for `who`, keeps them, and asks for them to be persisted. The reference is
/// good until the world changes.
issued const& issue(call&, principal who, std::chrono::seconds lifetime);

/// Forgets credentials that expired more than an hour ago; until then their bearer is told that
/// they have expired, and not that they never were.
void forget_expired(state&, utc_time now, std::vector<record>& persist);

} // namespace cogniot::cloud::sts
