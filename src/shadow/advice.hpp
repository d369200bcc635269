// What a refused shadow request means and what to do about it: the `explanation` of log lines, for
// people. AWS's own text stands beside it. @source AWS IoT developer guide, "Device Shadow error
// messages"; spec device-shadow 2.4, 2.5
#pragma once

#include <string_view>

namespace cogniot::shadow::advice {

/// @param message  AWS's text of a refusal
/// @return empty for a text that is none of these
std::string_view explain(std::string_view message);

} // namespace cogniot::shadow::advice
