// `/_cogniot/clock`: what time it is in the local cloud, and moving it, so that an hour's expiry
// or a day's limit is a test of two seconds.
#pragma once

#include "local/clock.hpp"
#include "net/http.hpp"

#include <optional>

namespace cogniot::local {

/// Answers GET (`{"now":…,"offset_seconds":…}`) and POST `?advance=61m`, `?advance=-61m`,
/// `?to=2026-01-02T03:04:05Z` or `?offset=3600` (the same, afterwards); nothing for other paths.
/// A POST with an Origin header comes from a web page and is refused: pages of strangers must not
/// turn the clock.
std::optional<net::http_response> answer_clock(clock&, net::http_request const&);

} // namespace cogniot::local
