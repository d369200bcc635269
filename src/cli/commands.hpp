// The commands' factories, one a file in this folder.
#pragma once

#include "cli/command.hpp"

#include <memory>

namespace cogniot::cli {

std::unique_ptr<command> make_presign();
std::unique_ptr<command> make_policy_evaluate();

} // namespace cogniot::cli
