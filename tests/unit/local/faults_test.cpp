// Fault rules: how they are written, when they strike, and that a seed repeats a run.
#include "base/text.hpp"
#include "local/faults/api_faults.hpp"
#include "local/faults/kinds.hpp"
#include "local/faults/page.hpp"
#include "local/faults/plan.hpp"
#include "support/temporary_directory.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace cogniot::local {
namespace {

using namespace std::chrono_literals;

utc_time const start = utc_time(1'790'000'000'000ms);

fault_reading<fault_rule> read(std::string_view words) {
    return parse_fault_text(words);
}

fault_rule rule(std::string_view words) {
    auto made = read(words);
    REQUIRE_MESSAGE(made.has_value(), std::string(words));
    return *made;
}

/// `x` for a strike, `.` for none.
std::string strikes(fault_plan& plan, fault_kind what, fault_occasion const& here, int times) {
    std::string out;
    for (int i = 0; i < times; ++i)
        out += plan.strike(what, here, start) != nullptr ? 'x' : '.';
    return out;
}

net::http_response ask(fault_plan& plan, std::string method, std::string target,
                       std::string body = {}) {
    auto made = answer_faults(
        plan, {.method = std::move(method), .target = std::move(target), .body = std::move(body)},
        start);
    REQUIRE(made.has_value());
    return made->response;
}

} // namespace

TEST_CASE("every fault's example reads, and is printed as what reads the same") {
    for (auto const& row : all_kinds()) {
        CHECK(find_kind(row.name) == &row);
        CHECK(&row_of(row.what) == &row);
        auto const read_once = rule(row.example);
        auto const printed = print_fault_rule(read_once);
        auto again = printed;
        again.erase("name");
        auto const read_twice = parse_fault_rule(again);
        REQUIRE_MESSAGE(read_twice.has_value(), row.name);
        CHECK_MESSAGE(print_fault_rule(*read_twice) == printed, row.name);
    }
}

TEST_CASE("a rule that cannot be used says what, where and what to do") {
    struct {
        std::string_view words;
        std::string_view member;
        std::string_view says;
    } const rows[]{
        {"", "", "say which fault; there are throttle, limit-exceeded"},
        {"slow", "fault", "`slow` is no fault; there are throttle"},
        {"slow iot:* 5%", "fault", "`slow` is no fault; there are throttle"},
        // It would never strike.
        {"throttle cognito:InitiateAuth", "operation",
         "there is no operation `cognito:InitiateAuth`; SERVICE is cognito-idp, cognito-identity"},
        {"latency 1s operation=iot:attachpolicy", "operation", "there is no operation"},
        {"unavailable iot:*Certificates*Policies", "operation", "there is no operation"},
        {"throttle", "", "`throttle` needs `operation`, e.g. `throttle cognito-idp:InitiateAuth"},
        {"throttle InitiateAuth", "operation", "is SERVICE:OPERATION such as"},
        {"throttle iot:* 0%", "probability", "more than 0 and up to 100%, not `0%`"},
        {"throttle iot:* 101%", "probability", "not `101%`"},
        {"throttle iot:* probability=0.5", "probability", "is a share such as `50%`"},
        {"latency 1s \"client=a", "", "a double quote is not closed: `latency 1s \"client=a`"},
        {"throttle iot:* count=0", "count", "a whole number from 1"},
        {"throttle iot:* count=-1", "count", "a whole number from 1"},
        {"throttle iot:* count=1 count=2", "count", "is given twice"},
        {"throttle iot:* topic=a", "", "what is `topic=a`?"},
        {"throttle iot:* for=soon", "for", "`200ms`, `3s`, `5m`"},
        {"throttle iot:* for=0s", "for", "`200ms`, `3s`, `5m`"},
        {"throttle iot:* name=a/b", "name", "letters, digits"},
        {"hang-up", "", "`hang-up` needs `when`"},
        {"hang-up lunch", "when", "connect, subscribe, unsubscribe, publish"},
        {"disconnect puback", "when", "only `hang-up`"},
        {"hang-up publish topic=a/#/b", "topic", "an MQTT topic filter"},
        {"hang-up 5m topic=a", "topic", "age has no `topic`"},
        {"hang-up connect topic=a", "topic", "a packet of `connect` has no `topic`"},
        {"take-over ping topic=a", "topic", "a packet of `ping` has no `topic`"},
        {"hang-up publish topic=$share/g/a/b", "topic",
         "no message has the `topic` of a shared group, `$share/g/a/b`: such a rule would never "
         "strike; write `topic=a/b`"},
        {"duplicate topic=$share/g/a", "topic", "write `topic=a`"},
        {"refuse-upgrade message=a body=b", "message", "give one of them"},
        {"latency 1s client=a operation=iot:*", "client", "make two"},
        {"limit-exceeded sts:*", "operation",
         "`sts:*`: AWS has no `limit-exceeded` there, such a rule would never strike; services "
         "with it are cognito-idp, cognito-identity, iam, iot, logs"},
        {"disconnect 1m reason=THROTTELD", "reason", "SERVER_INITIATED_DISCONNECT, THROTTLED, "},
        {"disconnect 1m reason=DUPLICATE_CLIENTID", "reason", "is the fault `take-over`"},
        {"take-over publish reason=THROTTLED", "", "what is `reason=THROTTLED`?"},
        {"latency \"1s\"client=a", "", "behind a closing double quote comes a space"},
        {"latency 2m", "delay", "60s at most"},
        {"latency", "", "`latency` needs `delay`"},
        {"bandwidth 0", "bytes_per_second", "a whole number from 1"},
        {"late-presence 2s event=born", "event", "connected, disconnected"},
    };
    for (auto const& row : rows) {
        auto const made = read(row.words);
        REQUIRE_MESSAGE(!made.has_value(), row.words);
        CHECK_MESSAGE(made.error().member == row.member, row.words, ": ", made.error().member);
        CHECK_MESSAGE(made.error().what.find(row.says) != std::string::npos, row.words, ": ",
                      made.error().what);
    }
}

