// Credentials that environment variables hold or point at.
#include "base/number.hpp"
#include "base/text.hpp"
#include "client/backend_credentials_steps.hpp"
#include "client/errors.hpp"

#include <algorithm>

namespace cogniot::client {
namespace {

/// Hosts that may be asked without TLS: this machine, and ECS's and EKS's agents.
bool may_be_asked_in_clear(std::string_view host) {
    static constexpr std::string_view allowed[] = {"localhost", "[::1]", "169.254.170.2",
                                                   "169.254.170.23", "[fd00:ec2::23]"};
    bool const is_loopback =
        host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
    return is_loopback ||
           std::find(std::begin(allowed), std::end(allowed), host) != std::end(allowed);
}

/// The host of `http://host:port/path`, brackets kept.
std::string_view host_of(std::string_view url) {
    url.remove_prefix(std::string_view("http://").size());
    std::string_view const authority = url.substr(0, url.find_first_of("/?#"));
    if (authority.starts_with('['))
        return authority.substr(0, authority.find(']') + 1);
    return authority.substr(0, authority.find(':'));
}

result<unsigned> read_count(surroundings const& around, aws_config const& config,
                            std::string const& variable, std::string const& key,
                            unsigned otherwise) {
    auto const text = around.find(variable) ? around.find(variable) : config.find(key);
    if (!text)
        return otherwise;
    auto const count = parse_number<unsigned>(*text).value_or(0);
    if (count == 0 || count > 60)
        return fail(errc::setting_unusable,
                    "`" + printable(*text) + "` in " + variable + " is not a number from 1 to 60");
    return count;
}

} // namespace

result<planned_step> from_environment(surroundings const& around) {
    auto const id = around.find("AWS_ACCESS_KEY_ID");
    auto const key = around.find("AWS_SECRET_ACCESS_KEY");
    if (!id && !key)
        return not_configured{"environment: AWS_ACCESS_KEY_ID is not set"};
    if (!id || !key)
        return fail(errc::setting_unusable,
                    std::string("the environment has half a pair: ") +
                        (id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID") + " is not set");
    found_credentials found{.keys = {*id, secret(*key),
                                     around.find("AWS_SESSION_TOKEN")
                                         .value_or(around.find("AWS_SECURITY_TOKEN").value_or(""))},
                            .source = "environment"};
    if (auto const expiration = around.find("AWS_CREDENTIAL_EXPIRATION")) {
        found.expires = parse_extended(*expiration);
        if (!found.expires)
            return fail(errc::setting_unusable, "`" + printable(*expiration) +
                                                    "` in AWS_CREDENTIAL_EXPIRATION is not an ISO "
                                                    "8601 time");
    }
    return credential_source{static_keys{std::move(found)}, "environment"};
}

result<planned_step> from_web_identity_variables(aws_config const&, surroundings const& around) {
    auto const path = around.find("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (!path)
        return not_configured{"web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set"};
    auto const role = around.find("AWS_ROLE_ARN");
    if (!role)
        return fail(errc::setting_unusable,
                    "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
    return credential_source{
        web_identity{*role, around.find("AWS_ROLE_SESSION_NAME").value_or("cogniot"), *path},
        "web identity of AWS_WEB_IDENTITY_TOKEN_FILE"};
}

result<planned_step> from_container(aws_config const&, surroundings const& around) {
    container_endpoint out;
    if (auto const path = around.find("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
        out.url = "http://169.254.170.2" + *path;
    } else if (auto const url = around.find("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
        out.url = *url;
        bool const is_clear = out.url.starts_with("http://");
        if (!is_clear && !out.url.starts_with("https://"))
            return fail(errc::setting_unusable, "`" + printable(out.url) +
                                                    "` in AWS_CONTAINER_CREDENTIALS_FULL_URI is "
                                                    "not an http or https URL");
        if (is_clear && !may_be_asked_in_clear(host_of(out.url)))
            return fail(errc::setting_unusable,
                        "`" + printable(out.url) +
                            "` in AWS_CONTAINER_CREDENTIALS_FULL_URI would send credentials in "
                            "clear; plain http is for this machine and the container agents alone");
    } else {
        return not_configured{"container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
                              "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set"};
    }
    out.authorization_path = around.find("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    out.authorization = around.find("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    return credential_source{std::move(out), "container endpoint"};
}

result<planned_step> from_instance_metadata(aws_config const& config, surroundings const& around) {
    if (to_lower(around.find("AWS_EC2_METADATA_DISABLED").value_or("false")) == "true")
        return not_configured{"instance metadata: AWS_EC2_METADATA_DISABLED is true"};
    auto const setting = [&](std::string const& variable, std::string const& key) {
        auto value = around.find(variable);
        return value ? value : config.find(key);
    };
    instance_metadata out;
    if (auto const mode =
            setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
        mode && to_lower(*mode) == "ipv6")
        out.url = "http://[fd00:ec2::254]";
    if (auto const url =
            setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint"))
        out.url = *url;
    while (out.url.ends_with('/'))
        out.url.pop_back();
    auto const timeout =
        read_count(around, config, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 1);
    if (!timeout)
        return timeout.error();
    auto const attempts = read_count(around, config, "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
                                     "metadata_service_num_attempts", 1);
    if (!attempts)
        return attempts.error();
    out.timeout = std::chrono::seconds(*timeout);
    out.attempts = *attempts;
    return credential_source{std::move(out), "instance metadata"};
}

} // namespace cogniot::client
