// The operations of CloudWatch Logs, one function each; groups are in the files named here.
// @source CloudWatch Logs API reference (2014-03-28); spec cognito-iam-sigv4 7.4
#pragma once

#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

namespace cogniot::cloud::logs {

// groups.cpp
outcome<boost::json::object> describe_log_groups(call&, boost::json::object const&);
outcome<boost::json::object> describe_log_streams(call&, boost::json::object const&);

// events.cpp
outcome<boost::json::object> filter_log_events(call&, boost::json::object const&);
outcome<boost::json::object> get_log_events(call&, boost::json::object const&);

} // namespace cogniot::cloud::logs
