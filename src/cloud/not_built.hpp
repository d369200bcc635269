// Which of a service's operations are not built yet: AWS's list without our rows.
#pragma once

#include "cloud/service.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace cogniot::cloud {

std::vector<std::string_view> list_not_built(std::span<std::string_view const> all,
                                             std::span<operation const> built);
std::vector<route> list_not_built(std::span<route const> all, std::span<operation const> built);

} // namespace cogniot::cloud
