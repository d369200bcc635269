#include "cloud/logs/json_pattern.hpp"

#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace cogniot::cloud::logs {
namespace {

using node = json_pattern::node;
using comparison = json_pattern::comparison;
using test = json_pattern::test;
using step = json_pattern::step;

/// `*` stands for any characters; nothing else is special.
bool fits(std::string_view text, std::string_view pattern) {
    std::size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

/// Whether a text, or a number as it is printed, is what the comparison names.
bool fits(std::string_view text, comparison const& c) {
    return c.expression ? c.expression->is_in(text) : fits(text, c.text);
}

/// Calls `visit` with each value the selector points at, until it answers true.
template <typename Visit>
bool find_value(json::value const& in, std::vector<step> const& selector, std::size_t from,
                Visit const& visit) {
    if (from == selector.size())
        return visit(in);
    auto const& next = selector[from];
    if (std::holds_alternative<json_pattern::every>(next)) {
        if (auto const* list = in.if_array())
            return std::ranges::any_of(
                *list, [&](auto const& v) { return find_value(v, selector, from + 1, visit); });
        if (auto const* object = in.if_object())
            return std::ranges::any_of(*object, [&](auto const& member) {
                return find_value(member.value(), selector, from + 1, visit);
            });
        return false;
    }
    if (auto const* name = std::get_if<std::string>(&next)) {
        auto const* object = in.if_object();
        auto const* value = object == nullptr ? nullptr : object->if_contains(*name);
        return value != nullptr && find_value(*value, selector, from + 1, visit);
    }
    auto const* list = in.if_array();
    auto const index = std::get<std::size_t>(next);
    return list != nullptr && index < list->size() &&
           find_value((*list)[index], selector, from + 1, visit);
}

std::string print_number(json::value const& value) {
    if (auto const* whole = value.if_int64())
        return std::to_string(*whole);
    if (auto const* whole = value.if_uint64())
        return std::to_string(*whole);
    std::array<char, 32> text{};
    auto const printed = std::to_chars(text.data(), text.data() + text.size(), value.as_double());
    return {text.data(), printed.ptr};
}

bool holds(comparison const& c, json::value const& value) {
    if (c.how == test::is)
        return c.text == "NULL"   ? value.is_null()
               : c.text == "TRUE" ? value == json::value(true)
                                  : value == json::value(false);
    bool const wants_equal = c.how == test::equal;
    if (auto const* text = value.if_string())
        return (wants_equal || c.how == test::not_equal) && fits(*text, c) == wants_equal;
    if (!value.is_number())
        return false;
    if (!c.number)
        return fits(print_number(value), c) == wants_equal;
    auto const number = value.to_number<double>();
    switch (c.how) {
    case test::equal:
        return number == *c.number;
    case test::not_equal:
        return number != *c.number;
    case test::less:
        return number < *c.number;
    case test::greater:
        return number > *c.number;
    case test::at_most:
        return number <= *c.number;
    case test::at_least:
        return number >= *c.number;
    default:
        return false;
    }
}

bool evaluate(node const& of, json::value const& message) {
    auto const is_true = [&](node const& part) { return evaluate(part, message); };
    switch (of.what) {
    case node::type::all:
        return std::ranges::all_of(of.parts, is_true);
    case node::type::any:
        return std::ranges::any_of(of.parts, is_true);
    case node::type::compare:
        break;
    }
    auto const& c = of.compared;
    if (c.how == test::not_exists)
        return !find_value(message, c.selector, 0, [](json::value const&) { return true; });
    return find_value(message, c.selector, 0,
                      [&](json::value const& value) { return holds(c, value); });
}

} // namespace

bool json_pattern::matches(std::string_view message) const {
    if (!message.starts_with('{'))
        return false;
    auto const parsed = json::parse(message, {.max_bytes = 1 << 20, .max_depth = 64});
    return parsed && evaluate(root_, *parsed);
}

} // namespace cogniot::cloud::logs
