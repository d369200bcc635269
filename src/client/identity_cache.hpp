// Identity IDs and attached policies, remembered: an identity ID is for ever, and GetId is a scarce
// quota, so it is asked once per user. Kept in memory and, given a directory, on disk.
//
// On disk: one file a user, `identities/<sha256 of the key>.json`, mode 0600, replaced atomically,
// so that processes beside each other lose nothing but each other's latest policy name.
#pragma once

#include "client/values.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace cogniot::client {

/// Who a remembered identity belongs to.
struct identity_key {
    /// Host of the cognito-identity endpoint: a local cloud's pools are not AWS's.
    std::string endpoint;
    std::string identity_pool_id;
    /// Provider name and `sub` of the user.
    std::string provider;
    std::string sub;
    friend auto operator<=>(identity_key const&, identity_key const&) = default;
};

struct remembered_identity {
    identity_id id;
    /// Names of IoT policies known to be attached.
    std::set<std::string> policies;
};

class identity_cache {
  public:
    /// In memory only.
    identity_cache() = default;
    /// Also in `directory`, made when first needed.
    explicit identity_cache(std::filesystem::path directory) : directory_(std::move(directory)) {}

    /// A file that cannot be read or understood counts as not there.
    std::optional<remembered_identity> find(identity_key const&);
    /// Failing to write is no error for the caller: the next process asks again.
    void keep(identity_key const&, remembered_identity);
    void forget(identity_key const&);

  private:
    std::filesystem::path path_of(identity_key const&) const;

    std::optional<std::filesystem::path> directory_;
    std::map<identity_key, remembered_identity> known_;
};

} // namespace cogniot::client
