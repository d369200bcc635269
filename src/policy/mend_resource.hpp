// A resource that nearly names what was asked for, mended the way people get it wrong: another
// region or account, `topic/` where `topicfilter/` is due, no `client/`, a variable that has no
// value here, MQTT's wildcards in place of a policy's.
#pragma once

#include "policy/decide.hpp"
#include "policy/put_back.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cogniot::policy {

/// Ways to write `written` anew, fewest repairs first. They need not match: the caller tries them.
/// None of them is a wildcard alone behind its type (`topic/*`): something narrower works there.
std::vector<std::string> mend_resource(std::string_view written, request const& asked, vocabulary);

} // namespace cogniot::policy
