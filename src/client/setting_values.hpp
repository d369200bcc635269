// What can be set, before anything is believed: the same fields from flags, from COGNIOT_*
// variables and from a YAML file, laid over each other in that order. Pure.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::client {

/// Texts as given. Absent = not given there.
struct setting_values {
    std::optional<std::string> user_pool_id{};
    std::optional<std::string> app_client_id{};
    std::optional<std::string> app_client_secret{};
    std::optional<std::string> app_client_secret_file{};
    std::optional<std::string> identity_pool_id{};
    std::optional<std::string> iot_endpoint{};
    std::optional<std::string> iot_policy{};
    std::optional<std::string> attach_policy{};
    std::optional<std::string> client_id{};
    std::optional<std::string> username{};
    std::optional<std::string> publishes_per_second{};
    std::optional<std::string> early_publish{};
    // AWS's own: their variables are AWS_REGION and so on, read with the shared config files.
    std::optional<std::string> region{};
    std::optional<std::string> profile{};
    std::optional<std::string> endpoint_url{};
    std::optional<std::string> ca_bundle{};
};

/// One setting's three names.
struct setting_name {
    std::optional<std::string> setting_values::*field;
    /// `app_client_id`: the YAML key; the flag is `--app-client-id`.
    std::string_view key;
    /// `COGNIOT_APP_CLIENT_ID`; empty for AWS's own settings.
    std::string_view variable;

    std::string flag() const;
};
std::vector<setting_name> const& setting_names();

/// Looks a variable up; empty values count as absent.
using environment = std::function<std::optional<std::string>(std::string_view variable)>;

setting_values read_variables(environment const&);

/// Reads a YAML mapping of keys to texts. @errors setting_unusable with detail
/// `cogniot.yaml:3:1: unknown key `user_pool`; did you mean `user_pool_id`?`
result<setting_values> read_config_text(std::string_view yaml, std::string const& file_name);
/// Reads the file. @errors config_file_unreadable, setting_unusable
result<setting_values> read_config_file(std::string const& path);

/// Every field from `first`, else from `second`; the app client's secret and the file it is in are
/// one setting.
setting_values overlay(setting_values first, setting_values const& second);

} // namespace cogniot::client
