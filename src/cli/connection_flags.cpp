#include "cli/connection_flags.hpp"

#include <cstdlib>

namespace cogniot::cli {

void connection_flags::declare(options& o, client::reach how_far) {
    using client::reach;
    o.text("--config", config_file, "YAML file with any of these settings (COGNIOT_CONFIG)");
    o.group("Settings");
    o.text("-u,--username", given.username, "the Cognito user (COGNIOT_USERNAME)").group("User");
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
        o.flag("--no-attach-policy", no_attach_policy, "attach nothing").group("Settings");
    }
    o.text("--endpoint-url", given.endpoint_url, "use this URL for every AWS API").group("AWS");
    o.text("--region", given.region, "AWS region; default: the pools' own").group("AWS");
    o.text("--profile", given.profile, "profile of ~/.aws for the backend's credentials");
    o.group("AWS");
    o.text("--ca-bundle", given.ca_bundle, "PEM file of the CAs to trust (AWS_CA_BUNDLE)");
    o.group("AWS");
    o.choice("--output", output, {"json", "text"}, "how results are printed").group("Output");
    o.flag("-d,--debug", debug, "tell on stderr what is sent and what comes back");
    o.group("Output");
}

result<resolved_settings> resolve(connection_flags const& flags, client::environment const& env) {
    auto values = flags.given;
    if (flags.no_attach_policy)
        values.attach_policy = "false";
    values = client::overlay(std::move(values), client::read_variables(env));
    client::setting_values file;
    auto const path = flags.config_file ? flags.config_file : env("COGNIOT_CONFIG");
    if (path && !path->empty()) {
        auto read = client::read_config_file(*path);
        if (!read)
            return read.error();
        file = std::move(*read);
    }
    resolved_settings out{.values = client::overlay(std::move(values), file)};
    auto const said_by = [&](std::initializer_list<std::string_view> variables) {
        for (auto const variable : variables)
            if (auto const value = env(variable); value && !value->empty())
                return true;
        return false;
    };
    auto const choose = [](std::optional<std::string> const& flag, bool variable_says,
                           std::optional<std::string> const& in_file) {
        return flag || variable_says ? flag : in_file;
    };
    auto const& given = flags.given;
    out.overrides = {
        .profile = choose(given.profile, said_by({"AWS_PROFILE"}), file.profile),
        .region = choose(given.region, said_by({"AWS_REGION", "AWS_DEFAULT_REGION"}), file.region),
        .endpoint_url =
            choose(given.endpoint_url, said_by({"AWS_ENDPOINT_URL"}), file.endpoint_url),
        .ca_bundle = choose(given.ca_bundle, said_by({"AWS_CA_BUNDLE"}), file.ca_bundle)};
    return out;
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
