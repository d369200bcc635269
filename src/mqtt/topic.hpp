// Topic names, topic filters and how they match. Pure.
//
// A topic filter may hold `+` (one level) and `#` (the rest). @source MQTT 3.1.1 section 4.7.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string_view>

namespace cogniot::mqtt {

/// How much a topic may be. The standard's bounds by default; AWS IoT's are 256 bytes and seven
/// `/`.
struct topic_limits {
    std::size_t max_bytes = 65535;
    std::size_t max_slashes = 65535;
    /// `$aws/rules/<rule>/` in front does not count, neither its bytes nor its slashes.
    bool basic_ingest_is_free = false;
};
inline constexpr topic_limits aws_topic_limits{256, 7, true};

/// A name to publish to: not empty, UTF-8 without NUL, no wildcard, within the limits.
/// @errors topic_empty, string_too_long, not_utf8, topic_has_wildcard, topic_too_long,
/// topic_too_deep
result<void> check_topic(std::string_view topic, topic_limits = {});

/// A filter to subscribe to, `$share/<name>/<filter>` included: `+` and `#` alone in their level,
/// `#` last. `$share/<name>/` does not count for the limits.
/// @errors topic_empty, string_too_long, not_utf8, filter_malformed, topic_too_long, topic_too_deep
result<void> check_filter(std::string_view filter, topic_limits = {});

/// `$share/<name>/<filter>` taken apart; name is empty for an ordinary filter.
struct shared_filter {
    std::string_view name;
    std::string_view filter;
};
shared_filter split_shared(std::string_view filter);

/// Whether `a/#` matches `a` itself: the standard says yes [MQTT-4.7.1-2], AWS IoT says no.
enum class parent_rule { hash_matches_parent, hash_below_parent_only };

/// Whether a valid filter (without $share) matches a valid topic. A filter that starts with a
/// wildcard never matches a topic that starts with `$` [MQTT-4.7.2-1].
bool matches(std::string_view filter, std::string_view topic,
             parent_rule = parent_rule::hash_matches_parent);

} // namespace cogniot::mqtt
