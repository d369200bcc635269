// How statements and requests are named in sentences.
#pragma once

#include "policy/decide.hpp"

#include <span>
#include <string>
#include <string_view>

namespace cogniot::policy {

struct pattern;

/// In backticks, control bytes escaped, at most 300 bytes of it.
std::string quoted(std::string_view text);
/// `statement 2 (line 8) of role policy ArticlePolicy`
std::string name_statement(statement_trace const&, std::span<named_document const>);

/// `it names iot:Publish, but for `…`: topic level 2 is `a` in the request and `b` in the policy`
/// @param t  a statement that did not match
std::string words_of_miss(statement_trace const& t, std::span<named_document const>,
                          request const&);
/// `because its condition StringNotEquals on `iot:ClientId` holds: the policy says `a`, the request
/// has `b``; empty for a statement without conditions.
std::string words_of_held(statement_trace const&, std::span<named_document const>, request const&);
/// The resource by which a statement matched; null if by NotResource.
/// @param t  a statement that matched
pattern const* find_matched_resource(statement_trace const& t, std::span<named_document const>,
                                     request const&);
/// ` for exactly this resource`, ` through `…topic/*``, or for every one that NotResource leaves.
/// @param t  a statement that matched
std::string words_of_reach(statement_trace const&, std::span<named_document const>, request const&);
/// ` for every action but `iot:Connect``; empty for a statement that names actions.
std::string words_of_not_action(statement_trace const&, std::span<named_document const>);

/// print_json() with the conditions of each statement that matched and the request's values.
boost::json::object print_json(explanation const&, std::span<named_document const>, request const&);

} // namespace cogniot::policy
