#include "client/aws_config.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "client/errors.hpp"

#include <algorithm>

namespace cogniot::client {
namespace {

struct service_names {
    std::string_view signing_name;
    /// The key in a services section; in upper case the tail of AWS_ENDPOINT_URL_...
    std::string_view key;
};
// @source the models' serviceId, blanks as underscores
constexpr service_names known_services[] = {
    {"cognito-idp", "cognito_identity_provider"},
    {"cognito-identity", "cognito_identity"},
    {"iam", "iam"},
    {"iot", "iot"},
    {"iotdata", "iot_data_plane"},
    {"logs", "cloudwatch_logs"},
    {"sts", "sts"},
};

std::string key_of(std::string_view signing_name) {
    for (auto const& each : known_services)
        if (each.signing_name == signing_name)
            return std::string(each.key);
    std::string key(signing_name);
    std::replace(key.begin(), key.end(), '-', '_');
    return key;
}

/// A value and where it stood, for messages.
struct found_setting {
    std::string value;
    std::string place;
};

error unusable(found_setting const& setting, std::string_view why) {
    return fail(errc::setting_unusable,
                "`" + printable(setting.value) + "` in " + setting.place + " " + std::string(why));
}

/// The first of a variable and the profile's key that is set.
std::optional<found_setting> find_setting(surroundings const& around, std::string const& variable,
                                          aws_config const& config, std::string const& key) {
    if (auto value = around.find(variable))
        return found_setting{*std::move(value), variable};
    if (auto value = config.find(key))
        return found_setting{*std::move(value),
                             "`" + key + "` of profile `" + config.profile_name() + "`"};
    return std::nullopt;
}

} // namespace

std::optional<std::string> surroundings::find(std::string const& name) const {
    auto value = variable(name);
    return value && !value->empty() ? value : std::nullopt;
}

std::optional<std::string> surroundings::expand_home(std::string const& path) const {
    if (path != "~" && !path.starts_with("~/"))
        return path;
    auto const home = find("HOME");
    return home ? std::optional(*home + path.substr(1)) : std::nullopt;
}

result<aws_config> aws_config::load(surroundings const& around, config_overrides flags,
                                    config_overrides fallbacks) {
    aws_config out(around, std::move(flags), std::move(fallbacks));
    for (auto const step : {&aws_config::read_files, &aws_config::read_settings,
                            &aws_config::read_retries, &aws_config::read_endpoints})
        if (auto done = (out.*step)(); !done)
            return done.error();
    return out;
}

std::optional<std::string> aws_config::file_path(std::string const& variable,
                                                 std::string const& fallback) const {
    return around_.expand_home(around_.find(variable).value_or(fallback));
}

result<void> aws_config::read_files() {
    auto const read = [&](std::string const& variable,
                          std::string const& fallback) -> result<config_sections> {
        auto const path = file_path(variable, fallback);
        if (!path)
            return config_sections();
        auto const content = around_.read_file(*path);
        if (!content)
            return content.error();
        return *content ? parse_config_file(**content, *path) : config_sections();
    };
    auto config = read("AWS_CONFIG_FILE", "~/.aws/config");
    if (!config)
        return config.error();
    auto credentials = read("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
    if (!credentials)
        return credentials.error();
    files_ = merge_config_files(*std::move(config), *std::move(credentials));
    return {};
}

result<void> aws_config::read_settings() {
    std::optional<std::string> named;
    for (auto const& candidate : {flags_.profile, around_.find("AWS_PROFILE"),
                                  around_.find("AWS_DEFAULT_PROFILE"), fallbacks_.profile})
        if (!named && candidate)
            named = candidate;
    profile_name_ = named.value_or("default");
    if (named && profile_name_ != "default" && find_profile(profile_name_) == nullptr)
        return fail(errc::setting_unusable,
                    "there is no profile `" + printable(profile_name_) + "` in " +
                        file_path("AWS_CONFIG_FILE", "~/.aws/config").value_or("~/.aws/config") +
                        " or " +
                        file_path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
                            .value_or("~/.aws/credentials"));

    for (auto const& candidate :
         {flags_.region, around_.find("AWS_REGION"), around_.find("AWS_DEFAULT_REGION"),
          fallbacks_.region, find("region")})
        if (!region_ && candidate)
            region_ = candidate;
    for (auto const& candidate :
         {flags_.ca_bundle, around_.find("AWS_CA_BUNDLE"), fallbacks_.ca_bundle, find("ca_bundle")})
        if (!ca_bundle_ && candidate)
            ca_bundle_ = around_.expand_home(*candidate);
    return {};
}

result<void> aws_config::read_retries() {
    // Adaptive limits the rate of a client that is throttled again and again: retries are those of
    // the standard mode.
    if (auto const mode = find_setting(around_, "AWS_RETRY_MODE", *this, "retry_mode")) {
        std::string const word = to_lower(mode->value);
        if (word != "legacy" && word != "standard" && word != "adaptive")
            return unusable(*mode, "is not legacy, standard or adaptive");
        max_attempts_ = word == "legacy" ? 5 : 3;
    }
    if (auto const attempts = find_setting(around_, "AWS_MAX_ATTEMPTS", *this, "max_attempts")) {
        std::string const& text = attempts->value;
        auto const count = parse_number<unsigned>(text).value_or(0);
        if (count == 0 || count > 100)
            return unusable(*attempts, "is not a number from 1 to 100");
        max_attempts_ = count;
    }
    return {};
}

result<void> aws_config::read_endpoints() {
    if (auto const ignore = find_setting(around_, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", *this,
                                         "ignore_configured_endpoint_urls")) {
        std::string const word = to_lower(ignore->value);
        if (word != "true" && word != "false")
            return unusable(*ignore, "is not true or false");
        ignores_configured_endpoints_ = word == "true";
    }
    if (auto const name = find("services")) {
        auto const at = files_.services.find(*name);
        if (at == files_.services.end())
            return fail(errc::setting_unusable, "profile `" + profile_name_ +
                                                    "` names the section `[services " +
                                                    printable(*name) + "]`, which does not exist");
    }
    return {};
}

std::optional<std::string> aws_config::find(std::string const& key) const {
    config_section const* const profile = find_profile(profile_name_);
    return profile == nullptr ? std::nullopt : profile->find(key);
}

config_section const* aws_config::find_profile(std::string const& name) const {
    auto const at = files_.profiles.find(name);
    return at == files_.profiles.end() ? nullptr : &at->second;
}

std::optional<std::string> aws_config::configured_endpoint(std::string const& signing_name) const {
    if (flags_.endpoint_url)
        return flags_.endpoint_url;
    // AWS_IGNORE_CONFIGURED_ENDPOINT_URLS speaks of AWS's own variables and files.
    if (ignores_configured_endpoints_)
        return fallbacks_.endpoint_url;
    std::string const key = key_of(signing_name);
    for (std::string const& variable :
         {"AWS_ENDPOINT_URL_" + to_upper(key), std::string("AWS_ENDPOINT_URL")})
        if (auto url = around_.find(variable))
            return url;
    if (fallbacks_.endpoint_url)
        return fallbacks_.endpoint_url;
    if (auto const name = find("services")) {
        config_section const& services = files_.services.at(*name);
        if (auto const block = services.blocks.find(key); block != services.blocks.end())
            if (auto const url = block->second.find("endpoint_url");
                url != block->second.end() && !url->second.empty())
                return url->second;
    }
    return find("endpoint_url");
}

std::string aws_config::endpoint(std::string const& signing_name, std::string const& region) const {
    if (auto configured = configured_endpoint(signing_name))
        return *std::move(configured);
    bool const is_china = region.starts_with("cn-");
    std::string const suffix = is_china ? ".amazonaws.com.cn" : ".amazonaws.com";
    if (signing_name == "iam")
        return "https://iam" + (is_china ? "." + region : std::string()) + suffix;
    std::string const prefix = signing_name == "iotdata" ? "data-ats.iot" : signing_name;
    return "https://" + prefix + "." + region + suffix;
}

} // namespace cogniot::client
