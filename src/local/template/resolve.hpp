// Intrinsic functions: Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::Select, Fn::Split. Pure.
#pragma once

#include "local/template/source.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace cogniot::local {

/// What names stand for while a value is resolved.
struct name_scope {
    /// Parameters, pseudo parameters and resources; nothing if there is no such name.
    std::function<std::optional<boost::json::value>(std::string_view name)> ref;
    /// `Pool`, `Arn`; nothing if the resource or the attribute is unknown.
    std::function<std::optional<boost::json::value>(std::string_view resource,
                                                    std::string_view attribute)>
        attribute;
};

/// The value with every intrinsic function replaced. Members whose value is AWS::NoValue vanish.
/// @errors function_not_supported, function_mistyped, reference_unknown, attribute_unknown, each
///         with the place in the template
result<boost::json::value> resolve(boost::json::value const& what, std::string const& path,
                                   template_source const& source, name_scope const& names);

/// Every name that `what` refers to, resources and parameters alike.
void collect_references(boost::json::value const& what, std::set<std::string>& into);

/// What Ref to AWS::NoValue gives; resolve() drops the member that holds it.
boost::json::value no_value();

} // namespace cogniot::local
