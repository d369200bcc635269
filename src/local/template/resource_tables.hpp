// The tables behind find_resource_type(), and what their rows share.
#pragma once

#include "local/template/resource_type.hpp"

namespace cogniot::local {

std::span<resource_type const> cognito_resource_types();
std::span<resource_type const> iam_and_iot_resource_types();
std::span<resource_type const> device_resource_types();

/// The members of `from` that have one of these names.
boost::json::object copy_members(boost::json::object const& from,
                                 std::span<std::string_view const> names);

/// A text member, or empty.
std::string string_of(boost::json::object const& in, std::string_view member);

} // namespace cogniot::local
