// What can be wrong with key material that comes from outside.
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace cogniot::crypto {

enum class errc { not_a_key = 1, not_a_certificate, not_a_request };
std::string_view describe(errc);
error_code make_error_code(errc);

} // namespace cogniot::crypto
