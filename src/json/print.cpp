// Compact text, members in the order they were inserted, fractions as people write them. Numbers
// are finite, as parsed ones are.
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace cogniot::json {
namespace {

/// Boost.JSON prints 22.5 as `2.25E1`: the same number, but not what the sender wrote. The shortest
/// digits that read back as the same number are; a fraction stays one (`5.0`).
void print_double(std::string& into, double number) {
    char digits[32];
    auto const made = std::to_chars(std::begin(digits), std::end(digits), number);
    std::string_view const text(digits, static_cast<std::size_t>(made.ptr - digits));
    into += text;
    if (text.find_first_not_of("-0123456789") == std::string_view::npos)
        into += ".0";
}

bool has_double(value const& v) {
    if (auto const* members = v.if_object())
        return std::ranges::any_of(*members, [](auto const& m) { return has_double(m.value()); });
    if (auto const* elements = v.if_array())
        return std::ranges::any_of(*elements, has_double);
    return v.is_double();
}

void print_into(std::string& into, value const& v);

void print_members(std::string& into, object const& members) {
    into += '{';
    for (auto const& member : members) {
        if (into.back() != '{')
            into += ',';
        into += boost::json::serialize(member.key());
        into += ':';
        print_into(into, member.value());
    }
    into += '}';
}

void print_into(std::string& into, value const& v) {
    if (auto const* members = v.if_object())
        return print_members(into, *members);
    if (auto const* elements = v.if_array()) {
        into += '[';
        for (auto const& element : *elements) {
            if (into.back() != '[')
                into += ',';
            print_into(into, element);
        }
        into += ']';
        return;
    }
    if (auto const* number = v.if_double())
        return print_double(into, *number);
    into += boost::json::serialize(v);
}

bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escaped(std::string& to, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
    case '"':
    case '\\':
        to += '\\';
        to += c;
        return;
    case '\n':
        to += "\\n";
        return;
    case '\t':
        to += "\\t";
        return;
    case '\r':
        to += "\\r";
        return;
    default:
        to += "\\u00";
        to += digits[static_cast<unsigned char>(c) >> 4];
        to += digits[static_cast<unsigned char>(c) & 15];
    }
}

} // namespace

void append_string(std::string& to, std::string_view text) {
    to += '"';
    for (;;) {
        // What needs no escape is taken at once.
        auto const* const at = std::ranges::find_if(text, needs_escape);
        auto const plain = static_cast<std::size_t>(at - text.begin());
        to.append(text.substr(0, plain));
        if (plain == text.size())
            break;
        append_escaped(to, *at);
        text.remove_prefix(plain + 1);
    }
    to += '"';
}

std::string print(value const& v) {
    if (!has_double(v))
        return boost::json::serialize(v);
    std::string text;
    print_into(text, v);
    return text;
}

std::string print(object const& o) {
    if (std::ranges::none_of(o, [](auto const& m) { return has_double(m.value()); }))
        return boost::json::serialize(o);
    std::string text;
    print_members(text, o);
    return text;
}

} // namespace cogniot::json
