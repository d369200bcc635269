// Strict JSON (RFC 8259) on Boost.JSON: limits before memory, and errors that say where.
#pragma once

#include "base/result.hpp"

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::json {

using boost::json::array;
using boost::json::object;
using boost::json::value;

enum class errc { not_json = 1, too_large, too_deep, not_an_object, field_missing, field_mistyped };
std::string_view describe(errc);
error_code make_error_code(errc);

struct limits {
    std::size_t max_bytes = 1 << 20;
    std::size_t max_depth = 32;
};

/// Parses a whole text. Comments, trailing commas, NaN and the like are refused.
/// @errors not_json with detail `line 12, column 8: a comma before the closing bracket`,
///         too_large, too_deep.
result<value> parse(std::string_view text, limits = {});
/// The same, and the text must be an object.
result<object> parse_object(std::string_view text, limits = {});

/// Compact text, members in the order they were inserted.
std::string print(value const&);
std::string print(object const&);
/// Appends `text`, well-formed UTF-8, as a JSON string: for documents of a few known members that
/// are printed often.
void append_string(std::string& to, std::string_view text);

/// A member of the right type, or nothing if it is absent, null or of another type.
std::optional<std::string_view> find_string(object const&, std::string_view key);
std::optional<std::int64_t> find_integer(object const&, std::string_view key);
std::optional<bool> find_bool(object const&, std::string_view key);
object const* find_object(object const&, std::string_view key);
array const* find_array(object const&, std::string_view key);

} // namespace cogniot::json
