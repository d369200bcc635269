// `--limits FILE` and the clock that can be turned.
#include "local/clock_page.hpp"
#include "local/limits.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace cogniot;

TEST_CASE("limits are AWS's, but for what the file says") {
    auto const limits =
        local::parse_limits(R"({"publishes_per_second":100,"max_subscriptions":5})").value();
    CHECK(limits.publishes_per_second == 100);
    CHECK(limits.max_subscriptions == 5);
    CHECK(limits.max_filters_per_subscribe == broker::aws_profile().max_filters_per_subscribe);
    CHECK(limits.aws);
    CHECK(local::parse_limits("{}").value().publishes_per_second == 0);
}

TEST_CASE("a limit that cannot be is refused with what can be") {
    struct {
        std::string_view id;
        std::string_view text;
        std::string_view says;
    } const rows[]{
        {"unknown", R"({"max_subscription":5})", "`max_subscription`; there are "},
        {"text", R"({"max_subscriptions":"5"})", "`max_subscriptions` is 0 to "},
        {"negative", R"({"max_subscriptions":-1})", "`max_subscriptions` is 0 to "},
        {"fraction", R"({"max_subscriptions":1.5})", "`max_subscriptions` is 0 to "},
        {"above", R"({"max_payload_bytes":131073})", "`max_payload_bytes` is 0 to 131072"},
        {"json", R"({"max_subscriptions":5,})", "line 1, column "},
    };
    for (auto const& row : rows) {
        auto const limits = local::parse_limits(row.text);
        REQUIRE_MESSAGE(!limits.has_value(), row.id);
        CHECK_MESSAGE(limits.error().message().find(row.says) != std::string::npos, row.id, ": ",
                      limits.error().message());
    }
}

TEST_CASE("the clock goes on when it is told to, and back for nobody") {
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
        {"back", "POST", "/_cogniot/clock?advance=-1h", 400, 10},
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
    CHECK(!local::answer_clock(time, {.target = "/_cogniot/info"}));
    net::http_request page{.method = "POST", .target = "/_cogniot/clock?advance=1h"};
    page.headers.add("Origin", "https://example.com");
    CHECK(local::answer_clock(time, page)->status == 403);
    CHECK(time.offset().count() == 0);
}
