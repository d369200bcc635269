// One way to read a file: all of it, or why not, in the system's own words.
#pragma once

#include "base/result.hpp"

#include <string>

namespace cogniot {

/// The whole content; for standard input's kin (`/dev/stdin`, a pipe) up to its end. Blocks.
/// @errors the system's code (generic category): no such file, permission denied, is a directory
result<std::string> read_file(std::string const& path);

/// Nothing is there: no such file, or no such directory on the way to it.
bool is_absence(error const&);

} // namespace cogniot
