// Exit codes, one meaning each; printed by `cogniot help exit-codes` and listed in docs/cli.md.
#pragma once

namespace cogniot::cli {

enum class exit_code : int {
    ok = 0,
    /// Something else went wrong; stderr says what.
    failed = 1,
    /// A flag, a file or a value that cannot be used.
    usage = 2,
    /// The user pool refused: wrong password, unknown user, a challenge that was not answered.
    sign_in_refused = 3,
    /// The identity pool or the backend's own credentials were refused.
    credentials_refused = 4,
    /// A policy refused: connect, publish, subscribe or an API call.
    not_authorised = 5,
    /// No connection, or it was lost before the outcome was known.
    network = 6,
    /// A deadline passed before the outcome was known.
    timed_out = 7,
};

} // namespace cogniot::cli
