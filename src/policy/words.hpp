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

} // namespace cogniot::policy
