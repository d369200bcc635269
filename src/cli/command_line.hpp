// From argv to an exit code: finds the command, reads its flags, prints help, runs it.
#pragma once

#include "cli/command.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cogniot::cli {

/// @param arguments  without the program's name
exit_code run_command_line(std::vector<std::unique_ptr<command>> const& commands,
                           std::vector<std::string> arguments, terminal& out);

} // namespace cogniot::cli
