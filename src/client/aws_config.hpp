// What AWS's environment variables and shared files say: profile, region, endpoints, CA bundle,
// retries. Pure: environment and files are functions, so that tests need neither.
//
// @source AWS SDKs and tools reference guide, "Settings reference", "Service-specific endpoints"
#pragma once

#include "base/result.hpp"
#include "client/aws_config_file.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::client {

/// The process's environment and file system, as far as configuration looks at them.
struct surroundings {
    /// An environment variable's value; nothing if it is not set.
    std::function<std::optional<std::string>(std::string const& name)> variable;
    /// A file's content; nothing if there is no such file. @errors config_file_unreadable
    std::function<result<std::optional<std::string>>(std::string const& path)> read_file;

    /// As `variable`, but an empty value counts as none (as AWS's SDKs see it).
    std::optional<std::string> find(std::string const& name) const;
    /// `~/x` in the home directory; nothing if HOME is needed and not set.
    std::optional<std::string> expand_home(std::string const& path) const;
};

/// The real ones.
surroundings process_surroundings();

/// What is said elsewhere than in AWS's own variables and files.
struct config_overrides {
    std::optional<std::string> profile{};
    std::optional<std::string> region{};
    std::optional<std::string> endpoint_url{};
    std::optional<std::string> ca_bundle{};
};

/// Immutable once loaded.
class aws_config {
  public:
    /// @errors config_file_unreadable (with file and line), setting_unusable: a profile or services
    ///         section that is named and does not exist, a number or mode that is none
    static result<aws_config> load(surroundings const&, config_overrides flags = {},
                                   config_overrides fallbacks = {});

    std::string const& profile_name() const { return profile_name_; }
    /// The profile was named by a flag: then environment credentials are passed over.
    bool is_profile_explicit() const { return flags_.profile.has_value(); }
    /// Nothing if no source names one.
    std::optional<std::string> const& region() const { return region_; }
    std::optional<std::string> const& ca_bundle() const { return ca_bundle_; }
    /// Counts the first try; 3 by default, 5 in legacy mode.
    unsigned max_attempts() const { return max_attempts_; }

    /// A setting of the profile in use.
    std::optional<std::string> find(std::string const& key) const;
    config_section const* find_profile(std::string const& name) const;

    /// The endpoint that was configured for a service, by its signing name: `cognito-idp`,
    /// `cognito-identity`, `iot`, `iotdata`, `iam`, `sts`, `logs`. Order: the flag,
    /// AWS_ENDPOINT_URL_SERVICE, AWS_ENDPOINT_URL, the fallback, the profile's services section,
    /// its endpoint_url.
    std::optional<std::string> configured_endpoint(std::string const& signing_name) const;
    /// configured_endpoint(), else AWS's own. @param region  ignored for iam
    std::string endpoint(std::string const& signing_name, std::string const& region) const;

  private:
    aws_config(surroundings const& around, config_overrides flags, config_overrides fallbacks)
        : around_(around), flags_(std::move(flags)), fallbacks_(std::move(fallbacks)) {}
    result<void> read_files();
    result<void> read_settings();
    result<void> read_retries();
    result<void> read_endpoints();
    /// Where each of the two files is, if anywhere.
    std::optional<std::string> file_path(std::string const& variable,
                                         std::string const& fallback) const;

    surroundings around_;
    config_overrides flags_;
    config_overrides fallbacks_;
    shared_config files_{};
    std::string profile_name_{};
    std::optional<std::string> region_{};
    std::optional<std::string> ca_bundle_{};
    unsigned max_attempts_ = 3;
    bool ignores_configured_endpoints_ = false;
};

} // namespace cogniot::client
