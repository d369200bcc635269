// DescribeLogGroups and DescribeLogStreams.
#include "cloud/logs/entity.hpp"
#include "cloud/logs/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <set>
#include <utility>

namespace cogniot::cloud::logs {

namespace {

constexpr std::size_t most_listed = 50;

/// What the entries of one group come to.
struct contents {
    std::int64_t bytes = 0;
    utc_time first{};
    utc_time last{};
    bool is_empty = true;
};

contents add_up(state const& in, std::string_view region, std::string_view group) {
    contents sum;
    for (auto const& one : in.entries.all()) {
        if (one->region() != region || one->group() != group)
            continue;
        if (sum.is_empty)
            sum.first = one->at();
        sum.is_empty = false;
        sum.last = one->at();
        sum.bytes += static_cast<std::int64_t>(one->line().size());
    }
    return sum;
}

std::set<std::string, std::less<>> names_of_groups(state const& in, std::string_view region) {
    std::set<std::string, std::less<>> names{std::string(iot_group)};
    for (auto const& [key, created] : in.destinations)
        if (key.first == region)
            names.insert(key.second);
    return names;
}

json::object print_group(call const& c, std::string const& name) {
    auto const& in = c.world.logs;
    auto const made = in.destinations.find(std::pair(c.region, name));
    auto const arn = group_arn(c, name);
    return {
        {"logGroupName", name},
        {"creationTime", milliseconds(made == in.destinations.end() ? in.started : made->second)},
        {"metricFilterCount", 0},
        {"arn", arn + ":*"},
        {"storedBytes", add_up(in, c.region, name).bytes},
        {"logGroupClass", "STANDARD"},
        {"logGroupArn", arn}};
}

} // namespace

outcome<json::object> describe_log_groups(call& c, json::object const& input) {
    static constexpr std::string_view classes[]{"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"};
    input_reader in(input);
    auto const prefix = in.find_text("logGroupNamePrefix", group_name_rule);
    auto const part = in.find_text("logGroupNamePattern", {.max = 512});
    auto const limit = in.find_integer("limit", {.min = 1, .max = most_listed});
    auto const after = in.find_text("nextToken", token_rule);
    auto const group_class = in.find_text("logGroupClass", {.values = classes});
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (prefix && part)
        return invalid_parameter(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
    auto const wanted = static_cast<std::size_t>(limit.value_or(most_listed));
    json::object answer;
    json::array groups;
    std::string last;
    for (auto const& name : names_of_groups(c.world.logs, c.region)) {
        if ((prefix && !name.starts_with(*prefix)) ||
            (part && name.find(*part) == std::string::npos) || (after && name <= *after) ||
            (group_class && *group_class != "STANDARD"))
            continue;
        if (groups.size() == wanted) {
            answer["nextToken"] = last;
            break;
        }
        groups.push_back(print_group(c, name));
        last = name;
    }
    answer["logGroups"] = std::move(groups);
    return answer;
}

outcome<json::object> describe_log_streams(call& c, json::object const& input) {
    static constexpr std::string_view orders[]{"LogStreamName", "LastEventTime"};
    input_reader in(input);
    auto const prefix = in.find_text("logStreamNamePrefix", stream_name_rule);
    auto const order = in.find_text("orderBy", {.values = orders});
    in.find_flag("descending");
    in.find_integer("limit", {.min = 1, .max = most_listed});
    auto const after = in.find_text("nextToken", token_rule);
    auto const group = read_group(c, in);
    if (!group)
        return group.error();
    if (prefix && order == "LastEventTime")
        return invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
    auto const& known = c.world.logs;
    json::array streams;
    if (!after && (!prefix || known.stream.starts_with(*prefix))) {
        auto const sum = add_up(known, c.region, *group);
        json::object one{{"logStreamName", known.stream},
                         {"creationTime", milliseconds(known.started)}};
        if (!sum.is_empty) {
            one["firstEventTimestamp"] = milliseconds(sum.first);
            one["lastEventTimestamp"] = milliseconds(sum.last);
            one["lastIngestionTime"] = milliseconds(sum.last);
        }
        one["arn"] = group_arn(c, *group) + ":log-stream:" + known.stream;
        one["storedBytes"] = 0; // AWS has said zero since 2019
        streams.push_back(std::move(one));
    }
    return json::object{{"logStreams", std::move(streams)}};
}

} // namespace cogniot::cloud::logs
