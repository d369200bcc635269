// The program. Exceptions end here, and only here: whatever reaches this place is a defect or a
// machine without memory.
#include "cli/command_line.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

int main(int argc, char** argv) {
    using namespace cogniot::cli;
    std::ios::sync_with_stdio(false);
    // A peer that goes away is an error of a write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    char const* const no_colour = std::getenv("NO_COLOR");
    terminal io{std::cin, std::cout, std::cerr,
                isatty(STDERR_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0')};
    try {
        auto const code =
            run_command_line(all_commands(), std::vector<std::string>(argv + 1, argv + argc), io);
        std::cout.flush();
        if (!std::cout && code == exit_code::ok) {
            std::cerr << "cogniot: stdout could not be written\n";
            return static_cast<int>(exit_code::failed);
        }
        return static_cast<int>(code);
    } catch (std::exception const& unexpected) {
        std::cerr << "cogniot: internal error: " << unexpected.what() << "\n";
        return static_cast<int>(exit_code::failed);
    }
}
