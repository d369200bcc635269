#include "identity/attributes.hpp"

#include "base/ascii.hpp"
#include "base/number.hpp"
#include "identity/characters.hpp"

#include <algorithm>
#include <cstddef>

namespace cogniot::identity {

namespace {

std::optional<std::string> find_length_misfit(schema_attribute const& row, std::string_view value) {
    auto const length = count_characters(value);
    if (row.min_length) {
        auto const least = parse_number<std::size_t>(*row.min_length);
        if (least && length < *least)
            return "String must be at least " + *row.min_length + " characters long";
    }
    if (row.max_length) {
        auto const most = parse_number<std::size_t>(*row.max_length);
        if (most && length > *most)
            return "String must not be longer than " + *row.max_length + " characters";
    }
    return {};
}

std::optional<std::string> find_number_misfit(schema_attribute const& row, std::string_view value) {
    auto const number = parse_number<double>(value);
    if (!number)
        return "Value must be a number";
    if (row.min_value) {
        auto const least = parse_number<double>(*row.min_value);
        if (least && *number < *least)
            return "Number must not be less than " + *row.min_value;
    }
    if (row.max_value) {
        auto const most = parse_number<double>(*row.max_value);
        if (most && *number > *most)
            return "Number must not be greater than " + *row.max_value;
    }
    return {};
}

} // namespace

std::string_view print(attribute_type type) {
    switch (type) {
    case attribute_type::string:
        return "String";
    case attribute_type::number:
        return "Number";
    case attribute_type::date_time:
        return "DateTime";
    case attribute_type::boolean:
        return "Boolean";
    }
    return "String";
}

std::optional<attribute_type> parse_attribute_type(std::string_view text) {
    for (auto const type : {attribute_type::string, attribute_type::number,
                            attribute_type::date_time, attribute_type::boolean})
        if (print(type) == text)
            return type;
    return {};
}

std::vector<schema_attribute> standard_attributes() {
    auto const text = [](std::string name) {
        return schema_attribute{.name = std::move(name), .min_length = "0", .max_length = "2048"};
    };
    auto const flag = [](std::string name) {
        return schema_attribute{.name = std::move(name), .type = attribute_type::boolean};
    };
    std::vector<schema_attribute> rows;
    rows.push_back({.name = "sub",
                    .is_mutable = false,
                    .is_required = true,
                    .min_length = "1",
                    .max_length = "2048"});
    for (auto const* name : {"name", "given_name", "family_name", "middle_name", "nickname",
                             "preferred_username", "profile", "picture", "website", "email"})
        rows.push_back(text(name));
    rows.push_back(flag("email_verified"));
    rows.push_back(text("gender"));
    rows.push_back({.name = "birthdate", .min_length = "10", .max_length = "10"});
    for (auto const* name : {"zoneinfo", "locale", "phone_number"})
        rows.push_back(text(name));
    rows.push_back(flag("phone_number_verified"));
    rows.push_back(text("address"));
    rows.push_back({.name = "updated_at", .type = attribute_type::number, .min_value = "0"});
    rows.push_back({.name = "identities"});
    return rows;
}

schema_attribute const* find_attribute(std::vector<schema_attribute> const& schema,
                                       std::string_view name) {
    auto const found = std::find_if(schema.begin(), schema.end(),
                                    [&](schema_attribute const& row) { return row.name == name; });
    return found == schema.end() ? nullptr : &*found;
}

std::optional<std::string> find_misfit(schema_attribute const& row, std::string_view value) {
    switch (row.type) {
    case attribute_type::string:
    case attribute_type::date_time:
        return find_length_misfit(row, value);
    case attribute_type::number:
        return find_number_misfit(row, value);
    case attribute_type::boolean:
        if (value != "true" && value != "false")
            return "Value must be true or false";
        return {};
    }
    return {};
}

bool is_phone_number(std::string_view text) {
    return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
           std::all_of(text.begin() + 1, text.end(), &is_digit);
}

bool is_email(std::string_view text) {
    auto const at = text.find('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

} // namespace cogniot::identity