TEST_CASE("words end at spaces, quotes keep them together, and what is printed is read again") {
    struct {
        std::string_view words;
        std::string_view body;
    } const rows[]{
        {R"(refuse-upgrade body={"x":1} count=1)", R"({"x":1})"},
        {R"(refuse-upgrade body=a"b"c)", R"(a"b"c)"},
        {R"(refuse-upgrade body="not today" count=1)", "not today"},
        {R"(refuse-upgrade "body=not today")", "not today"},
        {R"(refuse-upgrade body="{\"x\": \"y\\\\z\"}")", R"({"x": "y\\z"})"},
        {R"(refuse-upgrade body=x="y")", R"(x="y")"},
        {R"(refuse-upgrade body=\n)", R"(\n)"},
    };
    for (auto const& row : rows) {
        auto const one = rule(row.words);
        CHECK_MESSAGE(one.body == row.body, row.words);
        auto const again = "refuse-upgrade body=" + print_fault_word(one.body);
        CHECK_MESSAGE(rule(again).body == row.body, again);
    }
}

TEST_CASE("filters of a group are meant where clients name filters") {
    CHECK(rule("hang-up subscribe topic=$share/g/a").topic == "$share/g/a");
    CHECK(rule("hang-up unsubscribe topic=$share/g/a").topic == "$share/g/a");
}

TEST_CASE("a number stands for its digits, another value of JSON is refused by what it is") {
    struct {
        std::string_view rule;
        std::string_view says;
    } const rows[]{
        {R"({"fault":"latency","delay":"1s","client":7})", ""},
        {R"({"fault":"latency","delay":1})", "`200ms`, `3s`, `5m`, `2h` or `1d`, not `1`"},
        {R"({"fault":"throttle","operation":"iot:*","probability":50})", "such as `50%`"},
        {R"({"fault":"throttle","operation":"iot:*","probability":0.5})", "bytes, not 5E-1"},
        {R"({"fault":"latency","delay":"1s","client":null})", "16384 bytes, not null"},
        {R"({"fault":"latency","delay":"1s","client":["a"]})", "16384 bytes, not [\"a\"]"},
        {R"({"fault":"latency","delay":"1s","client":""})", "1 to 16384 bytes, not \"\""},
    };
    for (auto const& row : rows) {
        auto const made = parse_fault_rule(boost::json::parse(row.rule).as_object());
        REQUIRE_MESSAGE(made.has_value() == row.says.empty(), row.rule);
        if (made)
            CHECK(made->client == "7");
        else
            CHECK_MESSAGE(made.error().what.find(row.says) != std::string::npos, made.error().what);
    }
}

TEST_CASE("a list names the rule that is wrong, and a file its line") {
    auto const wrong =
        parse_fault_list(boost::json::parse(R"({"faults":["latency 1s",{"fault":"throttle",
            "operation":"iot:*","probability":"150%"}]})")
                             .as_object());
    REQUIRE(!wrong.has_value());
    CHECK(wrong.error().member == "faults[1].probability");
    auto const twice = parse_fault_list(
        boost::json::parse(R"({"faults":["latency 1s name=a","latency 2s name=a"]})").as_object());
    REQUIRE(!twice.has_value());
    CHECK(twice.error().what == "two rules are named `a`");

    test::temporary_directory folder;
    auto const path = (folder.path() / "faults.yaml").string();
    std::ofstream(path) << "seed: 7\nfaults:\n  - fault: throttle\n    operation: iot:*\n"
                           "    count: 2\n  - hang-up publish 10% topic=home/#\n";
    auto const good = read_fault_file(path);
    REQUIRE_MESSAGE(good.has_value(), good.error().message());
    CHECK(good->seed == 7);
    REQUIRE(good->rules.size() == 2);
    CHECK(good->rules[0].count == 2);
    CHECK(good->rules[1].topic == "home/#");
    std::ofstream(path) << "faults:\n  - fault: throttle\n    operation: iot:*\n    cuont: 2\n";
    auto const bad = read_fault_file(path);
    REQUIRE(!bad.has_value());
    CHECK(bad.error().message().find("faults.yaml:4:5: `throttle` has no `cuont`; it takes") !=
          std::string::npos);
    CHECK(!read_fault_file((folder.path() / "none.yaml").string()));
}

