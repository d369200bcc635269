// How far two words are apart: what a misspelt name was meant to be.
#pragma once

#include <cstddef>
#include <string_view>

namespace cogniot {

/// Insertions, deletions and changes of bytes that make `b` of `a` (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

} // namespace cogniot
