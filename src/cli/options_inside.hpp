// What options and the command line share: the CLI11 objects. Included by their .cpp files only.
#pragma once

#include "cli/options.hpp"

#include <CLI/App.hpp>

namespace cogniot::cli {

struct options::inside {
    CLI::App* app = nullptr;
    CLI::Option* last = nullptr;
};

} // namespace cogniot::cli