TEST_CASE("skip lets the first go by, count ends it, and time ends it by the clock that is given") {
    fault_plan plan;
    plan.add(rule("throttle iot:* skip=2 count=3"), start);
    CHECK(strikes(plan, fault_kind::throttle, {.operation = "iot:CreateThing"}, 8) == "..xxx...");
    plan.add(rule("unavailable iot:* for=10m"), start);
    fault_occasion const here{.operation = "iot:CreateThing"};
    CHECK(plan.strike(fault_kind::unavailable, here, start + 10min - 1ms) != nullptr);
    CHECK(plan.strike(fault_kind::unavailable, here, start + 10min) == nullptr);
    auto const shown = plan.print(start + 10min);
    CHECK(shown.at("faults").at(0).at("state") == "over");
    CHECK(shown.at("faults").at(0).at("struck") == 3);
    // Once it is over, occasions are not counted.
    CHECK(shown.at("faults").at(0).at("seen") == 5);
}

TEST_CASE("a seed repeats a run, whatever other rules there are; another seed has another") {
    auto const run = [](std::uint64_t seed, bool with_others) {
        fault_plan plan;
        plan.set_seed(seed);
        if (with_others)
            plan.add(rule("duplicate 50% client=other"), start);
        plan.add(rule("throttle iot:* 50% name=half"), start);
        return strikes(plan, fault_kind::throttle, {.operation = "iot:CreateThing"}, 64);
    };
    CHECK(run(1, false) == run(1, true));
    CHECK(run(1, false) != run(2, false));
    // A share is met in the long run: 25% of 40,000, within three and a half deviations.
    fault_plan plan;
    plan.add(rule("throttle iot:* 25% name=quarter"), start);
    auto const drawn = strikes(plan, fault_kind::throttle, {.operation = "iot:X"}, 40'000);
    auto const hits = std::count(drawn.begin(), drawn.end(), 'x');
    CHECK(hits > 9'700);
    CHECK(hits < 10'300);
}

TEST_CASE("a rule strikes where all that it names is there") {
    struct {
        std::string_view words;
        fault_occasion here;
        bool strikes;
    } const rows[]{
        {"throttle cognito-idp:Initiate*", {.operation = "cognito-idp:InitiateAuth"}, true},
        {"throttle cognito-idp:Initiate*", {.operation = "cognito-idp:SignUp"}, false},
        {"throttle *", {.operation = "iot:AttachPolicy"}, true},
        {"throttle *:*Policy", {.operation = "iot:AttachPolicy"}, true},
        {"throttle * identity=*:1234", {.operation = "iot:X", .identity = "eu-west-1:1234"}, true},
        {"throttle * identity=*:1234", {.operation = "iot:X", .identity = ""}, false},
        {"latency 1s", {.operation = "iot:X"}, true},
        {"latency 1s", {.client = "c"}, true},
        {"latency 1s client=*", {.operation = "iot:X"}, false},
        {"latency 1s operation=iot:*", {.client = "c"}, false},
        {"hang-up publish topic=a/+",
         {.client = "c", .topics = {"a/b"}, .when = fault_moment::publish},
         true},
        {"hang-up publish topic=a/+",
         {.client = "c", .topics = {"b", "a/b/c"}, .when = fault_moment::publish},
         false},
        {"hang-up publish", {.client = "c", .topics = {"a"}, .when = fault_moment::ping}, false},
        {"hang-up subscribe topic=a/#",
         {.client = "c", .topics = {"b", "a/#"}, .when = fault_moment::subscribe},
         true},
        {"hang-up subscribe topic=a/#", {.client = "c", .when = fault_moment::subscribe}, false},
        {"disconnect 10m", {.client = "c", .when = fault_moment::age, .age = 10min}, true},
        {"disconnect 10m", {.client = "c", .when = fault_moment::age, .age = 9min}, false},
        {"late-presence 1s event=connected", {.client = "c", .event = "disconnected"}, false},
    };
    for (auto const& row : rows) {
        fault_plan plan;
        auto const one = rule(row.words);
        plan.add(one, start);
        CHECK_MESSAGE((plan.strike(one.what, row.here, start) != nullptr) == row.strikes,
                      row.words);
    }
    CHECK(matches_text("a*b*c", "a-b-b-c"));
    CHECK_FALSE(matches_text("a*b*c", "a-b-b"));
    CHECK_FALSE(matches_text("", "a"));
}

TEST_CASE("each service has its own exception for a throttle [botocore 1.43 service models]") {
    struct {
        std::string_view service;
        std::string_view words;
        std::string_view code; // empty: it has none
        int status;
    } const rows[]{
        {"cognito-idp", "throttle *", "TooManyRequestsException", 400},
        {"cognito-identity", "throttle *", "TooManyRequestsException", 400},
        {"iam", "throttle *", "Throttling", 400},
        {"iam", "throttle * code=RequestLimitExceeded", "RequestLimitExceeded", 400},
        {"sts", "throttle *", "Throttling", 400},
        {"iot", "throttle *", "ThrottlingException", 400},
        {"iotdata", "throttle *", "ThrottlingException", 429},
        {"logs", "throttle *", "ThrottlingException", 400},
        {"cognito-idp", "limit-exceeded *", "LimitExceededException", 400},
        {"iam", "limit-exceeded *", "LimitExceeded", 409},
        {"iot", "limit-exceeded *", "LimitExceededException", 410},
        {"iotdata", "limit-exceeded *", "", 0},
        {"cognito-idp", "internal-error *", "InternalErrorException", 500},
        {"iam", "internal-error *", "ServiceFailure", 500},
        {"iot", "internal-error *", "InternalFailureException", 500},
        {"iot", "unavailable *", "ServiceUnavailableException", 503},
    };
    for (auto const& row : rows) {
        auto const answer = error_of(row.service, rule(row.words));
        REQUIRE_MESSAGE(answer.has_value() == !row.code.empty(), row.service, " ", row.words);
        if (!answer)
            continue;
        CHECK_MESSAGE(answer->code == row.code, row.service, " ", row.words);
        CHECK_MESSAGE(answer->status == row.status, row.service, " ", row.words);
    }
}

TEST_CASE("/_cogniot/faults adds, lists, replaces and removes rules") {
    fault_plan plan;
    CHECK(ask(plan, "GET", "/_cogniot/faults").body == R"({"seed":1,"faults":[]})");
    CHECK(ask(plan, "POST", "/_cogniot/faults", "throttle iot:* 50%").status == 200);
    CHECK(ask(plan, "POST", "/_cogniot/faults", "throttle iot:* 20%").status == 200);
    CHECK(plan.all().size() == 2);
    CHECK(plan.all()[1].rule.name == "throttle-2");
    CHECK(ask(plan, "POST", "/_cogniot/faults",
              R"({"fault":"throttle","operation":"iam:*","name":"throttle-2"})")
              .status == 200);
    CHECK(plan.all().size() == 2);
    CHECK(plan.all()[1].rule.operation == "iam:*");
    auto const refused = ask(plan, "POST", "/_cogniot/faults", R"({"faults":[{"fault":"x"}]})");
    CHECK(refused.status == 400);
    CHECK(refused.body.find("faults[0].fault: `x` is no fault") != std::string::npos);
    CHECK(ask(plan, "POST", "/_cogniot/faults", "{").status == 400);
    CHECK(ask(plan, "DELETE", "/_cogniot/faults/throttle").status == 200);
    CHECK(ask(plan, "DELETE", "/_cogniot/faults/throttle").status == 404);
    CHECK(ask(plan, "PUT", "/_cogniot/faults", R"({"seed":7,"faults":["latency 1s"]})").status ==
          200);
    CHECK(plan.seed() == 7);
    CHECK(plan.all().size() == 1);
    CHECK(ask(plan, "PATCH", "/_cogniot/faults").status == 405);
    CHECK(ask(plan, "DELETE", "/_cogniot/faults").status == 200);
    CHECK(plan.is_empty());
    CHECK_FALSE(plan.has(fault_kind::latency));
    CHECK(!answer_faults(plan, {.target = "/_cogniot/faultsx"}, start));
    net::http_request page{.method = "POST", .target = "/_cogniot/faults", .body = "latency 1s"};
    page.headers.add("Origin", "https://example.com");
    CHECK(answer_faults(plan, page, start)->response.status == 403);
    CHECK(plan.is_empty());
}

TEST_CASE("rules that there is no room for change nothing, and say how many there are") {
    fault_plan plan;
    plan.set_seed(5);
    for (std::size_t i = 0; i + 1 < fault_plan::max_rules; ++i)
        plan.add(rule("latency 1ms name=rule-" + std::to_string(i)), start);
    auto const before = boost::json::serialize(plan.print(start));
    auto const refused = ask(plan, "POST", "/_cogniot/faults",
                             R"({"seed":9,"faults":["throttle iot:*","throttle iam:*"]})");
    CHECK(refused.status == 400);
    CHECK(refused.body == R"({"error":"there is room for 1000 rules, and 999 stand; none of these )"
                          R"(2 was added: remove some first"})");
    bool const is_as_before = boost::json::serialize(plan.print(start)) == before;
    CHECK(is_as_before);
    CHECK(plan.seed() == 5);
    CHECK_FALSE(plan.has(fault_kind::throttle));
    // One that takes the place of another needs no room.
    CHECK(ask(plan, "POST", "/_cogniot/faults",
              R"({"seed":9,"faults":["throttle iot:*","latency 2ms name=rule-7"]})")
              .status == 200);
    CHECK(plan.all().size() == fault_plan::max_rules);
    CHECK(plan.seed() == 9);
}

TEST_CASE("a rule without a name takes no name that another of its list has") {
    fault_plan plan;
    CHECK(ask(plan, "PUT", "/_cogniot/faults",
              R"({"faults":["throttle iot:*","throttle iam:* name=throttle"]})")
              .status == 200);
    REQUIRE(plan.all().size() == 2);
    CHECK(plan.all()[0].rule.name == "throttle-2");
    CHECK(plan.all()[1].rule.name == "throttle");
}

TEST_CASE(
    "whatever bytes the faults page is given, it answers UTF-8 and keeps no other [RFC 8259]") {
    fault_plan plan;
    for (std::string_view const body :
         {"latency 1s client=\xFF", "\xFF\xFE", "throttle \xC3", "{\"fault\":\"\xFF\"}",
          "{\"fault\":\"throttle\",\"\xFF\":1}", "{\"faults\":[\"\xFF\"]}", "{\xFF",
          "slow \xE2\x82"}) {
        auto const refused = ask(plan, "POST", "/_cogniot/faults", std::string(body));
        CHECK_MESSAGE(refused.status == 400, refused.body);
        CHECK_MESSAGE(is_utf8(refused.body), printable(body));
    }
    // Sixty bytes end in the middle of a character.
    std::string euros = "x";
    for (int i = 0; i < 40; ++i)
        euros += "\xE2\x82\xAC";
    CHECK(is_utf8(ask(plan, "POST", "/_cogniot/faults", euros).body));
    for (auto const* name : {"%FF", "%C3", "\xFF", "%zz"}) {
        auto const refused = ask(plan, "DELETE", std::string("/_cogniot/faults/") + name);
        CHECK(refused.status == 404);
        CHECK_MESSAGE(is_utf8(refused.body), name);
    }
    CHECK(plan.is_empty());
}

} // namespace cogniot::local
