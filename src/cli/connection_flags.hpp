// The flags that every command on behalf of a Cognito user shares: which pools, which endpoint,
// who.
#pragma once

#include "base/secret.hpp"
#include "cli/command.hpp"
#include "client/aws_config.hpp"
#include "client/setting_values.hpp"
#include "client/settings.hpp"

#include <optional>
#include <string>

namespace cogniot::cli {

/// Flags as given. Members are bound by declare() and must outlive the parse.
struct connection_flags {
    client::setting_values given{};
    std::optional<std::string> config_file{};
    bool no_attach_policy = false;
    bool early_publish = false;
    bool password_stdin = false;
    /// Whether the challenge NEW_PASSWORD_REQUIRED is answered. No flag: commands differ in it.
    bool may_set_password = true;
    std::string mfa_code{};
    std::string output = "text";
    bool debug = false;

    void declare(options&, client::reach);
};

/// Everything that was set, laid over each other: flags, COGNIOT_* variables, the YAML file.
struct resolved_settings {
    client::setting_values values{};
    /// For AWS's own configuration: flags come before the AWS_* variables, the YAML file after.
    client::config_overrides flags{};
    client::config_overrides fallbacks{};
};
/// @errors those of client::read_config_file
result<resolved_settings> resolve(connection_flags const&, client::environment const&);

/// The process's variables.
client::environment process_environment();

} // namespace cogniot::cli
