// User pools: what the service knows. Operations are in the files beside this one.
//
// Every entity is one durable record (see records.hpp). Challenge sessions and failed attempts are
// kept in memory only: who was in the middle of signing in when the process ended starts again.
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/utc_time.hpp"
#include "crypto/rsa.hpp"
#include "identity/attributes.hpp"
#include "identity/password_policy.hpp"
#include "identity/password_verifier.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cogniot::cloud::cognito_idp {

enum class mfa_mode { off, on, optional };
enum class user_status { unconfirmed, confirmed, force_change_password, reset_required };
enum class mfa_method { software_token, sms };

/// `CONFIRMED`, `FORCE_CHANGE_PASSWORD`, …
std::string_view print(user_status);
/// `OFF`, `ON`, `OPTIONAL`
std::string_view print(mfa_mode);
/// `SOFTWARE_TOKEN_MFA`, `SMS_MFA`
std::string_view print(mfa_method);

/// A user (in a user pool; an identity is something else).
struct user {
    /// As it was given; the sub in pools whose users sign in by e-mail or telephone.
    std::string username;
    /// The sub: a UUID that never changes.
    std::string sub;
    /// Without the sub. Values are text, whatever the schema says.
    std::map<std::string, std::string, std::less<>> attributes{};
    identity::password_verifier password{};
    /// Former passwords, newest first, as many as the pool's policy remembers.
    std::vector<identity::password_verifier> former_passwords{};
    user_status status = user_status::confirmed;
    bool enabled = true;
    utc_time created{};
    utc_time modified{};
    utc_time password_set{};
    std::set<std::string, std::less<>> groups{};
    /// Tokens issued before this instant are revoked (GlobalSignOut, AdminDisableUser).
    utc_time tokens_valid_from{};

    /// Base32, shared with the authenticator app; empty until VerifySoftwareToken.
    cogniot::secret totp_secret{};
    /// From AssociateSoftwareToken, until VerifySoftwareToken makes it the one in force.
    cogniot::secret totp_offered{};
    /// The last time step whose code was accepted: a code signs in once.
    std::int64_t totp_last_step = 0;
    std::string totp_device_name{};
    std::set<mfa_method> mfa_enabled{};
    std::optional<mfa_method> mfa_preferred{};

    /// origin_jti of the last second's tokens, not durable: tokens carry whole seconds, so a
    /// sign-out everywhere must know those of its own second by name.
    std::vector<std::pair<std::string, utc_time>> just_issued{};
    /// The keys of user_pool::by_alias that lead here; not durable.
    std::vector<std::string> indexed_aliases{};
};

struct group {
    std::string name;
    std::optional<std::string> description{};
    std::optional<std::string> role_arn{};
    std::optional<std::int64_t> precedence{};
    utc_time created{};
    utc_time modified{};
};

/// An app client.
struct user_pool_client {
    std::string id;
    std::string name;
    /// Empty when the client has none.
    cogniot::secret secret{};
    std::set<std::string, std::less<>> auth_flows{};
    std::chrono::seconds access_token_validity{};
    std::chrono::seconds id_token_validity{};
    std::chrono::seconds refresh_token_validity{};
    std::chrono::minutes auth_session_validity{3};
    /// PreventUserExistenceErrors = ENABLED.
    bool hides_missing_users = false;
    bool revocation_enabled = true;
    /// Absent: every attribute is readable or writable.
    std::optional<std::set<std::string, std::less<>>> read_attributes{};
    std::optional<std::set<std::string, std::less<>>> write_attributes{};
    utc_time created{};
    utc_time modified{};
    /// The description as AWS answers it, without secret and dates: JSON text.
    std::string description{};
};

/// A key pair that signs a pool's tokens. The public half is at hand without reading the PEM.
struct signing_key {
    std::string key_id;
    std::string modulus;
    std::string exponent;
    cogniot::secret pem{};
    /// Read from `pem` when first needed.
    std::optional<crypto::rsa_key> key{};
};

/// ID tokens and access tokens are signed with different keys.
struct signing_keys {
    signing_key id_token;
    signing_key access_token;
};

/// Wrong passwords of one user in a row.
struct failed_attempts {
    int count = 0;
    utc_time last{};
    /// No password is looked at before this instant.
    utc_time locked_until{};
};

