#include "local/template/errors.hpp"

#include "base/error_category.hpp"

namespace cogniot::local {

std::string_view describe(template_errc e) {
    switch (e) {
    case template_errc::not_readable:
        return "unusable as YAML or JSON";
    case template_errc::file_not_readable:
        return "a template cannot be read";
    case template_errc::not_a_template:
        return "not a CloudFormation template";
    case template_errc::parameter_without_value:
        return "parameter without a value";
    case template_errc::parameter_not_allowed:
        return "parameter value not allowed";
    case template_errc::function_not_supported:
        return "intrinsic function not supported";
    case template_errc::function_mistyped:
        return "intrinsic function with wrong arguments";
    case template_errc::reference_unknown:
        return "reference to something that does not exist";
    case template_errc::attribute_unknown:
        return "attribute that the resource does not have";
    case template_errc::references_circular:
        return "resources that need each other";
    case template_errc::property_unknown:
        return "unknown property";
    case template_errc::property_mistyped:
        return "property of the wrong type";
    case template_errc::property_missing:
        return "property missing";
    case template_errc::property_fixed:
        return "property that cannot be changed";
    case template_errc::resource_refused:
        return "resource refused";
    }
    return "unknown template error";
}

error_code make_error_code(template_errc e) {
    return enum_code("template", e);
}

} // namespace cogniot::local
