// `--settings FILE` and the clock that can be turned.
#include "json/parse.hpp"
#include "local/clock_page.hpp"
#include "local/settings.hpp"
#include "support/temporary_directory.hpp"

#include <boost/json/object.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <string>
#include <string_view>

using namespace cogniot;

namespace {

result<local::settings> parse(std::string_view text) {
    return local::parse_settings(json::parse_object(text).value());
}

} // namespace

TEST_CASE("settings are AWS's, but for what is said") {
    auto const some = parse(R"({"publishes_per_second":100,"max_subscriptions":5,
                                "opaque_403":true,"connect_denied_311":"connack_7",
                                "retransmit_seconds":7,"max_topic_slashes":3})")
                          .value();
    CHECK(some.broker.publishes_per_second == 100);
    CHECK(some.broker.max_subscriptions == 5);
    CHECK(some.broker.max_filters_per_subscribe == broker::aws_profile().max_filters_per_subscribe);
    CHECK(some.broker.connect_denied_311 == broker::profile::connect_denied::connack_7);
    CHECK(some.broker.retransmit_after == std::chrono::seconds(7));
    CHECK(some.broker.topics.max_slashes == 3);
    CHECK(some.broker.aws);
    CHECK(some.upgrade.opaque_403);
    CHECK(parse("{}").value().broker.publishes_per_second == 0);
}

