#include "cloud/stored.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace cogniot::cloud {

namespace {
// A record was written by us; the bound only keeps a damaged file from eating memory.
constexpr json::limits stored_limits{.max_bytes = 16 << 20, .max_depth = 32};
} // namespace

result<stored_object> stored_object::parse(std::string_view kind, std::string_view key,
                                           std::string_view text) {
    std::string where = "record `" + std::string(kind) + "` `" + std::string(key) + "`";
    auto parsed = json::parse_object(text, stored_limits);
    if (!parsed)
        return error{parsed.error().code, where + ": " + parsed.error().detail};
    return stored_object(std::move(where), std::move(*parsed));
}

void stored_object::note(error e) {
    if (fault_)
        return;
    e.detail = where_ + ": " + e.detail;
    fault_ = std::move(e);
}

void stored_object::mistyped(std::string_view field) {
    bool const there = object_.contains(field);
    note(fail(there ? json::errc::field_mistyped : json::errc::field_missing,
              "field `" + std::string(field) + "`"));
}

std::string stored_object::text(std::string_view field) {
    auto const found = json::find_string(object_, field);
    if (!found)
        mistyped(field);
    return std::string(found.value_or(""));
}

std::string stored_object::text_if_any(std::string_view field) const {
    return std::string(json::find_string(object_, field).value_or(""));
}

std::int64_t stored_object::number(std::string_view field) {
    auto const found = json::find_integer(object_, field);
    if (!found)
        mistyped(field);
    return found.value_or(0);
}

utc_time stored_object::time(std::string_view field) {
    return utc_time(std::chrono::milliseconds(number(field)));
}

bool stored_object::flag(std::string_view field) {
    auto const found = json::find_bool(object_, field);
    if (!found)
        mistyped(field);
    return found.value_or(false);
}

std::vector<std::string> stored_object::texts(std::string_view field) {
    std::vector<std::string> out;
    auto const* const found = json::find_array(object_, field);
    if (!found)
        mistyped(field);
    else
        for (auto const& item : *found) {
            if (auto const* const s = item.if_string())
                out.emplace_back(*s);
            else
                mistyped(field);
        }
    return out;
}

std::map<std::string, std::string, std::less<>> stored_object::pairs(std::string_view field) {
    std::map<std::string, std::string, std::less<>> out;
    auto const* const found = json::find_object(object_, field);
    if (!found)
        mistyped(field);
    else
        for (auto const& [key, value] : *found) {
            if (auto const* const s = value.if_string())
                out.emplace(key, *s);
            else
                mistyped(field);
        }
    return out;
}

std::vector<stored_object> stored_object::objects(std::string_view field) {
    std::vector<stored_object> out;
    auto const* const found = json::find_array(object_, field);
    if (!found)
        mistyped(field);
    else
        for (auto const& item : *found) {
            if (auto const* const o = item.if_object())
                out.push_back(stored_object(where_ + " `" + std::string(field) + "`", *o));
            else
                mistyped(field);
        }
    return out;
}

std::optional<policy::document> stored_object::document(std::string_view field, policy::kind what) {
    auto const source = text(field);
    if (fault_)
        return std::nullopt;
    auto parsed = policy::document::parse(source, what);
    if (!parsed) {
        note(parsed.error());
        return std::nullopt;
    }
    return *parsed;
}

std::int64_t stored_time(utc_time at) {
    return at.time_since_epoch().count();
}

json::array stored_texts(std::vector<std::string> const& texts) {
    json::array out;
    for (auto const& t : texts)
        out.emplace_back(t);
    return out;
}

} // namespace cogniot::cloud
