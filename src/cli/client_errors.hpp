// Which exit code an error of the client's layers means: the one table.
#pragma once

#include "base/result.hpp"
#include "cli/exit_code.hpp"

namespace cogniot::cli {

exit_code exit_code_of(error const&);

} // namespace cogniot::cli
