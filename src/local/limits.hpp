// `--limits FILE`: AWS IoT's limits, set otherwise, so that a test can lower them, and those that
// have to be asked for.
// @source AWS General Reference, "AWS IoT Core message broker and protocol limits and quotas"
#pragma once

#include "base/result.hpp"
#include "broker/profile.hpp"

#include <filesystem>
#include <string_view>

namespace cogniot::local {

enum class limits_errc { unknown_limit = 1, not_a_count };
std::string_view describe(limits_errc);
error_code make_error_code(limits_errc);

/// AWS's profile with what a JSON object says, e.g. `{"publishes_per_second": 100}`. Its names are
/// those of broker::profile's members that count something: docs/local.md.
/// @errors json::errc; limits_errc with the name and what is known or possible
result<broker::profile> parse_limits(std::string_view text);
/// @errors the same with the path in front; the system's
result<broker::profile> read_limits(std::filesystem::path const&);

} // namespace cogniot::local
