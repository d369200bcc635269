// Credentials that a profile of the shared files holds or points at.
#include "base/number.hpp"
#include "base/text.hpp"
#include "client/backend_credentials_steps.hpp"
#include "client/errors.hpp"

#include <algorithm>

namespace cogniot::client {
namespace {

std::string in_quotes(std::string const& profile) {
    return "profile `" + printable(profile) + "`";
}

error wrong(std::string const& profile, std::string const& what) {
    return fail(errc::setting_unusable, in_quotes(profile) + " " + what);
}

bool has_keys(config_section const& profile) {
    return profile.find("aws_access_key_id") || profile.find("aws_secret_access_key");
}

bool has_role(config_section const& profile) {
    return profile.find("role_arn") && !profile.find("web_identity_token_file");
}

result<credential_source> read_keys(std::string const& name, config_section const& profile) {
    auto const id = profile.find("aws_access_key_id");
    auto const key = profile.find("aws_secret_access_key");
    if (!id || !key)
        return wrong(name, std::string("has half a pair: ") +
                               (id ? "aws_secret_access_key" : "aws_access_key_id") +
                               " is missing");
    return credential_source{
        static_keys{found_credentials{
            .keys = {*id, secret(*key), profile.find("aws_session_token").value_or("")},
            .source = in_quotes(name)}},
        in_quotes(name)};
}

credential_source read_web_identity(surroundings const& around, std::string const& name,
                                    config_section const& profile) {
    std::string const path = *profile.find("web_identity_token_file");
    return {web_identity{*profile.find("role_arn"),
                         profile.find("role_session_name").value_or("cogniot"),
                         around.expand_home(path).value_or(path)},
            "web identity of " + in_quotes(name)};
}

/// Follows role_arn from profile to profile until there are keys to start with.
class role_reader {
  public:
    role_reader(aws_config const& config, surroundings const& around)
        : config_(config), around_(around) {}

    result<credential_source> read(std::string const& name) {
        config_section const& profile = *config_.find_profile(name);
        visited_.push_back(name);
        if (profile.find("mfa_serial"))
            return wrong(name, "wants a code of an MFA device (mfa_serial), which nobody can give "
                               "here; use a credential_process or `aws sts assume-role`");
        assume_role out{.role_arn = *profile.find("role_arn"),
                        .session_name = profile.find("role_session_name").value_or("cogniot"),
                        .external_id = profile.find("external_id")};
        if (auto const text = profile.find("duration_seconds")) {
            auto const seconds = parse_number<int>(*text).value_or(0);
            if (seconds < 900 || seconds > 43'200)
                return wrong(name, "has a duration_seconds that is not from 900 to 43200");
            out.duration = std::chrono::seconds(seconds);
        }
        auto source = read_source(name, profile);
        if (!source)
            return source.error();
        out.with = std::make_shared<credential_source const>(*std::move(source));
        return credential_source{std::move(out), "role of " + in_quotes(name)};
    }

  private:
    result<credential_source> read_source(std::string const& name, config_section const& profile) {
        auto const other = profile.find("source_profile");
        auto const kind = profile.find("credential_source");
        if (other && kind)
            return wrong(name, "has both source_profile and credential_source");
        if (!other && !kind)
            return wrong(name, "has a role_arn, but neither source_profile nor credential_source");
        return other ? read_profile(name, *other) : read_kind(name, *kind);
    }

    result<credential_source> read_profile(std::string const& name, std::string const& other) {
        config_section const* const source = config_.find_profile(other);
        if (source == nullptr)
            return wrong(name, "names the source_profile `" + printable(other) +
                                   "`, which does not exist");
        // A profile may be its own source if it has keys; so keys are looked at before the circle.
        bool const is_visited =
            std::find(visited_.begin(), visited_.end(), other) != visited_.end();
        if (has_keys(*source) && (!is_visited || other == name))
            return read_keys(other, *source);
        if (is_visited)
            return wrong(name, "leads in a circle: its source_profile `" + printable(other) +
                                   "` was already on the way");
        if (has_role(*source))
            return read(other);
        if (source->find("web_identity_token_file") && source->find("role_arn"))
            return read_web_identity(around_, other, *source);
        if (auto const command = source->find("credential_process"))
            return credential_source{credential_process{*command},
                                     "credential_process of " + in_quotes(other)};
        return wrong(name, "names the source_profile `" + printable(other) +
                               "`, which has no credentials");
    }

    result<credential_source> read_kind(std::string const& name, std::string const& kind) {
        auto const need = [&](result<planned_step> step) -> result<credential_source> {
            if (!step)
                return step.error();
            if (auto* source = std::get_if<credential_source>(&*step))
                return std::move(*source);
            return wrong(name, "names the credential_source `" + kind + "`, but " +
                                   std::get<not_configured>(*step).why);
        };
        if (kind == "Environment")
            return need(from_environment(around_));
        if (kind == "EcsContainer")
            return need(from_container(config_, around_));
        if (kind == "Ec2InstanceMetadata")
            return need(from_instance_metadata(config_, around_));
        return wrong(name, "names the credential_source `" + printable(kind) +
                               "`, which is not Environment, EcsContainer or Ec2InstanceMetadata");
    }

    aws_config const& config_;
    surroundings const& around_;
    std::vector<std::string> visited_{};
};

not_configured none(aws_config const& config, std::string const& what) {
    return {in_quotes(config.profile_name()) + ": no " + what};
}

} // namespace

result<planned_step> from_profile_role(aws_config const& config, surroundings const& around) {
    config_section const* const profile = config.find_profile(config.profile_name());
    if (profile == nullptr || !has_role(*profile))
        return none(config, "role_arn");
    auto source = role_reader(config, around).read(config.profile_name());
    if (!source)
        return source.error();
    return *std::move(source);
}

result<planned_step> from_profile_web_identity(aws_config const& config,
                                               surroundings const& around) {
    config_section const* const profile = config.find_profile(config.profile_name());
    if (profile == nullptr || !profile->find("web_identity_token_file"))
        return none(config, "web_identity_token_file");
    if (!profile->find("role_arn"))
        return wrong(config.profile_name(), "has a web_identity_token_file, but no role_arn");
    return read_web_identity(around, config.profile_name(), *profile);
}

result<planned_step> from_profile_keys(aws_config const& config, surroundings const&) {
    config_section const* const profile = config.find_profile(config.profile_name());
    if (profile == nullptr || !has_keys(*profile))
        return none(config, "aws_access_key_id");
    auto source = read_keys(config.profile_name(), *profile);
    if (!source)
        return source.error();
    return *std::move(source);
}

result<planned_step> from_profile_process(aws_config const& config, surroundings const&) {
    config_section const* const profile = config.find_profile(config.profile_name());
    if (profile != nullptr && profile->find("credential_process"))
        return credential_source{credential_process{*profile->find("credential_process")},
                                 "credential_process of " + in_quotes(config.profile_name())};
    if (profile != nullptr && (profile->find("sso_session") || profile->find("sso_start_url")))
        return wrong(config.profile_name(),
                     "signs in with IAM Identity Center (sso_...), which is not spoken here; let "
                     "the AWS CLI do it: credential_process = aws configure export-credentials "
                     "--profile NAME");
    return none(config, "credential_process");
}

} // namespace cogniot::client
