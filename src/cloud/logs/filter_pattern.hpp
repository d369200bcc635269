// CloudWatch Logs filter patterns: terms (`ERROR -Ping "two words" ?a ?b`), JSON expressions
// (`{ $.status = "Failure" && $.topicName = "a/*" }`) and one regular expression (`%[Ee]rror%`).
//
// Terms match whole words; whether AWS finds them within a word, too, is unconfirmed.
// Space-delimited patterns (`[a, b]`) are refused by name: all that is logged here are lines of
// JSON.
// @source CloudWatch Logs user guide, "Filter pattern syntax"
#pragma once

#include "base/result.hpp"
#include "cloud/logs/json_pattern.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cogniot::cloud::logs {

class filter_pattern {
  public:
    /// Blank text matches everything. @errors pattern_errc with where and what
    static result<filter_pattern> parse(std::string_view text);
    /// A message that is no JSON object never matches a JSON expression.
    bool matches(std::string_view message) const;

  private:
    struct terms {
        std::vector<std::string> all;
        std::vector<std::string> any;
        std::vector<std::string> none;
    };
    static result<terms> parse_terms(std::string_view text);

    std::variant<terms, json_pattern, text_expression> what_;
};

} // namespace cogniot::cloud::logs
