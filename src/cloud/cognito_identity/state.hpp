// Identity pools, their roles, and the identities that users and guests have in them.
//
// A user (in a user pool) is not an identity: GetId maps (pool, provider, sub) to an identity ID
// that is for ever. @source Amazon Cognito federated identities API reference; developer guide,
// "Role-based access control"
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "crypto/rsa.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace cogniot::cloud::cognito_identity {

/// A user pool's app client that the identity pool trusts.
struct provider {
    /// `cognito-idp.REGION.amazonaws.com/POOL`
    std::string name{};
    std::string client_id{};
    bool server_side_token_check = false;
};

struct mapping_rule {
    enum class match { equals, contains, starts_with, not_equal };
    std::string claim{};
    match how = match::equals;
    std::string value{};
    std::string role_arn{};
};

/// How an authenticated identity of one provider finds its role.
struct role_mapping {
    enum class type { token, rules };
    enum class ambiguity { unset, authenticated_role, deny };
    type what = type::token;
    ambiguity if_ambiguous = ambiguity::unset;
    std::vector<mapping_rule> rules{};
};

struct pool {
    /// `REGION:UUID`
    std::string id{};
    std::string region{};
    std::string name{};
    bool allow_unauthenticated = false;
    std::optional<bool> allow_classic_flow{};
    std::vector<provider> providers{};
    std::map<std::string, std::string> login_providers{};
    std::string developer_provider{};
    std::vector<std::string> openid_arns{};
    std::vector<std::string> saml_arns{};
    std::map<std::string, std::string> tags{};

    /// Role ARNs; empty when not set.
    std::string authenticated_role{};
    std::string unauthenticated_role{};
    /// By `PROVIDER:CLIENT_ID` for a user pool.
    std::map<std::string, role_mapping, std::less<>> mappings{};
};

struct identity {
    /// `REGION:UUID`
    std::string id{};
    std::string pool_id{};
    /// Provider name to subject. Empty for a guest.
    std::map<std::string, std::string, std::less<>> logins{};
    utc_time created{};
    utc_time modified{};
};

struct state {
    std::map<std::string, pool, std::less<>> pools{};
    std::map<std::string, identity, std::less<>> identities{};
    /// Signs OpenID tokens; made when the first one is asked for.
    std::optional<crypto::rsa_key> signing_key{};

    pool const* find_pool(std::string_view id) const;
    identity const* find_identity(std::string_view id) const;
    /// The identity that (pool, provider, subject) has had since its first GetId.
    identity const* find_by_login(std::string_view pool_id, std::string_view provider,
                                  std::string_view subject) const;
    /// Adds or replaces an identity and keeps the index by login true.
    void put(identity);
    void erase(std::string_view identity_id);

    /// Takes back a record of kind `identity_pool`, `identity` or `identity_pool_key`; false for
    /// any other kind.
    /// @errors json::errc or crypto::errc: the record is damaged
    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);

  private:
    using login = std::tuple<std::string, std::string, std::string>;
    using login_view = std::tuple<std::string_view, std::string_view, std::string_view>;
    std::map<login, std::string, std::less<>> by_login_{};
};

/// The records that keep them; handed back to restore() at the next start.
record print_record(pool const&);
record print_record(identity const&);
record print_record(crypto::rsa_key const& signing_key);

} // namespace cogniot::cloud::cognito_identity
