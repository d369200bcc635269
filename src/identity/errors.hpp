// What can be wrong with tokens and secrets that come from outside.
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace cogniot::identity {

enum class errc { not_a_token = 1, algorithm_not_supported, not_base32 };
std::string_view describe(errc);
error_code make_error_code(errc);

} // namespace cogniot::identity
