// A template as read: YAML or JSON text to one JSON value, with the line of every member.
//
// Short tags become their long form (`!Sub x` -> {"Fn::Sub": "x"}), so that everything after this
// sees one spelling. @source AWS CloudFormation user guide, "Intrinsic function reference".
#pragma once

#include "base/result.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace cogniot::local {

struct template_source {
    std::string file;
    boost::json::object root;
    /// Line, from 1, of each member: `Resources.Pool.Properties.Policies[0]`.
    std::map<std::string, std::size_t, std::less<>> lines;

    /// `template.yaml:12: Resources.Pool.Properties`: the member, or the nearest one above it whose
    /// line is known.
    std::string place(std::string_view path) const;
};

/// At most 1 MB of text and 100,000 nodes (aliases counted each time they are used).
/// @errors not_readable with file, line, column; not_a_template (no object, a key given twice)
result<template_source> read_template(std::string_view file_name, std::string_view text);

/// The path of a member of `parent`.
std::string member_path(std::string_view parent, std::string_view key);
std::string element_path(std::string_view parent, std::size_t index);

} // namespace cogniot::local
