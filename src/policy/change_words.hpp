// What a change would allow beyond the request it is made for, and what a Deny in its way means.
#pragma once

#include "policy/compiled.hpp"
#include "policy/smallest_change.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::policy {

/// How a resource as a policy writes it, its variables replaced by the request's values, stands to
/// what is asked for.
struct resource_standing {
    bool matches = false;
    /// And nothing else.
    bool exact = false;
};
resource_standing find_standing(std::string_view written, request const& asked, kind);

/// The clauses of change::also.
std::vector<std::string> words_beyond(std::span<grant const>, request const& asked,
                                      std::span<named_document const> before);

/// `statement 3 (line 12) of X says Deny for … through `…`: …`
std::string words_of_deny(statement_trace const&, std::span<named_document const>,
                          request const& asked);

/// `statement 2 (line 8) of X would allow this if StringEquals on `aws:SourceIp` held`; empty if no
/// Allow fails by a condition alone.
std::string words_of_condition(explanation const&, std::span<named_document const>);

} // namespace cogniot::policy
