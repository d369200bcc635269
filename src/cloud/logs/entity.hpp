// What the operations of CloudWatch Logs share: forms of names, ARNs, errors, which group is meant.
// @source CloudWatch Logs API reference; spec cognito-iam-sigv4 7.4
#pragma once

#include "cloud/input.hpp"
#include "cloud/logs/state.hpp"
#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace cogniot::cloud::logs {

/// What constraint violations are called here.
inline constexpr std::string_view validation_error = "InvalidParameterException";

extern text_rule const group_name_rule;  // [\.\-_/#A-Za-z0-9]+, 1 to 512
extern text_rule const stream_name_rule; // [^:*]*, 1 to 512
extern text_rule const token_rule;       // 1 to 4096

/// [.\-_/#A-Za-z0-9]+; its length is not looked at.
bool is_group_name(std::string_view);

api_error invalid_parameter(std::string message);
api_error no_such_group();
api_error no_such_stream();

/// Since 1970: how CloudWatch Logs writes times.
std::int64_t milliseconds(utc_time);

/// `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`
std::string group_arn(call const&, std::string_view name);
/// What IAM is asked about: `…:log-group:NAME:log-stream:STREAM`, each empty if not named.
std::string stream_resource(call const&, boost::json::object const& input);
std::string every_group_resource(call const&, boost::json::object const& input);

/// The name behind `logGroupName` or `logGroupIdentifier` (a name or an ARN of this account and
/// region), which must be of a group that is there. Violations of form are noted in the reader and
/// come first.
outcome<std::string> read_group(call const&, input_reader&);

} // namespace cogniot::cloud::logs
