// On which context keys a decision hangs whose values are not known here: what would be decided if
// each of them could have any value, or none.
#pragma once

#include "policy/decide.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::policy {

/// Keys, as the documents write them, none twice. Empty: the decision is the same whatever they
/// are, e.g. because a Deny applies without them, or no statement could allow the request.
/// @param may_have_value  of a key in lower case that the request lacks: whoever decides in
///                        earnest may know it. Other absent keys count as absent.
std::vector<std::string>
find_open_keys(std::span<named_document const>, request const&,
               std::function<bool(std::string_view key)> const& may_have_value);

} // namespace cogniot::policy
