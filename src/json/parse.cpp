#include "json/parse.hpp"

#include "base/error_category.hpp"
#include "json/place.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace cogniot::json {
namespace {

/// Boost.JSON makes infinity of a number like 1e400, which no JSON text can hold again.
bool is_finite(value const& v) {
    if (auto const* members = v.if_object())
        return std::ranges::all_of(*members, [](auto const& m) { return is_finite(m.value()); });
    if (auto const* elements = v.if_array())
        return std::ranges::all_of(*elements, is_finite);
    return !v.is_double() || std::isfinite(v.get_double());
}

/// Where the first such number begins in a text that is JSON.
std::size_t find_infinite(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '"') {
            while (text[++at] != '"')
                at += text[at] == '\\';
            continue;
        }
        auto const end = std::min(text.find_first_not_of("+-.0123456789Ee", at), text.size());
        if (end == at)
            continue;
        std::string const token(text.substr(at, end - at));
        if (!std::isfinite(std::strtod(token.c_str(), nullptr)))
            return at;
        at = end - 1;
    }
    return text.size();
}

} // namespace

std::string_view describe(errc e) {
    switch (e) {
    case errc::not_json:
        return "not JSON";
    case errc::too_large:
        return "JSON text too large";
    case errc::too_deep:
        return "JSON nested too deeply";
    case errc::not_an_object:
        return "not a JSON object";
    case errc::field_missing:
        return "member missing";
    case errc::field_mistyped:
        return "member has the wrong type";
    }
    return "unknown JSON error";
}

error_code make_error_code(errc e) {
    return enum_code("json", e);
}

result<value> parse(std::string_view text, limits allowed) {
    if (text.size() > allowed.max_bytes)
        return fail(errc::too_large, std::to_string(text.size()) + " bytes, at most " +
                                         std::to_string(allowed.max_bytes) + " allowed");
    boost::json::parse_options options;
    options.max_depth = allowed.max_depth;
    boost::json::stream_parser parser({}, options);
    error_code ec;
    auto const used = parser.write_some(text.data(), text.size(), ec);
    if (!ec && !parser.done())
        parser.finish(ec); // a number at the very end is complete only now
    if (!ec) {
        auto const rest = text.find_first_not_of(" \t\r\n", used);
        if (rest != std::string_view::npos)
            return fail(errc::not_json,
                        print(find_place(text, rest)) + ": more text after the end of the value");
        auto read = parser.release();
        if (is_finite(read))
            return read;
        return fail(errc::not_json, print(find_place(text, find_infinite(text))) +
                                        ": a number is beyond what a double holds");
    }
    if (ec == boost::json::error::too_deep)
        return fail(errc::too_deep,
                    "more than " + std::to_string(allowed.max_depth) + " levels of nesting");
    return fail(errc::not_json,
                print(find_place(text, used)) + ": " + likely_cause(text, used, ec.message()));
}

result<object> parse_object(std::string_view text, limits allowed) {
    auto parsed = parse(text, allowed);
    if (!parsed)
        return parsed.error();
    if (!parsed->is_object())
        return fail(errc::not_an_object, "the text is a JSON value of another type");
    return std::move(parsed->as_object());
}

std::optional<std::string_view> find_string(object const& in, std::string_view key) {
    auto const* found = in.if_contains(key);
    if (found == nullptr || !found->is_string())
        return {};
    return std::string_view(found->get_string());
}

std::optional<std::int64_t> find_integer(object const& in, std::string_view key) {
    auto const* found = in.if_contains(key);
    if (found == nullptr || !found->is_number())
        return {};
    boost::system::error_code ec;
    auto const number = found->to_number<std::int64_t>(ec);
    if (ec)
        return {};
    return number;
}

std::optional<bool> find_bool(object const& in, std::string_view key) {
    auto const* found = in.if_contains(key);
    if (found == nullptr || !found->is_bool())
        return {};
    return found->get_bool();
}

object const* find_object(object const& in, std::string_view key) {
    auto const* found = in.if_contains(key);
    return found != nullptr ? found->if_object() : nullptr;
}

array const* find_array(object const& in, std::string_view key) {
    auto const* found = in.if_contains(key);
    return found != nullptr ? found->if_array() : nullptr;
}

} // namespace cogniot::json
