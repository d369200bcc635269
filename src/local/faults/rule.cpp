#include "local/faults/rule.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "json/parse.hpp"
#include "local/faults/kinds.hpp"
#include "mqtt/topic.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

namespace cogniot::local {
namespace {

constexpr std::size_t max_text_bytes = 16 * 1024;
/// Enough for a connection to look dead, little enough for it to end in order.
constexpr std::chrono::milliseconds max_latency = std::chrono::seconds(60);

/// Whole numbers and texts alike: words and YAML do not tell them apart.
fault_reading<std::uint64_t> read_count(std::string_view member, boost::json::value const& given,
                                        std::uint64_t least) {
    std::optional<std::uint64_t> number;
    boost::system::error_code wrong;
    if (auto const* text = given.if_string())
        number = parse_number<std::uint64_t>(*text);
    else if (auto const whole = given.to_number<std::uint64_t>(wrong); !wrong)
        number = whole;
    if (!number || *number < least)
        return fault_complaint{std::string(member),
                               "`" + std::string(member) + "` is a whole number from " +
                                   std::to_string(least) + ", not " +
                                   printable(boost::json::serialize(given), 80)};
    return *number;
}

fault_reading<std::uint32_t> read_share(std::string_view text) {
    fault_complaint const wrong{"probability", "`probability` is a share such as `50%` or `0.1%`, "
                                               "more than 0 and up to 100%, not `" +
                                                   printable(text, 80) + "`"};
    if (!text.ends_with('%'))
        return wrong;
    text.remove_suffix(1);
    double share = 0;
    auto const [end, bad] =
        std::from_chars(text.data(), text.data() + text.size(), share, std::chars_format::fixed);
    if (bad != std::errc{} || end != text.data() + text.size() || !(share <= 100))
        return wrong;
    auto const millionths = static_cast<std::int64_t>(share * 10'000 + 0.5);
    if (millionths < 1)
        return wrong;
    return static_cast<std::uint32_t>(millionths);
}

std::string print_share(std::uint32_t millionths) {
    char text[24];
    std::snprintf(text, sizeof text, "%u.%04u", millionths / 10'000, millionths % 10'000);
    std::string shown(text);
    shown.erase(shown.find_last_not_of('0') + 1);
    if (shown.back() == '.')
        shown.pop_back();
    return shown + "%";
}

class reader {
  public:
    reader(fault_rule& into, kind_row const& row) : into_(into), row_(row) {}

    /// @return what is wrong, if anything is
    std::optional<fault_complaint> take(std::string_view member, boost::json::value const& given) {
        if (member == "fault")
            return {};
        if (!takes(row_, member))
            return complain(member, "`" + std::string(print(row_.what)) + "` has no `" +
                                        printable(member, 60) + "`; it takes " + members_of(row_));
        if (member == "count")
            return number(member, given, 1, [&](auto n) { into_.count = n; });
        if (member == "skip")
            return number(member, given, 0, [&](auto n) { into_.skip = n; });
        if (member == "bytes_per_second")
            return number(member, given, 1, [&](auto n) { into_.bytes_per_second = n; });
        // YAML has `client: 7` for a number.
        auto const text = given.is_int64() || given.is_uint64() ? boost::json::serialize(given)
                          : given.is_string()                   ? std::string(given.get_string())
                                                                : std::string();
        if (text.empty() || text.size() > max_text_bytes)
            return complain(member, "`" + std::string(member) + "` is a text of 1 to " +
                                        std::to_string(max_text_bytes) + " bytes, not " +
                                        printable(boost::json::serialize(given), 80));
        return take_text(member, text);
    }

  private:
    static fault_complaint complain(std::string_view member, std::string what) {
        return {std::string(member), std::move(what)};
    }

    template <typename Put>
    static std::optional<fault_complaint>
    number(std::string_view member, boost::json::value const& given, std::uint64_t least, Put put) {
        auto const read = read_count(member, given, least);
        if (!read)
            return read.error();
        put(*read);
        return {};
    }

    std::optional<fault_complaint> take_text(std::string_view member, std::string_view text) {
        constexpr std::pair<std::string_view, std::string fault_rule::*> texts[] = {
            {"name", &fault_rule::name},       {"operation", &fault_rule::operation},
            {"client", &fault_rule::client},   {"identity", &fault_rule::identity},
            {"topic", &fault_rule::topic},     {"event", &fault_rule::event},
            {"message", &fault_rule::message}, {"code", &fault_rule::code},
            {"body", &fault_rule::body},       {"reason", &fault_rule::reason},
        };
        for (auto const& [name, where] : texts)
            if (name == member)
                into_.*where = text;
        if (member == "probability") {
            auto const share = read_share(text);
            if (!share)
                return share.error();
            into_.probability = *share;
        } else if (member == "when") {
            return take_moment(text);
        } else if (member == "for" || member == "delay") {
            return take_delay(member, text);
        } else if (member == "name" || member == "code") {
            bool const fits = std::ranges::all_of(text, [](char c) {
                return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.';
            });
            if (!fits || text.size() > 100)
                return complain(member, "`" + std::string(member) +
                                            "` is 1 to 100 letters, digits, `-`, `_` and `.`");
        } else if (member == "operation" && text.find(':') == std::string_view::npos &&
                   text != "*") {
            return complain(member, "`operation` is SERVICE:OPERATION such as "
                                    "`cognito-idp:InitiateAuth` or `iot:*`, or `*`, not `" +
                                        printable(text, 100) + "`");
        } else if (member == "operation" && !is_any_operation(text)) {
            return complain(member,
                            "there is no operation `" + printable(text, 100) + "`; SERVICE is " +
                                service_names() +
                                ", and OPERATION as AWS writes it, e.g. `iot:AttachPolicy`");
        } else if (member == "reason" && find_end_reason(text) == nullptr) {
            return complain(member, "`reason` is " + end_reason_names() + ", not `" +
                                        printable(text, 60) +
                                        "`; DUPLICATE_CLIENTID is the fault `take-over`, "
                                        "CONNECTION_LOST `hang-up`, API_INITIATED_DISCONNECT what "
                                        "DeleteConnection does");
        } else if (member == "topic") {
            if (auto const checked = mqtt::check_filter(text); !checked)
                return complain(member, "`topic` is an MQTT topic filter such as `home/+/lamp`: " +
                                            checked.error().message());
        } else if (member == "event" && std::ranges::find(event_types, text) == event_types.end()) {
            return complain(member, "`event` is connected, disconnected, connect_failed, "
                                    "subscribed or unsubscribed, not `" +
                                        printable(text, 60) + "`");
        }
        return {};
    }

    std::optional<fault_complaint> take_moment(std::string_view text) {
        for (auto const each : moments) {
            if (each == fault_moment::age || print(each) != text)
                continue;
            if (each == fault_moment::puback && into_.what != fault_kind::hang_up)
                return complain("when", "only `hang-up` can come instead of a PUBACK");
            into_.when = each;
            return {};
        }
        if (auto const age = parse_delay(text)) {
            into_.when = fault_moment::age;
            into_.delay = *age;
            return {};
        }
        return complain("when", "`when` is connect, subscribe, unsubscribe, publish, puback or "
                                "ping, or how long the connection has been open (`0s`, `30s`, "
                                "`10m`), not `" +
                                    printable(text, 60) + "`");
    }

    std::optional<fault_complaint> take_delay(std::string_view member, std::string_view text) {
        auto const read = parse_delay(text);
        if (!read || read->count() == 0)
            return complain(member, "`" + std::string(member) +
                                        "` is how long: `200ms`, `3s`, `5m`, `2h` or `1d`, not `" +
                                        printable(text, 60) + "`");
        if (member == "for") {
            into_.lasts = *read;
            return {};
        }
        if (into_.what == fault_kind::latency && *read > max_latency)
            return complain(member, "a latency is 60s at most");
        into_.delay = *read;
        return {};
    }

    fault_rule& into_;
    kind_row const& row_;
};

} // namespace

fault_reading<fault_rule> parse_fault_rule(boost::json::object const& from) {
    auto const what = json::find_string(from, "fault");
    auto const* const row = what ? find_kind(*what) : nullptr;
    if (row == nullptr)
        return fault_complaint{what ? "fault" : "",
                               (what ? "`" + printable(*what, 60) + "` is no fault; "
                                     : std::string("`fault` says which; ")) +
                                   "there are " + kind_names()};
    fault_rule rule;
    rule.what = row->what;
    reader to(rule, *row);
    for (auto const& [member, value] : from)
        if (auto wrong = to.take(member, value))
            return std::move(*wrong);
    if (!row->main.empty() && !from.contains(row->main))
        return fault_complaint{"", "`" + std::string(row->name) + "` needs `" +
                                       std::string(row->main) + "`, e.g. `" +
                                       std::string(row->example) + "`"};
    if (auto contradiction = find_contradiction(rule))
        return std::move(*contradiction);
    return rule;
}

boost::json::object print_fault_rule(fault_rule const& rule) {
    boost::json::object out{{"name", rule.name}, {"fault", print(rule.what)}};
    auto const text = [&](std::string_view member, std::string_view value) {
        if (!value.empty())
            out[member] = value;
    };
    text("operation", rule.operation);
    if (rule.when)
        text("when", rule.when == fault_moment::age ? print_delay(rule.delay)
                                                    : std::string(print(*rule.when)));
    else if (rule.delay.count() > 0)
        text("delay", print_delay(rule.delay));
    if (rule.bytes_per_second > 0)
        out["bytes_per_second"] = rule.bytes_per_second;
    text("client", rule.client);
    text("identity", rule.identity);
    text("topic", rule.topic);
    text("event", rule.event);
    text("reason", rule.reason);
    text("code", rule.code);
    text("message", rule.message);
    text("body", rule.body);
    if (rule.probability != 1'000'000)
        out["probability"] = print_share(rule.probability);
    if (rule.skip > 0)
        out["skip"] = rule.skip;
    if (rule.count)
        out["count"] = *rule.count;
    if (rule.lasts)
        out["for"] = print_delay(*rule.lasts);
    return out;
}

std::chrono::milliseconds transfer_time(fault_rule const& rule, std::size_t bytes) {
    auto const takes = std::chrono::milliseconds(bytes * 1'000 / rule.bytes_per_second);
    return std::min(takes, max_latency);
}

bool matches_text(std::string_view pattern, std::string_view text) {
    std::size_t at = 0;
    std::size_t in_pattern = 0;
    // Where the last `*` was, and up to where it reaches so far.
    std::size_t star = std::string_view::npos;
    std::size_t reach = 0;
    while (at < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            reach = at;
        } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
            ++in_pattern;
            ++at;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            at = ++reach;
        } else {
            return false;
        }
    }
    while (in_pattern < pattern.size() && pattern[in_pattern] == '*')
        ++in_pattern;
    return in_pattern == pattern.size();
}

} // namespace cogniot::local
