// The list of commands, in the order help prints them.
#include "cli/commands.hpp"

namespace cogniot::cli {

std::vector<std::unique_ptr<command>> all_commands() {
    std::vector<std::unique_ptr<command>> all;
    all.push_back(make_presign());
    return all;
}

} // namespace cogniot::cli
