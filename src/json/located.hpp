// Strict JSON (RFC 8259) whose every node remembers where it stood in the text.
//
// For documents that people write and get wrong: policies. Boost.JSON keeps no positions; this
// reader does, refuses duplicate names, and gives the same reasons as parse.hpp in its errors.
// Numbers stay text: who needs a number says which kind.
#pragma once

#include "json/parse.hpp"
#include "json/place.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::json {

struct located_member;

/// One value of the text. A tree of these owns its decoded strings, not the text.
struct located {
    enum class type { null, boolean, number, string, array, object };
    type what = type::null;
    /// Bytes [begin, end) of the text.
    std::size_t begin = 0;
    std::size_t end = 0;
    /// A string decoded to UTF-8; a number or boolean as it was written.
    std::string text{};
    std::vector<located> items;
    /// In the order of the text, no name twice.
    std::vector<located_member> members;

    bool is_string() const { return what == type::string; }
    bool is_array() const { return what == type::array; }
    bool is_object() const { return what == type::object; }
    /// Nothing if this is no object or has no such member.
    located const* find(std::string_view name) const;
};

struct located_member {
    std::string name;
    /// First byte of the name's opening quote.
    std::size_t begin = 0;
    located value{};
};

/// Reads a whole text.
/// @errors not_json (also for a name given twice in one object), too_large (also for more than
/// 200,000
///         values), too_deep; the detail
///         begins with `line 12, column 8: `.
/// @param where  if given, receives the place of the error
result<located> parse_located(std::string_view text, limits = {}, place* where = nullptr);

/// `an object`, `a list`, `text`, … for errors that say what was found instead.
std::string_view describe(located::type);

} // namespace cogniot::json
