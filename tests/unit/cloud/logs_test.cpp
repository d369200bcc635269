// CloudWatch Logs: groups, streams, pages of events, and the ring behind them.
// Source: CloudWatch Logs API reference; error texts as in spec cognito-iam-sigv4 7.4.
#include "unit/cloud/cloud_fixture.hpp"

#include <memory>
#include <string>

using namespace cogniot;
using namespace cogniot::test;
namespace logs = cogniot::cloud::logs;

namespace {

struct log_fixture : cloud_fixture {
    std::uint64_t number = 0;

    log_fixture() {
        world.logs.started = *parse_extended("2026-11-22T00:00:00Z");
        world.logs.stream = "stream-1";
    }
    void add(std::string_view line, std::int64_t at, std::string_view group = logs::iot_group,
             std::string_view in = "ap-northeast-1") {
        world.logs.add(std::make_shared<logs::text_entry const>(
            logs::entry_facts{.number = ++number,
                              .at = utc_time(std::chrono::milliseconds(at)),
                              .line = line,
                              .region = in,
                              .group = group}));
    }
    /// Messages joined, then ` +` if there is a further page.
    std::string filter(std::string const& more = {}) {
        auto const answer = ok("logs", "FilterLogEvents", with_group(more));
        auto text = messages(answer);
        return answer.contains("nextToken") ? text + " +" : text;
    }
    static std::string with_group(std::string const& more) {
        return R"({"logGroupName":"AWSIotLogsV2")" + (more.empty() ? "" : "," + more) + "}";
    }
    static std::string messages(json::object const& answer) {
        std::string text;
        for (auto const& one : answer.at("events").as_array())
            text += one.at("message").as_string().c_str();
        return text;
    }
};

} // namespace

TEST_CASE("FilterLogEvents answers each event as AWS does") {
    log_fixture f;
    f.add("hello", 1'700'000'000'123);
    CHECK(json::print(f.ok("logs", "FilterLogEvents", log_fixture::with_group(""))) ==
          R"({"events":[{"logStreamName":"stream-1","timestamp":1700000000123,"message":"hello",)"
          R"("ingestionTime":1700000000123,)"
          R"("eventId":"00000000000000000000000000000000000000000000000000000001"}],)"
          R"("searchedLogStreams":[]})");
}

TEST_CASE("FilterLogEvents: both ends of the time range belong to it") {
    log_fixture f;
    for (int i = 0; i < 5; ++i)
        f.add(std::string(1, static_cast<char>('a' + i)), 1000 + i);
    CHECK(f.filter() == "abcde");
    CHECK(f.filter(R"("startTime":1001)") == "bcde");
    CHECK(f.filter(R"("endTime":1003)") == "abcd");
    CHECK(f.filter(R"("startTime":1001,"endTime":1003,"interleaved":true)") == "bcd");
    CHECK(f.filter(R"("startTime":2000)").empty());
}

TEST_CASE("FilterLogEvents: pages end where there is nothing more that matches") {
    log_fixture f;
    for (int i = 0; i < 6; ++i)
        f.add(i % 2 == 0 ? "even" : "odd", 1000);
    auto const first = f.ok("logs", "FilterLogEvents",
                            log_fixture::with_group(R"("filterPattern":"even","limit":2)"));
    CHECK(log_fixture::messages(first) == "eveneven");
    auto const token = std::string(first.at("nextToken").as_string());
    CHECK(f.filter(R"("filterPattern":"even","limit":2,"nextToken":")" + token + "\"") == "even");
    CHECK(f.filter(R"("filterPattern":"even","limit":3)") == "eveneveneven");
    // What came meanwhile is on the next page.
    f.add("even", 1000);
    CHECK(f.filter(R"("filterPattern":"even","limit":2,"nextToken":")" + token + "\"") ==
          "eveneven");
}

