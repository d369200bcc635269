// One line of `cogniot policy evaluate`: a request with its policies in, a decision with its
// reasons out, both JSON. Pure; what the command, the vectors and the fuzzer share.
#pragma once

#include "policy/document.hpp"

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cogniot::policy {

/// Longest line that is read: a line of ten megabytes is a mistake, but gets its answer.
inline constexpr std::size_t max_line_bytes = 16u << 20;
/// Longest action and resource of a request; AWS takes 128 and 2,048.
inline constexpr std::size_t max_request_text_bytes = 65'536;

/// Documents that were compiled before, by kind and text: requests of one file mostly share them.
class document_cache {
  public:
    /// As document::parse; faults are not kept.
    result<document> parse(std::string_view text, kind, complaint* why);

  private:
    /// Beyond this many bytes of text all are forgotten; nothing cleverer has paid.
    static constexpr std::size_t max_bytes = 4u << 20;
    std::unordered_map<std::string, document> known_;
    std::size_t bytes_ = 0;
};

/// Answers `{"policies":[…],"action":…,"resource":…,"context":{…}}`.
///
/// `policies` are objects or texts; `context` (may be absent) maps keys to text, number, true,
/// false or a list of these, which makes a key multi-valued; binary values are base64. `kind` (may
/// be absent: `what`) is `any`, `role`, `managed`, `session`, `trust` or `iot`; `principal` (trust
/// policies only) is `{"Federated": "cognito-identity.amazonaws.com"}`. Other members are ignored,
/// unless one is but a letter away from these.
/// @return `{"decision":…,"because":{…},"words":…,"statements":[…]}`, or `{"error":…}` with
///         `policy`, `line` and `column` where a policy is at fault. Never both.
boost::json::object evaluate_line(std::string_view line, kind what, document_cache&);

/// `any`, `role`, `managed`, `session`, `trust`, `iot`; nothing for other words.
std::optional<kind> find_kind(std::string_view word);

} // namespace cogniot::policy
