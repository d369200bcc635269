// The rules of IAM and AWS IoT policies once more, slow and plain, to check the engine against.
// Shares no code with src/policy. Takes documents that are known to be well formed.
// @source IAM user guide: "Policy evaluation logic", "Condition operators", "Policy variables"
#pragma once

#include <boost/json/fwd.hpp>

#include <string>

namespace cogniot::test {

/// @param line  an object as `cogniot policy evaluate` takes it; policies are objects
/// @return `allow`, `implicit_deny` or `explicit_deny`
std::string decide_slowly(boost::json::object const& line);

} // namespace cogniot::test
