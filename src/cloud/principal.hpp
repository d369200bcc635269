// A principal: who a decision is about. A user (in a user pool) is not one; an access key's owner
// is.
#pragma once

#include "base/utc_time.hpp"
#include "policy/document.hpp"

#include <string>
#include <vector>

namespace cogniot::cloud {

/// How a request came; `aws:SecureTransport`.
enum class transport { plain, tls };

struct principal {
    enum class type {
        anonymous,    // no signature: sign-in, GetId, AssumeRoleWithWebIdentity
        root,         // the account itself: `test`/`test`
        role_session, // an assumed role; with an identity ID when Cognito assumed it
        device,       // an X.509 certificate: IoT policies only
    } what = type::anonymous;

    /// `arn:aws:iam::ACCOUNT:root`, `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`,
    /// `arn:aws:iot:REGION:ACCOUNT:cert/ID`
    std::string arn{};
    /// `AROA…:CognitoIdentityCredentials`; the account ID for root; a certificate's ID. AWS IoT's
    /// principalIdentifier.
    std::string user_id{};
    std::string account{};
    std::string access_key_id{};

    // Role sessions.
    std::string role_name{};
    std::string role_arn{};
    std::string session_name{};
    /// Session policies given when the role was assumed; permissions are intersected with them.
    std::vector<policy::document> session_policies{};

    // Role sessions that an identity pool made.
    std::string identity_id{};
    std::string identity_pool_id{};
    /// False for guests.
    bool authenticated = false;
    /// `cognito-identity.amazonaws.com:amr`
    std::vector<std::string> amr{};

    utc_time issued{};
    bool from_identity_pool() const { return !identity_id.empty(); }
    /// Under which AWS IoT attaches policies and things to it: a certificate's ARN, a Cognito
    /// identity ID; empty for others.
    std::string const& iot_name() const { return what == type::device ? arn : identity_id; }
};

} // namespace cogniot::cloud
