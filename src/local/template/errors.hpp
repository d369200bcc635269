// What can be wrong with a CloudFormation template.
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace cogniot::local {

enum class template_errc {
    /// Of any YAML file that people write (source.hpp).
    not_readable = 1,
    file_not_readable,
    not_a_template,
    parameter_without_value,
    parameter_not_allowed,
    function_not_supported,
    function_mistyped,
    reference_unknown,
    attribute_unknown,
    references_circular,
    property_unknown,
    property_mistyped,
    property_missing,
    property_fixed,
    resource_refused,
};
std::string_view describe(template_errc);
error_code make_error_code(template_errc);

} // namespace cogniot::local
