// Asking one source of credentials. Internal to backend_credentials*.cpp.
#pragma once

#include "client/backend_credentials.hpp"
#include "client/backend_credentials_plan.hpp"

namespace cogniot::client {

/// What asking needs; refers to things that outlive the coroutine.
struct fetch_context {
    net::loop& loop;
    net::http_client& http;
    aws_config const& config;
    backend_credentials::tools const& tools;
};

/// Asks whichever source it is. Errors name it.
net::task<result<found_credentials>> fetch_credentials(fetch_context, credential_source);

net::task<result<found_credentials>> fetch_from_role(fetch_context, assume_role);
net::task<result<found_credentials>> fetch_from_web_identity(fetch_context, web_identity);
net::task<result<found_credentials>> fetch_from_process(fetch_context, credential_process);
net::task<result<found_credentials>> fetch_from_container(fetch_context, container_endpoint);
net::task<result<found_credentials>> fetch_from_metadata(fetch_context, instance_metadata);

/// Runs `command` with /bin/sh and returns its standard output: at most 64 KiB, 60 s. Its standard
/// error stays ours, so that it can talk to the user. Blocks; when told to stop it kills the
/// command with all it started. @errors backend_credentials_refused
result<std::string> run_shell_command(std::string const& command, std::stop_token);

} // namespace cogniot::client
