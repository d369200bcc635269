// The environment and the files of this process.
#include "client/aws_config.hpp"
#include "client/errors.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace cogniot::client {

surroundings process_surroundings() {
    return {.variable = [](std::string const& name) -> std::optional<std::string> {
                char const* const value = std::getenv(name.c_str());
                return value == nullptr ? std::nullopt : std::optional<std::string>(value);
            },
            .read_file = [](std::string const& path) -> result<std::optional<std::string>> {
                errno = 0;
                std::ifstream file(path, std::ios::binary);
                if (!file && (errno == ENOENT || errno == ENOTDIR))
                    return std::optional<std::string>();
                std::string content{std::istreambuf_iterator<char>(file), {}};
                if (!file)
                    return fail(errc::config_file_unreadable,
                                "`" + path + "`: " + std::strerror(errno));
                return std::optional(std::move(content));
            }};
}

} // namespace cogniot::client
