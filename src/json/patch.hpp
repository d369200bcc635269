// JSON Patch (RFC 6902) with JSON Pointer (RFC 6901): what tools propose and people apply.
// Only the operations that add something: `add` and `replace`.
#pragma once

#include "base/result.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace cogniot::json {

/// A member's name as a token of a pointer: `~` and `/` escaped.
std::string pointer_token(std::string_view name);
/// The member's name that a token stands for.
std::string read_pointer_token(std::string_view token);

/// One operation: `{"op":"add","path":"/Statement/-","value":…}`.
boost::json::object patch_add(std::string path, boost::json::value what);
boost::json::object patch_replace(std::string path, boost::json::value what);

/// The document with every operation applied, in order.
/// @errors errc::field_missing (a path leads nowhere), errc::field_mistyped (an operation that is
///         neither `add` nor `replace`, or malformed), with the path
result<boost::json::value> apply_patch(boost::json::value document,
                                       boost::json::array const& patch);

} // namespace cogniot::json
