// Surroundings made of two maps: environment variables and files.
#pragma once

#include "client/aws_config.hpp"

#include <map>
#include <string>

namespace cogniot::test {

using names = std::map<std::string, std::string>;

inline client::surroundings world(names variables, names files = {}) {
    variables.emplace("HOME", "/home/u");
    return {.variable = [variables](std::string const& name) -> std::optional<std::string> {
                auto const at = variables.find(name);
                return at == variables.end() ? std::nullopt : std::optional(at->second);
            },
            .read_file = [files](std::string const& path) -> result<std::optional<std::string>> {
                auto const at = files.find(path);
                return at == files.end() ? std::optional<std::string>() : std::optional(at->second);
            }};
}

inline std::string const config_path = "/home/u/.aws/config";
inline std::string const credentials_path = "/home/u/.aws/credentials";

} // namespace cogniot::test
