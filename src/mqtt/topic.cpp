#include "mqtt/topic.hpp"

#include "base/text.hpp"
#include "mqtt/codec.hpp"
#include "mqtt/wire.hpp"

#include <algorithm>
#include <string>

namespace cogniot::mqtt {
namespace {

bool has_prefix(std::string_view text, std::string_view lower_case_prefix) {
    return text.size() >= lower_case_prefix.size() &&
           equals_ignoring_case(text.substr(0, lower_case_prefix.size()), lower_case_prefix);
}

/// What counts for the limits: without `$aws/rules/<rule>/`, if that is free.
std::string_view counted_part(std::string_view topic, topic_limits const& limits) {
    constexpr std::string_view basic_ingest = "$aws/rules/";
    if (!limits.basic_ingest_is_free || !has_prefix(topic, basic_ingest))
        return topic;
    auto const end = topic.find('/', basic_ingest.size());
    return end == std::string_view::npos ? std::string_view{} : topic.substr(end + 1);
}

result<void> check_limits(std::string_view topic, topic_limits const& limits) {
    auto const counted = counted_part(topic, limits);
    if (counted.size() > limits.max_bytes)
        return fail(errc::topic_too_long, "topic of " + std::to_string(counted.size()) +
                                              " bytes, at most " +
                                              std::to_string(limits.max_bytes));
    if (limits.max_slashes >= counted.size())
        return {};
    auto const slashes = static_cast<std::size_t>(std::count(counted.begin(), counted.end(), '/'));
    if (slashes > limits.max_slashes)
        return fail(errc::topic_too_deep, "topic `" + printable(topic) + "` has " +
                                              std::to_string(slashes) + " slashes, at most " +
                                              std::to_string(limits.max_slashes));
    return {};
}

result<void> check_text(std::string_view topic) {
    if (topic.empty())
        return fail(errc::topic_empty, "a topic has at least one character [MQTT-4.7.3-1]");
    if (topic.size() > 65535)
        return fail(errc::string_too_long, "a topic has at most 65535 bytes [MQTT-4.7.3-3]");
    if (!is_text(topic))
        return fail(errc::not_utf8, "topic `" + printable(topic) +
                                        "` is not UTF-8 or holds U+0000 [MQTT-1.5.3-1] "
                                        "[MQTT-4.7.3-2]");
    return {};
}

/// `+` and `#` must be a whole level, `#` the last one.
char const* misplaced_wildcard(std::string_view filter) {
    for (std::size_t at = filter.find_first_of("+#"); at != std::string_view::npos;
         at = filter.find_first_of("+#", at + 1)) {
        bool const starts = at == 0 || filter[at - 1] == '/';
        bool const ends = at + 1 == filter.size() || filter[at + 1] == '/';
        if (filter[at] == '+' && !(starts && ends))
            return "`+` must be a level of its own [MQTT-4.7.1-3]";
        if (filter[at] == '#' && !(starts && at + 1 == filter.size()))
            return "`#` must be the last level and alone in it [MQTT-4.7.1-2]";
    }
    return nullptr;
}

} // namespace

result<void> check_topic(std::string_view topic, topic_limits limits) {
    if (auto const text = check_text(topic); !text)
        return text;
    bool const has_wildcard =
        std::any_of(topic.begin(), topic.end(), [](char c) { return c == '+' || c == '#'; });
    if (has_wildcard)
        return fail(errc::topic_has_wildcard, "topic `" + printable(topic) +
                                                  "` holds a wildcard; only a subscription may "
                                                  "[MQTT-3.3.2-2]");
    return check_limits(topic, limits);
}

result<void> check_filter(std::string_view filter, topic_limits limits) {
    if (auto const text = check_text(filter); !text)
        return text;
    auto const shared = split_shared(filter);
    auto const wrong = [&](char const* why) {
        return fail(errc::filter_malformed, "filter `" + printable(filter) + "`: " + why);
    };
    if (filter == "$share" || filter.starts_with("$share/")) {
        if (shared.name.empty() || shared.name.find_first_of("+#") != std::string_view::npos)
            return wrong("a share name has at least one character and no wildcard [MQTT-4.8.2-1]");
        if (shared.filter.empty())
            return wrong("a share name is followed by `/` and a filter [MQTT-4.8.2-2]");
    }
    if (auto const* why = misplaced_wildcard(shared.filter))
        return wrong(why);
    return check_limits(shared.filter, limits);
}

shared_filter split_shared(std::string_view filter) {
    constexpr std::string_view prefix = "$share/";
    if (!filter.starts_with(prefix))
        return {.name = {}, .filter = filter};
    auto const rest = filter.substr(prefix.size());
    auto const slash = rest.find('/');
    if (slash == std::string_view::npos)
        return {.name = rest, .filter = {}};
    return {.name = rest.substr(0, slash), .filter = rest.substr(slash + 1)};
}

bool matches(std::string_view filter, std::string_view topic, parent_rule parent) {
    if (topic.starts_with('$') && (filter.starts_with('+') || filter.starts_with('#')))
        return false; // [MQTT-4.7.2-1]
    for (;;) {
        if (filter == "#")
            return true;
        auto const f = std::min(filter.find('/'), filter.size());
        auto const t = std::min(topic.find('/'), topic.size());
        auto const level = filter.substr(0, f);
        if (level != "+" && level != topic.substr(0, t))
            return false;
        bool const filter_ends = f == filter.size();
        bool const topic_ends = t == topic.size();
        if (topic_ends)
            return filter_ends || (parent == parent_rule::hash_matches_parent &&
                                   filter.substr(f) == "/#"); // [MQTT-4.7.1-2]
        if (filter_ends)
            return false;
        filter.remove_prefix(f + 1);
        topic.remove_prefix(t + 1);
    }
}

} // namespace cogniot::mqtt
