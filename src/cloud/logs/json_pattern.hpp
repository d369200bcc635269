// The JSON form of CloudWatch Logs filter patterns: `{ ($.a.b = "x*" || $.n[0] > 1e3) && $.c IS
// NULL }`.
//
// A comparison holds for a field that is there and is a text or a number; one that is missing, an
// object, an array or null makes it false, `!=` too. `*` in a text stands for any characters;
// `= %…%` and `!= %…%` look for a regular expression in it.
// @source CloudWatch Logs user guide, "Using filter patterns to match terms in JSON log events"
#pragma once

#include "base/result.hpp"
#include "cloud/logs/text_expression.hpp"

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cogniot::cloud::logs {

enum class pattern_errc {
    term_needs_quotes = 1,
    quote_not_closed,
    not_an_expression,
    expression_not_alone,
    too_many_expressions,
    no_delimited,
    not_a_selector,
    not_an_operator,
    not_a_value,
    number_expected,
    not_closed,
    too_many_wildcards,
};
std::string_view describe(pattern_errc);
error_code make_error_code(pattern_errc);

class json_pattern {
  public:
    /// @param text  with its braces. @errors pattern_errc with where and what
    static result<json_pattern> parse(std::string_view text);
    bool matches(std::string_view message) const;

    /// `.name` and `['name']`, `[2]`, and `.*` or `[*]`.
    struct every {};
    using step = std::variant<std::string, std::size_t, every>;
    enum class test { equal, not_equal, less, greater, at_most, at_least, is, not_exists };
    struct comparison {
        std::vector<step> selector{};
        test how = test::equal;
        std::string text{};
        /// Of an unquoted text that is one.
        std::optional<double> number{};
        std::optional<text_expression> expression{};
    };
    struct node {
        enum class type { compare, all, any } what = type::compare;
        comparison compared{};
        std::vector<node> parts{};
    };

  private:
    node root_{};
};

} // namespace cogniot::cloud::logs
