// What can go wrong between a password and a PUBACK, distinct enough that a program can act on it
// and the command line can map each to one exit code. Network errors keep their net::errc.
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace cogniot::client {

enum class errc {
    /// A value the job needs was given nowhere; detail names flag, variable and file key.
    setting_missing = 1,
    /// A value that cannot be what it should be; detail says where it stands and why.
    setting_unusable,
    config_file_unreadable,

    /// Wrong password or unknown user: Cognito does not tell which.
    password_refused,
    /// SECRET_HASH missing, or computed with another app client secret.
    secret_hash_refused,
    user_not_confirmed,
    password_reset_required,
    user_disabled,
    /// Too many wrong passwords; even the right one is refused for a while.
    sign_in_locked,
    /// The flow USER_PASSWORD_AUTH is switched off for the app client.
    flow_not_enabled,
    /// A code or new password was not accepted.
    challenge_answer_refused,
    /// The user pool asks for something that was not given; detail names it.
    challenge_unanswered,
    /// The refresh token is expired, revoked or unknown.
    refresh_refused,
    /// Any other refusal of the user pool.
    sign_in_refused,

    /// The identity pool gives this user no identity or no credentials.
    identity_refused,
    /// The identity is gone, or is no longer this user's: a new one must be asked for.
    identity_not_found,
    /// AWS's standard chain found no credentials for the backend.
    backend_credentials_missing,
    /// The backend's credentials were found and AWS does not accept them.
    backend_credentials_refused,
    /// A presigned URL or signed request was refused: key, token, host or region.
    signature_refused,
    /// This machine's clock is too far from AWS's; detail says by how much.
    clock_skewed,

    /// The backend's credentials may not do this call.
    call_not_authorised,
    policy_not_found,
    connect_denied,
    publish_denied,
    subscribe_denied,
    client_id_taken_over,

    throttled,
    service_unavailable,
    call_refused,
    answer_not_understood,

    broker_refused_connect,
    broker_broke_protocol,
    hung_up,
    ping_unanswered,
    no_answer_in_time,
    deadline_passed,
    outgoing_queue_full,
    stopped,
};

std::string_view describe(errc);
error_code make_error_code(errc);

} // namespace cogniot::client
