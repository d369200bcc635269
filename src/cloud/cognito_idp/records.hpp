// User pools as records: one an entity, JSON inside. Read back by state::restore().
//
//     user_pool         POOL            settings and sealing key
//     user_pool_keys    POOL            the two signing keys, PEM
//     user_pool_client  POOL/CLIENT
//     user_pool_group   POOL/NAME
//     user_pool_user    POOL/SUB        attributes, verifier and salt, MFA
//     user_pool_revoked POOL/ORIGIN_JTI until when a revoked sign-in must be remembered
#pragma once

#include "base/record.hpp"
#include "cloud/cognito_idp/state.hpp"

#include <string_view>

namespace cogniot::cloud::cognito_idp {

record print_record(user_pool const&);
record print_record(user_pool const&, signing_keys const&);
record print_record(user_pool const&, user_pool_client const&);
record print_record(user_pool const&, group const&);
record print_record(user_pool const&, user const&);
record print_revocation(user_pool const&, std::string_view origin_jti, utc_time until);

/// The record that forgets what `kept` keeps.
record forget(record kept);

} // namespace cogniot::cloud::cognito_idp
