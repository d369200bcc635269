// JUnit XML, as CI systems read test results.
#pragma once

#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cogniot::cli {

struct junit_case {
    std::string name{};
    /// `tests.yaml:12`
    std::string place{};
    /// Nothing if it passed; else why not, in one line and at length.
    std::optional<std::string> failure{};
    /// Of one that passed: what is to be said of it all the same.
    std::string details{};
};

/// One suite. Characters that XML does not know become `?`.
void print_junit(std::ostream&, std::string_view suite, std::span<junit_case const>);

} // namespace cogniot::cli
