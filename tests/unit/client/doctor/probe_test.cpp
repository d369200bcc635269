#include "client/doctor/probe.hpp"
#include "client/errors.hpp"
#include "support/scripted_broker.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace cogniot;
using namespace cogniot::client;
using namespace cogniot::client::doctor;
using test::scripted_broker;

namespace {

void run(std::vector<scripted_broker::script> scripts,
         std::function<net::task<void>(scripted_broker&, probe&)> body) {
    net::loop loop;
    loop.run_until_done([&]() -> net::task<void> {
        scripted_broker broker(loop, scripts);
        auto const open = open_plain_mqtt(broker.where(), nullptr);
        probe with([&open] { return open({}); }, {.client_id = "c"});
        auto running = body(broker, with);
        co_await std::move(running);
        auto stopping = broker.stop();
        co_await std::move(stopping);
    });
}

} // namespace

TEST_CASE("a hang-up is told by the packet it followed (spec iot-broker 1.7, 4.6)") {
    run({{.refuses_connect = true}}, [](scripted_broker&, probe& p) -> net::task<void> {
        auto connecting = p.connect();
        auto const refused = co_await std::move(connecting);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == make_error_code(errc::connect_denied));
        CHECK_FALSE(p.is_connected());
    });
    run({{.hang_up_on_topic = "t"}}, [](scripted_broker&, probe& p) -> net::task<void> {
        auto connecting = p.connect();
        CHECK((co_await std::move(connecting)).has_value());
        auto publishing = p.publish({.topic = "t"});
        auto const refused = co_await std::move(publishing);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == make_error_code(errc::publish_denied));
        CHECK(refused.error().detail.find("hung up on") != std::string::npos);
        CHECK_FALSE(p.is_connected());
    });
}

TEST_CASE("connect, publish, subscribe and leave: what was sent, in order") {
    run({{}}, [](scripted_broker& broker, probe& p) -> net::task<void> {
        auto connecting = p.connect();
        auto const present = co_await std::move(connecting);
        REQUIRE(present.has_value());
        CHECK_FALSE(*present);
        auto publishing = p.publish({.topic = "t", .payload = "x"});
        CHECK((co_await std::move(publishing)).has_value());
        auto subscribing = p.subscribe("f/#");
        CHECK((co_await std::move(subscribing)).has_value());
        auto leaving = p.leave();
        co_await std::move(leaving);
        CHECK_FALSE(p.is_connected());
        auto again = p.connect();
        CHECK((co_await std::move(again)).has_value());
        CHECK(broker.seen() == std::vector<std::string>{"CONNECT", "PUBLISH t", "UNSUBSCRIBE f/#",
                                                        "DISCONNECT", "CONNECT"});
    });
}

TEST_CASE("an endpoint where nobody listens is a failure of the transport") {
    net::loop loop;
    loop.run_until_done([&]() -> net::task<void> {
        auto const open = open_plain_mqtt({.tls = false, .host = "127.0.0.1", .port = 1}, nullptr);
        probe p([&open] { return open({}); }, {.client_id = "c", .clean_session = true});
        auto connecting = p.connect();
        auto const failed = co_await std::move(connecting);
        REQUIRE_FALSE(failed.has_value());
        CHECK(failed.error().code == net::make_error_code(net::errc::connection_refused));
    });
}