TEST_CASE("a page holds a megabyte at most, and one event always") {
    log_fixture f;
    f.world.logs.entries = logs::ring({.max_entries = 10, .max_bytes = 64 << 20});
    std::string const large(700'000, 'x');
    f.add(large, 1000);
    f.add(large, 1000);
    CHECK(f.filter() == large + " +");
    f.add(std::string(2'000'000, 'y'), 2000);
    CHECK(f.filter(R"("startTime":2000)").size() == 2'000'000);
}

TEST_CASE("FilterLogEvents by stream") {
    log_fixture f;
    f.add("a", 1000);
    CHECK(f.filter(R"("logStreamNames":["stream-1"])") == "a");
    CHECK(f.filter(R"("logStreamNamePrefix":"str")") == "a");
    CHECK(f.filter(R"("logStreamNamePrefix":"other")").empty());
    CHECK(f.refusal("logs", "FilterLogEvents",
                    log_fixture::with_group(R"("logStreamNames":["other"])")) ==
          "ResourceNotFoundException 400 The specified log stream does not exist.");
    CHECK(f.refusal("logs", "FilterLogEvents",
                    log_fixture::with_group(
                        R"("logStreamNames":["stream-1"],"logStreamNamePrefix":"s")"))
              .starts_with("InvalidParameterException 400"));
}

TEST_CASE("what cannot be asked is refused by AWS's names") {
    log_fixture f;
    struct row {
        std::string_view operation;
        std::string_view input;
        std::string_view said;
    };
    for (
        auto const& [operation, input, said] : {
            row{"FilterLogEvents", R"({"logGroupName":"other"})",
                "ResourceNotFoundException 400 The specified log group does not exist."},
            row{"GetLogEvents", R"({"logGroupName":"AWSIotLogsV2","logStreamName":"x"})",
                "ResourceNotFoundException 400 The specified log stream does not exist."},
            row{"GetLogEvents", R"({"logGroupName":"AWSIotLogsV2"})",
                "InvalidParameterException 400 1 validation error detected: Value null at "
                "'logStreamName' failed to satisfy constraint: Member must not be null"},
            row{"FilterLogEvents", "{}", "InvalidParameterException 400 Exactly one of"},
            row{"FilterLogEvents", R"({"logGroupName":"a b"})",
                "InvalidParameterException 400 1 validation error detected: Value 'a b' at "
                "'logGroupName'"},
            row{"FilterLogEvents", R"({"logGroupName":"AWSIotLogsV2","limit":10001})",
                "InvalidParameterException 400 1 validation error detected: Value '10001' at "
                "'limit' failed to satisfy constraint: Member must have value less than or equal "
                "to 10000"},
            row{"FilterLogEvents", R"({"logGroupName":"AWSIotLogsV2","filterPattern":"{ x }"})",
                "InvalidParameterException 400 Invalid filter pattern: at character 3"},
            row{"FilterLogEvents", R"({"logGroupName":"AWSIotLogsV2","nextToken":"x"})",
                "InvalidParameterException 400 The specified nextToken is invalid."},
            row{"DescribeLogStreams",
                R"({"logGroupName":"AWSIotLogsV2","orderBy":"LastEventTime","logStreamNamePrefix":"x"})",
                "InvalidParameterException 400 Cannot order by LastEventTime with a "
                "logStreamNamePrefix."},
        })
        CHECK_MESSAGE(f.refusal("logs", operation, input).starts_with(said), input, " -> ",
                      f.refusal("logs", operation, input));
}

TEST_CASE("a group is named by name or by its ARN") {
    log_fixture f;
    f.add("a", 1000);
    auto const by = [&](std::string const& id) { return json::object{{"logGroupIdentifier", id}}; };
    CHECK(log_fixture::messages(f.ok("logs", "FilterLogEvents", by("AWSIotLogsV2"))) == "a");
    CHECK(log_fixture::messages(
              f.ok("logs", "FilterLogEvents",
                   by("arn:aws:logs:ap-northeast-1:123456789012:log-group:AWSIotLogsV2"))) == "a");
    CHECK(f.refusal("logs", "FilterLogEvents",
                    by("arn:aws:logs:eu-west-1:123456789012:log-group:AWSIotLogsV2"))
              .starts_with("ResourceNotFoundException"));
}

TEST_CASE("regions and groups are apart; a destination is a group once something was written") {
    log_fixture f;
    CHECK(f.refusal("logs", "FilterLogEvents", R"({"logGroupName":"mine"})")
              .starts_with("ResourceNotFoundException"));
    f.add("here", 1000);
    f.add("there", 1000, logs::iot_group, "eu-west-1");
    f.add("mine", 2000, "mine");
    CHECK(f.filter() == "here");
    CHECK(log_fixture::messages(f.ok("logs", "FilterLogEvents", R"({"logGroupName":"mine"})")) ==
          "mine");
    CHECK(json::print(f.ok("logs", "DescribeLogGroups", R"({"limit":1})")) ==
          R"({"nextToken":"AWSIotLogsV2","logGroups":[{"logGroupName":"AWSIotLogsV2",)"
          R"("creationTime":1795305600000,"metricFilterCount":0,)"
          R"("arn":"arn:aws:logs:ap-northeast-1:123456789012:log-group:AWSIotLogsV2:*",)"
          R"("storedBytes":4,"logGroupClass":"STANDARD",)"
          R"("logGroupArn":"arn:aws:logs:ap-northeast-1:123456789012:log-group:AWSIotLogsV2"}]})");
    auto const names = [&](std::string_view input) {
        std::string text;
        auto const answer = f.ok("logs", "DescribeLogGroups", input);
        for (auto const& one : answer.at("logGroups").as_array())
            text += std::string(one.at("logGroupName").as_string()) + " ";
        return text;
    };
    CHECK(names("{}") == "AWSIotLogsV2 mine ");
    CHECK(names(R"({"nextToken":"AWSIotLogsV2"})") == "mine ");
    CHECK(names(R"({"logGroupNamePrefix":"AWSIot"})") == "AWSIotLogsV2 ");
    CHECK(names(R"({"logGroupNamePattern":"in"})") == "mine ");
    f.region = "eu-west-1";
    CHECK(f.filter() == "there");
    CHECK(names("{}") == "AWSIotLogsV2 ");
}

TEST_CASE("DescribeLogStreams tells first and last event") {
    log_fixture f;
    f.add("a", 1000);
    f.add("b", 3000);
    CHECK(json::print(f.ok("logs", "DescribeLogStreams", log_fixture::with_group(""))) ==
          R"({"logStreams":[{"logStreamName":"stream-1","creationTime":1795305600000,)"
          R"("firstEventTimestamp":1000,"lastEventTimestamp":3000,"lastIngestionTime":3000,)"
          R"("arn":"arn:aws:logs:ap-northeast-1:123456789012:log-group:AWSIotLogsV2:log-stream:)"
          R"(stream-1","storedBytes":0}]})");
    CHECK(
        f.ok("logs", "DescribeLogStreams", log_fixture::with_group(R"("logStreamNamePrefix":"x")"))
            .at("logStreams")
            .as_array()
            .empty());
}

