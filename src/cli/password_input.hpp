// Passwords and codes from people: from standard input, from a variable, or from the terminal
// without echo. Never from argv, where other users of the machine can read it.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <istream>
#include <string>

namespace cogniot::cli {

/// The first line, without its end.
result<secret> read_password_line(std::istream&);
/// Asks on /dev/tty and reads a line without showing it; Ctrl-C gives up.
/// @errors setting_missing if there is no terminal
result<secret> ask_hidden(std::string const& question);
/// Asks on /dev/tty and reads a line as typed.
result<std::string> ask_shown(std::string const& question);
/// Whether ask_hidden() can ask anybody.
bool has_terminal();

} // namespace cogniot::cli
