// What the sources of credentials answer, read: four spellings of the same three values. Pure.
//
// @source AWS SDKs and tools reference guide, "Process credential provider", "Container credential
//         provider", "IMDS credential provider"; STS API reference, AssumeRole
#pragma once

#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "sigv4/sigv4.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cogniot::client {

/// The backend's own credentials and where they came from.
struct found_credentials {
    sigv4::credentials keys{};
    /// Nothing for long-term keys.
    std::optional<utc_time> expires{};
    /// For people: `environment`, `profile \`local\``, `instance metadata`.
    std::string source{};
};

/// What a credential_process printed. @errors backend_credentials_refused: not its JSON, Version is
/// not 1, a key is missing
result<found_credentials> read_process_answer(std::string_view output);

/// A container's or instance's answer: AccessKeyId, SecretAccessKey, Token, Expiration.
result<found_credentials> read_metadata_answer(std::string_view body);

/// STS's XML: AccessKeyId, SecretAccessKey, SessionToken, Expiration within Credentials.
result<found_credentials> read_sts_answer(std::string_view body);
/// `AccessDenied: User ... is not authorized` from STS's error XML; empty if it is something else.
std::string read_sts_error(std::string_view body);

} // namespace cogniot::client
