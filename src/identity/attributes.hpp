// User attributes: the standard ones, a pool's schema, and what a value must be.
// @source Cognito API reference, SchemaAttributeType; developer guide, "Working with user
// attributes"; OpenID Connect Core 1.0, section 5.1
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::identity {

enum class attribute_type { string, number, date_time, boolean };

/// `String`, `Number`, `DateTime`, `Boolean`.
std::string_view print(attribute_type);
std::optional<attribute_type> parse_attribute_type(std::string_view text);

/// One row of a pool's schema. Bounds are kept as the decimal text AWS carries them in.
struct schema_attribute {
    /// With its prefix: `email`, `custom:team`, `dev:custom:cost`.
    std::string name;
    attribute_type type = attribute_type::string;
    bool is_mutable = true;
    bool is_required = false;
    bool is_developer_only = false;
    std::optional<std::string> min_length{}; // String and DateTime
    std::optional<std::string> max_length{};
    std::optional<std::string> min_value{}; // Number
    std::optional<std::string> max_value{};
};

/// The attributes that every pool has, in the order in which AWS lists them.
std::vector<schema_attribute> standard_attributes();

/// The row named so, or nothing.
schema_attribute const* find_attribute(std::vector<schema_attribute> const&, std::string_view name);

/// Why the value does not fit the row, in AWS's words, or nothing if it does.
std::optional<std::string> find_misfit(schema_attribute const&, std::string_view value);

/// `+` and 7 to 15 digits (E.164).
bool is_phone_number(std::string_view text);
/// One `@` between two parts without white space.
bool is_email(std::string_view text);

} // namespace cogniot::identity
