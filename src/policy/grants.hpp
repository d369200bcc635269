// What a statement may come to grant by a change: which of its actions can ask for which resource.
#pragma once

#include "policy/smallest_change.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cogniot::policy {

bool has_wildcard(std::string_view text);
/// `${`: a variable, where documents have variables.
bool has_variable_text(std::string_view text);
/// `*`, `arn:…:*`, `topic/*`: adding an action to a statement on such a resource grants far more.
bool is_bare(std::string_view resource);

/// For each resource those of the actions that can ask for it at all.
std::vector<grant> grants_of(std::vector<std::string> const& actions,
                             std::vector<std::string> const& resources);

} // namespace cogniot::policy
