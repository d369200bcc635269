// Which context keys the documents ask for and the request does not have: what AWS's simulations
// answer as MissingContextValues. @source IAM API reference, EvaluationResult; AWS IoT API
// reference, AuthResult
#pragma once

#include "policy/decide.hpp"

#include <span>
#include <string>
#include <vector>

namespace cogniot::policy {

/// Keys of conditions and variables without default, as written, none twice, in the order of the
/// documents. Statements about other actions ask for nothing (unconfirmed on AWS).
std::vector<std::string> find_missing_keys(std::span<named_document const>, request const&);

} // namespace cogniot::policy
