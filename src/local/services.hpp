// Services that live in the shell, beside those of src/cloud: AWS IoT's data plane, which needs the
// broker.
#pragma once

#include "cloud/service.hpp"

#include <span>

namespace cogniot::local {

std::span<cloud::service const* const> shell_services();

} // namespace cogniot::local
