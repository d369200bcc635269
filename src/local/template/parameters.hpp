// A template's parameters with their defaults, and CloudFormation's pseudo parameters.
#pragma once

#include "local/template/source.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>

namespace cogniot::local {

struct stack_place {
    std::string account;
    std::string region;
    std::string stack_name;
};

/// CloudFormation's pseudo parameters in a stack.
boost::json::object pseudo_parameters(stack_place const&);

/// What a parameter is if nobody says otherwise: its `Default`, as its type says.
/// @errors parameter_without_value (no Default), parameter_not_allowed (AllowedValues)
result<boost::json::value> read_default(boost::json::object const& parameter,
                                        std::string const& path, template_source const&);

/// Every name that Ref may use besides resources. @errors as read_default; not_a_template
result<boost::json::object> read_parameters(template_source const&, stack_place const&);

} // namespace cogniot::local
