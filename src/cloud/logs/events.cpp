// FilterLogEvents and GetLogEvents: pages of entries, in the order of their making.
#include "base/number.hpp"
#include "cloud/logs/entity.hpp"
#include "cloud/logs/filter_pattern.hpp"
#include "cloud/logs/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace cogniot::cloud::logs {

namespace {

/// @source API reference, GetLogEvents: as many as fit in 1 MB, up to 10,000
constexpr std::size_t most_events = 10'000;
constexpr std::size_t most_bytes = 1 << 20;
/// What PutLogEvents counts beside the message.
constexpr std::size_t event_overhead = 26;

constexpr integer_rule instant_rule{.min = 0};
constexpr integer_rule limit_rule{.min = 1, .max = most_events};

/// AWS's event IDs and tokens have 56 digits.
std::string print_56(std::uint64_t number) {
    auto const digits = std::to_string(number);
    return std::string(56 - digits.size(), '0') + digits;
}

std::optional<std::uint64_t> read_56(std::string_view text) {
    return text.size() == 56 ? parse_number<std::uint64_t>(text) : std::nullopt;
}

/// Which entries of the ring belong to the answer, whatever their message.
struct selection {
    std::string_view region;
    std::string_view group;
    std::int64_t from = 0;
    /// The first millisecond that does not belong to it.
    std::int64_t until = std::numeric_limits<std::int64_t>::max();

    bool has(entry const& one) const {
        auto const at = milliseconds(one.at());
        return one.region() == region && one.group() == group && at >= from && at < until;
    }
};

/// Counts until a page is full.
class page_size {
  public:
    explicit page_size(std::optional<std::int64_t> limit)
        : left_(static_cast<std::size_t>(limit.value_or(most_events))) {}
    /// Whether one more fits; the first always does.
    bool take(entry const& one) {
        auto const bytes = one.line().size() + event_overhead;
        if (left_ == 0 || (bytes_ != 0 && bytes_ + bytes > most_bytes))
            return false;
        --left_;
        bytes_ += bytes;
        return true;
    }

  private:
    std::size_t left_;
    std::size_t bytes_ = 0;
};

api_error wrong_token() {
    return invalid_parameter("The specified nextToken is invalid.");
}

} // namespace

outcome<json::object> filter_log_events(call& c, json::object const& input) {
    input_reader in(input);
    auto const streams = in.find_texts("logStreamNames", stream_name_rule, {.min = 1, .max = 100});
    auto const prefix = in.find_text("logStreamNamePrefix", stream_name_rule);
    auto const from = in.find_integer("startTime", instant_rule);
    auto const to = in.find_integer("endTime", instant_rule);
    auto const pattern_text = in.find_text("filterPattern", {.max = 1024});
    auto const limit = in.find_integer("limit", limit_rule);
    auto const token = in.find_text("nextToken", token_rule);
    in.find_flag("interleaved"); // AWS has interleaved always since 2019
    auto const group = read_group(c, in);
    if (!group)
        return group.error();
    if (streams && prefix)
        return invalid_parameter(
            "logStreamNamePrefix and logStreamNames are mutually exclusive parameters.");
    auto const& known = c.world.logs;
    if (streams && !std::ranges::all_of(*streams, [&](auto const& s) { return s == known.stream; }))
        return no_such_stream();
    auto const pattern = filter_pattern::parse(pattern_text.value_or(""));
    if (!pattern)
        return invalid_parameter("Invalid filter pattern: " + pattern.error().message());
    auto const after = token ? read_56(*token) : std::optional<std::uint64_t>(0);
    if (!after)
        return wrong_token();

    selection wanted{.region = c.region, .group = *group, .from = from.value_or(0)};
    if (to && *to < std::numeric_limits<std::int64_t>::max())
        wanted.until = *to + 1;
    json::object answer;
    json::array events;
    page_size size(limit);
    std::uint64_t last = *after;
    auto const& all = known.entries.all();
    bool const has_stream = !prefix || known.stream.starts_with(*prefix);
    for (auto i = known.entries.first_after(*after); has_stream && i < all.size(); ++i) {
        auto const& one = *all[i];
        if (!wanted.has(one) || !pattern->matches(one.line()))
            continue;
        if (!size.take(one)) {
            answer["nextToken"] = print_56(last);
            break;
        }
        last = one.number();
        events.push_back(json::object{{"logStreamName", known.stream},
                                      {"timestamp", milliseconds(one.at())},
                                      {"message", one.line()},
                                      {"ingestionTime", milliseconds(one.at())},
                                      {"eventId", print_56(one.number())}});
    }
    answer["events"] = std::move(events);
    answer["searchedLogStreams"] = json::array{}; // empty on AWS, too, since 2020
    return answer;
}

outcome<json::object> get_log_events(call& c, json::object const& input) {
    input_reader in(input);
    auto const stream = in.text("logStreamName", stream_name_rule);
    auto const from = in.find_integer("startTime", instant_rule);
    auto const to = in.find_integer("endTime", instant_rule);
    auto const limit = in.find_integer("limit", limit_rule);
    auto const token = in.find_text("nextToken", token_rule);
    bool forward = in.find_flag("startFromHead").value_or(false);
    auto const group = read_group(c, in);
    if (!group)
        return group.error();
    auto const& known = c.world.logs;
    if (stream != known.stream)
        return no_such_stream();

    // A token is a direction and an entry: `f/…` goes on after it, `b/…` before it.
    auto bound = forward ? 0 : std::numeric_limits<std::uint64_t>::max();
    if (token) {
        auto const parsed =
            token->size() > 2 ? read_56(token->substr(2)) : std::optional<std::uint64_t>();
        if (!parsed || (!token->starts_with("f/") && !token->starts_with("b/")))
            return wrong_token();
        forward = token->starts_with("f/");
        bound = *parsed;
    }
    selection const wanted{.region = c.region,
                           .group = *group,
                           .from = from.value_or(0),
                           .until = to.value_or(std::numeric_limits<std::int64_t>::max())};
    auto const& all = known.entries.all();
    std::vector<entry const*> found;
    page_size size(limit);
    if (forward) {
        for (auto i = known.entries.first_after(bound); i < all.size(); ++i)
            if (wanted.has(*all[i])) {
                if (!size.take(*all[i]))
                    break;
                found.push_back(all[i].get());
            }
    } else {
        for (auto i = bound == 0 ? 0 : known.entries.first_after(bound - 1); i-- > 0;)
            if (wanted.has(*all[i])) {
                if (!size.take(*all[i]))
                    break;
                found.push_back(all[i].get());
            }
        std::ranges::reverse(found);
    }
    json::array events;
    for (auto const* one : found)
        events.push_back(json::object{{"timestamp", milliseconds(one->at())},
                                      {"message", one->line()},
                                      {"ingestionTime", milliseconds(one->at())}});
    // At an end the token that led there comes back.
    auto after = forward ? bound : std::min(bound, known.entries.last_number() + 1) - 1;
    auto before = forward ? bound + 1 : std::min(bound, known.entries.last_number() + 1);
    if (!found.empty()) {
        after = found.back()->number();
        before = found.front()->number();
    }
    auto const forward_token =
        found.empty() && token && forward ? std::string(*token) : "f/" + print_56(after);
    auto const backward_token =
        found.empty() && token && !forward ? std::string(*token) : "b/" + print_56(before);
    return json::object{{"events", std::move(events)},
                        {"nextForwardToken", forward_token},
                        {"nextBackwardToken", backward_token}};
}

} // namespace cogniot::cloud::logs
