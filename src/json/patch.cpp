#include "json/patch.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <optional>

namespace cogniot::json {
namespace {

std::optional<std::size_t> read_index(std::string_view token, std::size_t end) {
    auto const index = parse_number<std::size_t>(token);
    bool const canonical = token == "0" || !token.starts_with('0');
    return canonical && index && *index < end ? index : std::nullopt;
}

/// The value that a token names within another; nullptr if there is none.
value* step(value& from, std::string_view token) {
    if (auto* members = from.if_object())
        return members->if_contains(read_pointer_token(token));
    if (auto* items = from.if_array())
        if (auto const index = read_index(token, items->size()))
            return &(*items)[*index];
    return nullptr;
}

bool add_to(value& parent, std::string_view token, value const& what) {
    if (auto* members = parent.if_object()) {
        (*members)[read_pointer_token(token)] = what;
        return true;
    }
    auto* items = parent.if_array();
    if (items == nullptr)
        return false;
    auto const index =
        token == "-" ? std::optional(items->size()) : read_index(token, items->size() + 1);
    if (!index)
        return false;
    items->insert(items->begin() + static_cast<std::ptrdiff_t>(*index), what);
    return true;
}

bool apply(value& document, std::string_view op, std::string_view path, value const& what) {
    if (path.empty()) {
        document = what;
        return true;
    }
    value* at = &document;
    auto const last = path.rfind('/');
    auto const parents = split(path.substr(0, last), '/');
    for (std::size_t i = 1; i < parents.size() && at != nullptr; ++i)
        at = step(*at, parents[i]);
    if (at == nullptr)
        return false;
    auto const token = path.substr(last + 1);
    if (op == "add")
        return add_to(*at, token, what);
    auto* const old = step(*at, token);
    if (old == nullptr)
        return false;
    *old = what;
    return true;
}

object operation(std::string_view op, std::string path, value what) {
    return {{"op", op}, {"path", std::move(path)}, {"value", std::move(what)}};
}

} // namespace

std::string read_pointer_token(std::string_view token) {
    std::string out;
    for (std::size_t i = 0; i < token.size(); ++i) {
        bool const escaped = token[i] == '~' && i + 1 < token.size();
        out += !escaped ? token[i] : token[++i] == '1' ? '/' : '~';
    }
    return out;
}

std::string pointer_token(std::string_view name) {
    std::string out;
    for (char const c : name)
        out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
}

object patch_add(std::string path, value what) {
    return operation("add", std::move(path), std::move(what));
}

object patch_replace(std::string path, value what) {
    return operation("replace", std::move(path), std::move(what));
}

result<value> apply_patch(value document, array const& patch) {
    for (auto const& each : patch) {
        auto const* one = each.if_object();
        auto const op = one != nullptr ? find_string(*one, "op") : std::nullopt;
        auto const path = one != nullptr ? find_string(*one, "path") : std::nullopt;
        auto const* what = one != nullptr ? one->if_contains("value") : nullptr;
        bool const known = op == "add" || op == "replace";
        if (!known || !path || what == nullptr || (!path->empty() && !path->starts_with('/')))
            return fail(errc::field_mistyped,
                        "an operation is `add` or `replace` with `path` and `value`");
        if (!apply(document, *op, *path, *what))
            return fail(errc::field_missing, "`" + std::string(*path) + "` leads nowhere");
    }
    return document;
}

} // namespace cogniot::json
