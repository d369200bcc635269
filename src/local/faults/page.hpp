// `/_cogniot/faults`: the rules of fault injection, listed, added, replaced and removed.
#pragma once

#include "base/utc_time.hpp"
#include "local/faults/plan.hpp"
#include "net/http.hpp"

#include <optional>

namespace cogniot::local {

/// Nothing for other paths. `is_changed` says whether the plan is another one afterwards.
///   GET                     lists
///   POST                    adds: one rule, `{"faults":[…]}`, or a rule in words
///   PUT                     the same, after all others were removed
///   DELETE …/NAME, DELETE   remove one, or all
/// Each answers the list as it is then. A request with an Origin header other than a GET comes
/// from a web page and is refused.
struct faults_answer {
    net::http_response response;
    bool is_changed = false;
};
std::optional<faults_answer> answer_faults(fault_plan&, net::http_request const&, utc_time now);

} // namespace cogniot::local
