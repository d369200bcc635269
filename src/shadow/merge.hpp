// The arithmetic of shadow documents: merge a patch, keep a timestamp per leaf, find the delta.
//
// State and metadata are parallel trees: a state key called `timestamp` is an ordinary key.
// @source AWS IoT developer guide, "Device Shadow service documents".
#pragma once

#include "json/parse.hpp"

#include <boost/json.hpp>

#include <cstdint>

namespace cogniot::shadow {

/// One section of a shadow, `desired` or `reported`, with a timestamp for each leaf.
struct section {
    json::object state{};
    json::object metadata{};
};

/// Merges `patch`: objects recurse, null deletes, everything else replaces. Leaves that the patch
/// mentions get `at` (epoch seconds), also when their value stays.
void merge(section& into, json::object const& patch, std::int64_t at);

/// The same tree with every leaf replaced by `{"timestamp":at}`; arrays become arrays of such.
json::value timestamps_of(json::value const& tree, std::int64_t at);

/// The metadata of a section as it is kept: one number for each leaf of `state`, and one for each
/// array, which only ever changes as a whole. expand_stamps() makes AWS's form of it again, and
/// leaves a section that was kept in that form as it is.
json::object compact_stamps(section const&);
json::object expand_stamps(json::object const& state, json::object const& kept);

/// What `desired` wants and `reported` is not, with desired's timestamps. Empty when they agree.
section delta(section const& desired, section const& reported);

/// Equality as shadows see it: 1 equals 1.0, a number never equals a string, arrays by order.
bool equal(json::value const& a, json::value const& b);

/// Levels of nesting: the section itself is 1, each non-empty object or array within adds one.
std::size_t depth(json::value const& tree);

/// Whether an array anywhere in the tree holds null.
bool has_null_element(json::value const& tree);

} // namespace cogniot::shadow
