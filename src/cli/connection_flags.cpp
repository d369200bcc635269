#include "cli/connection_flags.hpp"

#include <cstdlib>

namespace cogniot::cli {

void connection_flags::declare(options& o, client::reach how_far) {
    using client::reach;
    o.text("--config", config_file, "YAML file with any of these settings (COGNIOT_CONFIG)");
    o.group("Settings");
    o.text("-u,--username", given.username,
           "the Cognito user (COGNIOT_USERNAME); with --broker-url that broker's")
        .group("User");
    o.flag("--password-stdin", password_stdin,
           "read the password from standard input, else COGNIOT_PASSWORD, else ask");
    o.group("User");
    o.text("--user-pool-id", given.user_pool_id, "`REGION_xxxxxxxxx`").group("Settings");
    if (how_far != reach::administer) {
        o.text("--mfa-code", mfa_code, "one-time code, should the user pool ask for one");
        o.group("User");
        o.text("--app-client-id", given.app_client_id, "the user pool's app client");
        o.group("Settings");
        o.text("--app-client-secret", given.app_client_secret,
               "its secret, if it has one; visible to others in the process list, better: "
               "COGNIOT_APP_CLIENT_SECRET");
        o.group("Settings");
        o.text("--app-client-secret-file", given.app_client_secret_file,
               "file with the app client's secret");
        o.group("Settings");
    }
    if (how_far == reach::credentials || how_far == reach::publish)
        o.text("--identity-pool-id", given.identity_pool_id, "`REGION:UUID`").group("Settings");
    if (how_far == reach::publish) {
        o.text("--iot-endpoint", given.iot_endpoint, "HOST[:PORT] of AWS IoT's device gateway");
        o.group("Settings");
        o.text("--iot-policy", given.iot_policy,
               "IoT policy that is attached to the identity with the backend's credentials");
        o.group("Settings");
        o.flag("--early-publish", early_publish,
               "send the first messages without waiting for CONNACK; AWS IoT calls what happens "
               "then undefined (COGNIOT_EARLY_PUBLISH)");
        o.group("Settings");
        o.flag("--no-attach-policy", no_attach_policy, "attach nothing").group("Settings");
    }
    o.text("--endpoint-url", given.endpoint_url, "use this URL for every AWS API").group("AWS");
    o.text("--region", given.region, "AWS region; default: the pools' own").group("AWS");
    o.text("--profile", given.profile, "profile of ~/.aws for the backend's credentials");
    o.group("AWS");
    o.text("--ca-bundle", given.ca_bundle, "PEM file of the CAs to trust (AWS_CA_BUNDLE)");
    o.group("AWS");
    if (how_far != reach::credentials) { // `credentials` has forms of its own: --format
        o.choice("--output", output, {"json", "text"}, "how results are printed");
        o.group("Output");
    }
    o.flag("-d,--debug", debug, "tell on stderr what is sent and what comes back");
    o.group("Output");
}

result<resolved_settings> resolve(connection_flags const& flags, client::environment const& env) {
    auto values = flags.given;
    if (flags.no_attach_policy)
        values.attach_policy = "false";
    if (flags.early_publish)
        values.early_publish = "true";
    values = client::overlay(std::move(values), client::read_variables(env));
    client::setting_values file;
    auto const path = flags.config_file ? flags.config_file : env("COGNIOT_CONFIG");
    if (path && !path->empty()) {
        auto read = client::read_config_file(*path);
        if (!read)
            return read.error();
        file = std::move(*read);
    }
    auto const of_aws = [](client::setting_values const& from) {
        return client::config_overrides{.profile = from.profile,
                                        .region = from.region,
                                        .endpoint_url = from.endpoint_url,
                                        .ca_bundle = from.ca_bundle};
    };
    return resolved_settings{.values = client::overlay(std::move(values), file),
                             .flags = of_aws(flags.given),
                             .fallbacks = of_aws(file)};
}

client::environment process_environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        char const* const value = std::getenv(std::string(name).c_str());
        if (value == nullptr)
            return {};
        return std::string(value);
    };
}

} // namespace cogniot::cli
