#include "client/errors.hpp"
#include "client/transports.hpp"
#include "support/flow_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cogniot;
using namespace cogniot::client;
using test::flow_bench;

namespace {

/// A user whose policy is remembered as attached, and an IoT endpoint where nobody listens.
void with_remembered_policy(std::function<net::task<void>(flow_bench&, transport_opener)> body) {
    test::run_flow([&](flow_bench& b) -> net::task<void> {
        b.cloud.on_article("r:1");
        auto parts = b.parts();
        parts.job.iot_endpoint = {.tls = false, .host = "127.0.0.1", .port = 1};
        user_flow first(parts);
        auto bringing = first.bring_up({"alice", secret("pw")}, reach::publish);
        auto const up = co_await std::move(bringing);
        CHECK(up.has_value());
        user_flow second(std::move(parts));
        auto again = second.bring_up({"alice", secret("pw")}, reach::publish);
        auto const up_again = co_await std::move(again);
        CHECK(up_again.has_value());
        auto running = body(b, open_presigned_websocket(second));
        co_await std::move(running);
    });
}

std::ptrdiff_t attached(flow_bench const& b) {
    auto const& asked = b.cloud.asked();
    return std::count(asked.begin(), asked.end(), "AttachPolicy");
}

} // namespace

TEST_CASE("a remembered policy is attached for real after a denied connect, not after a lost one") {
    with_remembered_policy([](flow_bench& b, transport_opener open) -> net::task<void> {
        CHECK(attached(b) == 1);
        for (auto const& harmless : {error{}, fail(errc::hung_up), fail(errc::ping_unanswered)}) {
            auto opening = open(harmless);
            (void)co_await std::move(opening);
        }
        CHECK(attached(b) == 1);
        auto opening = open(fail(errc::connect_denied));
        (void)co_await std::move(opening);
        CHECK(attached(b) == 2);
        auto once_more = open(fail(errc::connect_denied));
        (void)co_await std::move(once_more);
        CHECK(attached(b) == 2); // it is attached for certain now
    });
}

TEST_CASE("an attach that fails after a denied connect does not end the link") {
    with_remembered_policy([](flow_bench& b, transport_opener open) -> net::task<void> {
        b.cloud.forget("AttachPolicy");
        b.cloud.on("AttachPolicy", 403,
                   R"({"__type":"ExpiredTokenException","message":"The security token expired"})");
        auto opening = open(fail(errc::connect_denied));
        auto const opened = co_await std::move(opening);
        REQUIRE(opened.failure);
        CHECK(opened.failure->how == happened::transport_failed::kind::network);
        CHECK(opened.failure->why.code == net::make_error_code(net::errc::connection_refused));
    });
}