struct user_pool {
    std::string id;
    std::string name;
    std::string region;
    std::string arn;
    utc_time created{};
    utc_time modified{};
    identity::password_policy password_policy{};
    /// `email`, `phone_number`: users sign in with these, their username is the sub.
    std::set<std::string, std::less<>> username_attributes{};
    /// `email`, `phone_number`, `preferred_username`: names beside the username.
    std::set<std::string, std::less<>> alias_attributes{};
    bool is_case_sensitive = true;
    bool is_deletion_protected = false;
    mfa_mode mfa = mfa_mode::off;
    bool software_token_mfa = false;
    bool sms_mfa = false;
    std::vector<identity::schema_attribute> schema{};
    /// Further settings, kept and answered as they were given: JSON text of an object.
    std::string settings = "{}";
    /// Seals refresh tokens, and makes up stable answers about users who do not exist.
    cogniot::secret sealing_key{};
    std::optional<signing_keys> keys{};

    std::map<std::string, user_pool_client, std::less<>> clients{};
    std::map<std::string, group, std::less<>> groups{};
    /// By folded username.
    std::map<std::string, user, std::less<>> users{};
    /// sub -> folded username.
    std::unordered_map<std::string, std::string> by_sub{};
    /// `email:…`, `phone_number:…`, `preferred_username:…` -> folded username.
    std::unordered_map<std::string, std::string> by_alias{};
    /// By folded username; not durable.
    std::unordered_map<std::string, failed_attempts> attempts{};
    /// origin_jti of a revoked sign-in -> when nobody needs to know any more.
    std::unordered_map<std::string, utc_time> revoked{};

    /// `https://cognito-idp.REGION.amazonaws.com/POOL`: AWS's own, wherever the pool is served.
    std::string issuer() const;
    /// What follows the `_` of the ID.
    std::string_view srp_name() const;
    bool signs_in_by_attribute() const { return !username_attributes.empty(); }

    /// The name as an index knows it: in lower case (ASCII) unless the pool minds the case.
    std::string fold(std::string_view name) const;
    /// By username, sub, or an alias that is in force.
    user* find_user(std::string_view name);
    user const* find_user(std::string_view name) const;
    user const* find_user_by_sub(std::string_view sub) const;
    /// Who signs in with this value of an alias attribute, or nobody.
    user const* find_alias_owner(std::string_view attribute, std::string_view value) const;
    /// Adds or replaces a user and keeps the indexes true.
    user& put(user);
    void erase(user const&);
    /// The aliases of a user changed.
    void index_aliases(user&);
};

enum class challenge { new_password_required, software_token_mfa, sms_mfa, select_mfa, mfa_setup };

/// A sign-in that waits for an answer.
struct challenge_session {
    std::string pool_id{};
    std::string client_id{};
    /// Folded username.
    std::string user_key{};
    challenge waits_for = challenge::new_password_required;
    utc_time expires{};
    /// SMS_MFA: the code that was sent.
    cogniot::secret code{};
    /// MFA_SETUP: the secret offered, and whether a code has shown that it arrived.
    cogniot::secret totp_secret{};
    bool totp_verified = false;
    std::string totp_device_name{};
    int wrong_answers = 0;
};

/// What AWS would have mailed or texted.
struct message {
    utc_time at;
    std::string pool_id;
    std::string username;
    /// `SMS` or `EMAIL`.
    std::string medium;
    std::string destination;
    cogniot::secret code;
};

struct state {
    std::map<std::string, user_pool, std::less<>> pools{};
    /// Client ID -> pool ID: sign-in names only the client.
    std::unordered_map<std::string, std::string> pool_of_client{};
    std::unordered_map<std::string, challenge_session> sessions{};
    /// The last messages, newest last; the shell shows them instead of sending them.
    std::deque<message> outbox{};

    user_pool* find_pool(std::string_view id);
    user_pool const* find_pool(std::string_view id) const;
    /// The pool whose tokens carry this `iss`.
    user_pool const* find_pool_by_issuer(std::string_view issuer) const;

    /// Puts back one record; false if the kind is not of this service.
    /// @errors json::errc when the value cannot be read.
    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);
};

} // namespace cogniot::cloud::cognito_idp