TEST_CASE("GetLogEvents goes forward and back, and the same token means the end") {
    log_fixture f;
    for (int i = 0; i < 5; ++i)
        f.add(std::string(1, static_cast<char>('a' + i)), 1000 + i);
    auto const get = [&](std::string const& more) {
        return f.ok("logs", "GetLogEvents",
                    log_fixture::with_group(R"("logStreamName":"stream-1")" +
                                            (more.empty() ? "" : "," + more)));
    };
    auto const token = [](json::object const& of, std::string_view name) {
        return R"("nextToken":")" + text(of, name) + "\"";
    };
    // The latest by default, the earliest when asked; in the order of time either way.
    CHECK(log_fixture::messages(get("")) == "abcde");
    auto const latest = get(R"("limit":2)");
    CHECK(log_fixture::messages(latest) == "de");
    auto const before = get(R"("limit":2,)" + token(latest, "nextBackwardToken"));
    CHECK(log_fixture::messages(before) == "bc");
    auto const first = get(R"("limit":2,)" + token(before, "nextBackwardToken"));
    CHECK(log_fixture::messages(first) == "a");
    auto const none = get(R"("limit":2,)" + token(first, "nextBackwardToken"));
    CHECK(log_fixture::messages(none).empty());
    CHECK(text(none, "nextBackwardToken") == text(first, "nextBackwardToken"));

    auto const head = get(R"("limit":3,"startFromHead":true)");
    CHECK(log_fixture::messages(head) == "abc");
    auto const rest = get(R"("startFromHead":true,)" + token(head, "nextForwardToken"));
    CHECK(log_fixture::messages(rest) == "de");
    auto const end = get(R"("startFromHead":true,)" + token(rest, "nextForwardToken"));
    CHECK(log_fixture::messages(end).empty());
    CHECK(text(end, "nextForwardToken") == text(rest, "nextForwardToken"));
    f.add("f", 2000);
    CHECK(log_fixture::messages(get(token(end, "nextForwardToken"))) == "f");

    // endTime does not belong to the range here (API reference, GetLogEvents).
    CHECK(log_fixture::messages(get(R"("startTime":1001,"endTime":1003)")) == "bc");
}

