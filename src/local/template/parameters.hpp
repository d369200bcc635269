// A template's parameters with their defaults, and CloudFormation's pseudo parameters.
#pragma once

#include "local/template/source.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace cogniot::local {

struct stack_place {
    std::string account;
    std::string region;
    std::string stack_name;
};

/// Every name that Ref may use besides resources.
/// @errors parameter_without_value (no Default), parameter_not_allowed (AllowedValues)
result<boost::json::object> read_parameters(template_source const&, stack_place const&);

} // namespace cogniot::local
