// Which source the backend's credentials come from: AWS's chain, decided before anything is asked.
// Pure.
//
// @source botocore credentials.py (create_credential_resolver); AWS SDKs and tools reference guide,
//         "Standardized credential providers"
#pragma once

#include "client/aws_config.hpp"
#include "client/backend_credentials_answers.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cogniot::client {

struct credential_source;

/// Keys that are simply there.
struct static_keys {
    found_credentials found{};
};
/// STS AssumeRole, signed with the credentials of another source.
struct assume_role {
    std::string role_arn{};
    std::string session_name{};
    std::optional<std::string> external_id{};
    std::optional<std::chrono::seconds> duration{};
    std::shared_ptr<credential_source const> with{};
};
/// STS AssumeRoleWithWebIdentity with a token that is read anew each time.
struct web_identity {
    std::string role_arn{};
    std::string session_name{};
    std::string token_path{};
};
/// A program of the user's that prints credentials.
struct credential_process {
    std::string command{};
};
/// ECS, EKS Pod Identity and their kind.
struct container_endpoint {
    std::string url{};
    /// The Authorization header, or the file it is read from each time.
    std::optional<std::string> authorization{};
    std::optional<std::string> authorization_path{};
};
/// EC2's instance metadata, version 2 alone.
struct instance_metadata {
    std::string url = "http://169.254.169.254";
    std::chrono::milliseconds timeout{1000};
    unsigned attempts = 1;
};

struct credential_source {
    std::variant<static_keys, assume_role, web_identity, credential_process, container_endpoint,
                 instance_metadata>
        how{};
    /// For people: `profile \`admin\``.
    std::string name{};
};

/// What to ask and what was passed over, with why: `environment: AWS_ACCESS_KEY_ID is not set`.
struct credential_plan {
    std::optional<credential_source> source{};
    std::vector<std::string> passed_over{};
};

/// Walks the chain: environment (unless a flag named the profile), the profile's role, web
/// identity, the profile's keys, its credential_process, container, instance metadata.
/// @errors setting_unusable: half a pair of keys, a role without a source or with two, profiles
/// that
///         lead in a circle, a container URL that is not allowed
result<credential_plan> plan_credentials(aws_config const&, surroundings const&);

} // namespace cogniot::client
