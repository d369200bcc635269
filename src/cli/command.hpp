// What a subcommand is: a name, flags, and something to do. One file a subcommand.
#pragma once

#include "cli/exit_code.hpp"
#include "cli/options.hpp"

#include <iosfwd>
#include <memory>
#include <string_view>
#include <vector>

namespace cogniot::cli {

/// The outside of a command: results go to `out`, everything else to `err`.
struct terminal {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    /// `err` is a terminal and NO_COLOR is not set.
    bool colour = false;
};

class command {
  public:
    virtual ~command() = default;
    /// `publish`, or `local logs` for a command within a command.
    virtual std::string_view name() const = 0;
    /// One line for the list of commands.
    virtual std::string_view summary() const = 0;
    /// Further text of `cogniot help NAME`: what it does, an example or two.
    virtual std::string_view description() const { return {}; }
    /// Declares flags and positionals bound to members of the command.
    virtual void declare(options&) = 0;
    /// Called after the flags were read.
    virtual exit_code run(terminal&) = 0;

  protected:
    /// Says why on `err`, behind the command's name. @return the code, for run() to end with
    exit_code give_up(exit_code, std::string_view why, terminal&) const;
};

/// Every command, in the order help lists them. Extended in commands.cpp.
std::vector<std::unique_ptr<command>> all_commands();

} // namespace cogniot::cli
