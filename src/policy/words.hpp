// How statements and requests are named in sentences.
#pragma once

#include "policy/decide.hpp"

#include <span>
#include <string>
#include <string_view>

namespace cogniot::policy {

/// In backticks, control bytes escaped, at most 300 bytes of it.
std::string quoted(std::string_view text);
/// `statement 2 (line 8) of role policy ArticlePolicy`
std::string name_statement(statement_trace const&, std::span<named_document const>);

/// `it names iot:Publish, but for `…`: topic level 2 is `a` in the request and `b` in the policy`
std::string words_of_miss(miss const&, request const&);

} // namespace cogniot::policy