// @source AWS General Reference, "AWS IoT Core endpoints and quotas"; spec iot-broker 7
TEST_CASE("enforce_rates is AWS's rates; those that are named beside it count") {
    auto const all = parse(R"({"connects_per_second":5,"enforce_rates":true})").value();
    CHECK(all.broker.connects_per_second == 5);
    CHECK(all.broker.connects_per_client_id == 1);
    CHECK(all.broker.publishes_per_second == 100);
    CHECK(all.broker.account_publishes_per_second == 20'000);
    CHECK(all.broker.subscriptions_per_second == 3'000);
    CHECK(all.broker.queued_per_second == 500);
    CHECK(all.broker.retained_per_second == 500);
    CHECK(all.broker.retained_per_topic == 1);
    CHECK(all.services.shadow_requests_in_flight == 10);
    CHECK(all.services.connection_calls_per_second == 100);
    CHECK(parse(R"({"enforce_rates":false})").value().broker.publishes_per_second == 0);
}

TEST_CASE("every setting takes its own default and is one of its kind") {
    std::set<std::string_view> names;
    for (auto const& one : local::all_settings()) {
        CHECK_MESSAGE(names.insert(one.name).second, one.name);
        CHECK_MESSAGE(!one.meaning.empty(), one.name);
        bool const is_word = one.fallback.find_first_not_of("0123456789") != std::string::npos &&
                             one.fallback != "true" && one.fallback != "false";
        auto const value = is_word ? "\"" + one.fallback + "\"" : one.fallback;
        auto const taken = parse("{\"" + std::string(one.name) + "\":" + value + "}");
        CHECK_MESSAGE(taken.has_value(), one.name, " ", value);
    }
}

TEST_CASE("a setting that cannot be is refused with what can be") {
    struct {
        std::string_view id;
        std::string_view text;
        std::string_view says;
    } const rows[]{
        {"unknown", R"({"max_subscription":5})", "`max_subscription`; there are enforce_rates, "},
        {"text", R"({"max_subscriptions":"5"})", "`max_subscriptions` is 0 to "},
        {"negative", R"({"max_subscriptions":-1})", "`max_subscriptions` is 0 to "},
        {"fraction", R"({"max_subscriptions":1.5})", "`max_subscriptions` is 0 to "},
        {"above", R"({"max_payload_bytes":131073})",
         "`max_payload_bytes` is 0 to 131072, not 131073"},
        {"below", R"({"max_in_flight":0})", "`max_in_flight` is 1 to "},
        {"flag", R"({"opaque_403":1})", "`opaque_403` is true or false, not 1"},
        {"word", R"({"receive_denied":"hide"})", "`receive_denied` is drop, close, not "},
        {"contradiction", R"({"min_keep_alive_seconds":100,"max_keep_alive_seconds":50})",
         "`min_keep_alive_seconds` (100) is more than `max_keep_alive_seconds` (50)"},
        {"beside a default", R"({"max_keep_alive_seconds":29})",
         "`min_keep_alive_seconds` (30 unless it is set) is more than `max_keep_alive_seconds` "
         "(29): "
         "set the first to 29 at most, or the second to 30 at least"},
        {"a payload that no packet carries",
         R"({"max_packet_bytes":2048,"max_payload_bytes":4096})",
         "`max_payload_bytes` (4096) is more than `max_packet_bytes` (2048)"},
        {"all", R"({"enforce_rates":"yes"})", "`enforce_rates` is true or false"},
    };
    for (auto const& row : rows) {
        auto const made = parse(row.text);
        REQUIRE_MESSAGE(!made.has_value(), row.id);
        CHECK_MESSAGE(made.error().message().find(row.says) != std::string::npos, row.id, ": ",
                      made.error().message());
    }
}

TEST_CASE("a settings file may be YAML, and what is wrong has a place") {
    test::temporary_directory in;
    auto const path = in.path() / "settings.yaml";
    std::ofstream(path) << "# a test\nmax_subscriptions: 5\nopaque_403: true\n";
    auto const read = local::read_settings(path).value();
    CHECK(read.broker.max_subscriptions == 5);
    CHECK(read.upgrade.opaque_403);
    std::ofstream(path) << "max_subscriptions: 5\nopaque: true\n";
    auto const wrong = local::read_settings(path);
    REQUIRE(!wrong.has_value());
    CHECK(wrong.error().message().find("settings.yaml:2:") != std::string::npos);
    CHECK(!local::read_settings(in.path() / "none").has_value());
}

TEST_CASE("the clock goes where it is told to") {
    struct {
        std::string_view id;
        std::string_view method;
        std::string_view target;
        int status;
        long long offset;
    } const rows[]{
        {"get", "GET", "/_cogniot/clock", 200, 10},
        {"minutes", "POST", "/_cogniot/clock?advance=61m", 200, 3670},
        {"plus", "POST", "/_cogniot/clock?advance=%2B1h", 200, 3610},
        {"raw-plus", "POST", "/_cogniot/clock?advance=+1h", 200, 3610},
        {"back", "POST", "/_cogniot/clock?advance=-1h", 200, -3590},
        {"offset", "POST", "/_cogniot/clock?offset=7", 200, 7},
        {"behind", "POST", "/_cogniot/clock?offset=-7", 200, -7},
        {"reset", "POST", "/_cogniot/clock?offset=0", 200, 0},
        {"instant", "POST", "/_cogniot/clock?to=tomorrow", 400, 10},
        {"far-back", "POST", "/_cogniot/clock?offset=-9999999999", 400, 10},
        {"nothing", "POST", "/_cogniot/clock", 400, 10},
        {"words", "POST", "/_cogniot/clock?advance=soon", 400, 10},
        {"far", "POST", "/_cogniot/clock?advance=99999d", 400, 10},
        {"method", "DELETE", "/_cogniot/clock", 405, 10},
    };
    for (auto const& row : rows) {
        local::clock time(std::chrono::seconds(10));
        auto const answer = local::answer_clock(
            time, {.method = std::string(row.method), .target = std::string(row.target)});
        REQUIRE_MESSAGE(answer.has_value(), row.id);
        CHECK_MESSAGE(answer->status == row.status, row.id);
        CHECK_MESSAGE(time.offset().count() == row.offset, row.id);
    }
    local::clock time;
    CHECK(local::answer_clock(
              time, {.method = "POST", .target = "/_cogniot/clock?to=2036-01-02T03:04:05Z"})
              ->status == 200);
    CHECK(print_extended(time.now()) == "2036-01-02T03:04:05Z");
    time.set_offset({});
    CHECK(!local::answer_clock(time, {.target = "/_cogniot/info"}));
    net::http_request page{.method = "POST", .target = "/_cogniot/clock?advance=1h"};
    page.headers.add("Origin", "https://example.com");
    CHECK(local::answer_clock(time, page)->status == 403);
    CHECK(time.offset().count() == 0);
}
