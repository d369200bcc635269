// A template as read: YAML or JSON text to one JSON value, with the place of every member.
//
// Short tags become their long form (`!Sub x` -> {"Fn::Sub": "x"}), so that everything after this
// sees one spelling. @source AWS CloudFormation user guide, "Intrinsic function reference".
#pragma once

#include "base/result.hpp"
#include "json/place.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::local {

struct template_source {
    std::string file;
    boost::json::object root;
    /// Where each member begins: `Resources.Pool.Properties.Policies[0]`.
    std::map<std::string, json::place, std::less<>> places;

    /// Of the member, or of the nearest one above it whose place is known; nothing for an unknown
    /// path.
    std::optional<json::place> find_place(std::string_view path) const;
    /// `template.yaml:12: Resources.Pool.Properties`, by find_place().
    std::string place(std::string_view path) const;
};

/// Also for other YAML files that people write, if their top level is a map.
/// At most 1 MB of text and 100,000 nodes (aliases counted each time they are used).
/// @errors not_readable with file, line, column: no YAML or JSON, no object, a key given twice,
/// more than one YAML document
result<template_source> read_template(std::string_view file_name, std::string_view text);

/// The path of a member of `parent`.
std::string member_path(std::string_view parent, std::string_view key);
std::string element_path(std::string_view parent, std::size_t index);

} // namespace cogniot::local
