// The environment and the files of this process.
#include "base/read_file.hpp"
#include "base/text.hpp"
#include "client/aws_config.hpp"
#include "client/errors.hpp"

#include <cstdlib>

namespace cogniot::client {

surroundings process_surroundings() {
    return {.variable = [](std::string const& name) -> std::optional<std::string> {
                char const* const value = std::getenv(name.c_str());
                return value == nullptr ? std::nullopt : std::optional<std::string>(value);
            },
            .read_file = [](std::string const& path) -> result<std::optional<std::string>> {
                auto content = cogniot::read_file(path);
                if (content)
                    return std::optional(std::move(*content));
                if (is_absence(content.error()))
                    return std::optional<std::string>();
                return fail(errc::config_file_unreadable,
                            "`" + printable(path) + "`: " + content.error().message());
            }};
}

} // namespace cogniot::client
