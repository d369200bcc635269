// AWS's shared config and credentials files: INI with one level of nested blocks. Pure.
//
// @source AWS SDKs and tools reference guide, "Shared config and credentials files"
#pragma once

#include "base/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::client {

/// One section's settings. Keys are in lower case.
struct config_section {
    std::map<std::string, std::string> values{};
    /// `cognito_identity =` followed by indented `endpoint_url = ...` lines.
    std::map<std::string, std::map<std::string, std::string>> blocks{};

    std::optional<std::string> find(std::string const& key) const;
};

/// Sections by their header's text, `profile local`, in the file's own spelling but for blanks. A
/// section that is given twice is one section; a key that is given twice has its last value.
using config_sections = std::map<std::string, config_section>;

/// @param path  only for messages
/// @errors config_file_unreadable with `path` and line
result<config_sections> parse_config_file(std::string_view content, std::string const& path);

/// Both files together.
struct shared_config {
    /// By name. The credentials file's keys win over the config file's.
    std::map<std::string, config_section> profiles{};
    /// `[services NAME]` by name.
    std::map<std::string, config_section> services{};
};
shared_config merge_config_files(config_sections config, config_sections credentials);

} // namespace cogniot::client
