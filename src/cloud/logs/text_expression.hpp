// The regular expressions of CloudWatch Logs filter patterns, `%…%`: a small language without
// groups, so that a text is read once, whatever the expression.
//
// Letters, digits and `: _ # = @ / ; , -` stand for themselves, `\` makes any other sign do so;
// `^ $ . [a-z] ? * + {m,n} |` and `\d \D \s \S \w \W \xhh` are as everywhere. Parentheses and
// characters beyond ASCII are refused, as AWS does. `[^…]` is taken (unconfirmed).
// @source CloudWatch Logs user guide, "Supported regular expressions (regex) syntax"
#pragma once

#include "base/result.hpp"

#include <bitset>
#include <string_view>
#include <vector>

namespace cogniot::cloud::logs {

class text_expression {
  public:
    /// @param text  what stands between the percent signs
    /// @errors pattern_errc::not_an_expression with where
    static result<text_expression> parse(std::string_view text);

    /// Whether it is found anywhere in the text; its cost is at most the product of both lengths.
    bool is_in(std::string_view text) const;

    /// ASCII by code, and one for every character beyond it.
    static constexpr std::size_t beyond_ascii = 128;
    using characters = std::bitset<beyond_ascii + 1>;

    struct item {
        enum class type { one_of, begin, end } what = type::one_of;
        characters set{};
        bool can_be_left_out = false;
        bool can_repeat = false;
    };
    using sequence = std::vector<item>;

  private:
    std::vector<sequence> alternatives_;
};

} // namespace cogniot::cloud::logs
