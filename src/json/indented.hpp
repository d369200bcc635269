// JSON for people and files: one member a line, short lists and objects on one.
#pragma once

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <string>

namespace cogniot::json {

/// No line feed at the end.
/// @param margin  spaces before every line but the first
/// @param width   what fits into so many columns stays on one line
std::string print_indented(boost::json::value const&, std::size_t margin = 0,
                           std::size_t width = 100);

} // namespace cogniot::json
