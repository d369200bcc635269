// The list of commands, in the order help prints them.
#include "cli/commands.hpp"

namespace cogniot::cli {

std::vector<std::unique_ptr<command>> all_commands() {
    std::vector<std::unique_ptr<command>> all;
    return all;
}

} // namespace cogniot::cli
