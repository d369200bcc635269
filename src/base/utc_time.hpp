// Instants in UTC with millisecond resolution, and the four ways AWS writes them.
//
// There is no clock here: `now` is an argument wherever it matters, so that a local cloud can turn
// its clock and a test can stand still.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot {

/// An instant, UTC, in milliseconds since 1970.
using utc_time = std::chrono::sys_time<std::chrono::milliseconds>;

/// Whole seconds since 1970.
std::int64_t epoch_seconds(utc_time at);

/// `20260102T030405Z`: SigV4's X-Amz-Date.
std::string print_basic(utc_time at);
/// `2026-01-02T03:04:05Z`: STS, IAM, credential_process.
std::string print_extended(utc_time at);
/// `2026-01-02 03:04:05.678`: the timestamp field of AWSIotLogsV2.
std::string print_log(utc_time at);
/// `Fri, 02 Jan 2026 03:04:05 GMT`: the HTTP Date header (RFC 9110, IMF-fixdate).
std::string print_http(utc_time at);

/// Reads `20260102T030405Z`; nothing else.
std::optional<utc_time> parse_basic(std::string_view text);
/// Reads ISO 8601 as people write it: `2026-01-02T03:04:05Z`, with fraction, with `+09:00`, or a
/// date alone.
std::optional<utc_time> parse_extended(std::string_view text);
/// Reads an IMF-fixdate.
std::optional<utc_time> parse_http(std::string_view text);

} // namespace cogniot