TEST_CASE("GetLogEvents of an empty stream gives tokens that work later") {
    log_fixture f;
    auto const get = [&](std::string const& more) {
        return f.ok("logs", "GetLogEvents",
                    log_fixture::with_group(R"("logStreamName":"stream-1")" + more));
    };
    auto const empty = get("");
    CHECK(log_fixture::messages(empty).empty());
    f.add("a", 1000);
    CHECK(log_fixture::messages(
              get(R"(,"nextToken":")" + text(empty, "nextForwardToken") + "\"")) == "a");
}

TEST_CASE("the ring drops the oldest by number and by bytes and remembers the last it dropped") {
    auto const entry = [](std::uint64_t number, std::size_t size) {
        std::string const line(size, 'x');
        return std::make_shared<logs::text_entry const>(
            logs::entry_facts{.number = number, .at = {}, .line = line});
    };
    logs::ring by_number({.max_entries = 3});
    for (std::uint64_t n = 1; n <= 5; ++n)
        by_number.push(entry(10 * n, 1));
    CHECK(by_number.all().size() == 3);
    CHECK(by_number.last_dropped() == 20);
    CHECK(by_number.last_number() == 50);
    CHECK(by_number.first_after(0) == 0);
    CHECK(by_number.first_after(30) == 1);
    CHECK(by_number.first_after(35) == 1);
    CHECK(by_number.first_after(50) == 3);
    logs::ring by_bytes({.max_entries = 1000, .max_bytes = 10'000});
    for (std::uint64_t n = 1; n <= 9; ++n)
        by_bytes.push(entry(n, 4'000));
    CHECK(by_bytes.all().size() == 2);
    by_bytes.push(entry(10, 50'000)); // larger than all allowed: it alone stays
    CHECK(by_bytes.all().size() == 1);
}

TEST_CASE("IAM is asked about group and stream, in the form that policies end in `:*`") {
    log_fixture f;
    std::vector<record> persist;
    cloud::call c{.world = f.world,
                  .now = f.now,
                  .who = f.caller,
                  .region = "eu-west-1",
                  .random = f.random(),
                  .persist = persist};
    auto const resource = [&](std::string_view operation, std::string_view input) {
        for (auto const* const s : cloud::all_services())
            if (s->name == "logs")
                for (auto const& row : s->operations)
                    if (row.name == operation)
                        return row.resource(c, json::parse_object(input).value());
        return std::string();
    };
    // As in the messages of AccessDeniedException that people quote.
    CHECK(resource("DescribeLogGroups", "{}") ==
          "arn:aws:logs:eu-west-1:123456789012:log-group::log-stream:");
    CHECK(resource("FilterLogEvents", R"({"logGroupName":"AWSIotLogsV2"})") ==
          "arn:aws:logs:eu-west-1:123456789012:log-group:AWSIotLogsV2:log-stream:");
    CHECK(resource("GetLogEvents", R"({"logGroupName":"g","logStreamName":"s"})") ==
          "arn:aws:logs:eu-west-1:123456789012:log-group:g:log-stream:s");
}
