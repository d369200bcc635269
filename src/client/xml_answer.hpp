// Answers of the query services (IAM, STS), whose XML becomes the same JSON values that all other
// services answer with. Pure.
//
// @source AWS query protocol as botocore's parsers.py reads it: `<XResponse><XResult>…`, lists as
// `<member>` elements
#pragma once

#include "base/result.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::client {

/// An element with elements inside becomes an object, or an array if they are all `member`; any
/// other its text. Attributes and comments are dropped. Of elements of one name the last counts.
/// @return the root's inside under the root's name @errors answer_not_understood with the byte
result<boost::json::object> read_xml(std::string_view);

/// What stands in `<OPERATIONResult>`; empty for an operation without a result.
/// @errors answer_not_understood
result<boost::json::object> read_query_answer(std::string_view operation, std::string_view xml);

/// `Action=GetRole&Version=2010-05-08&RoleName=…`, in the order given; empty values are left out.
std::string make_query_body(std::string_view action, std::string_view version,
                            std::vector<std::pair<std::string, std::string>> const& fields);

} // namespace cogniot::client
