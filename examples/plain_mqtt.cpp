// The MQTT link without Cognito: any broker, one message out, one in.
//
//     plain_mqtt localhost 1883
//
// The link reconnects, restores the subscription, and tells how every publish ended.
#include "client/errors.hpp"
#include "client/mqtt_link.hpp"
#include "client/transports.hpp"
#include "crypto/random.hpp"

#include <cstdlib>
#include <iostream>

using namespace cogniot;
using namespace cogniot::client;
using namespace std::chrono_literals;

namespace {

net::task<result<void>> say_hello(net::loop& loop, net::origin broker) {
    net::signal arrived(loop);
    mqtt_link link(
        loop,
        {.client_id = "cogniot-example", .clean_session = true, .failures_allowed_at_first = 3},
        open_plain_mqtt(std::move(broker), nullptr), crypto::system_random(),
        {.on_message = [&](received_message const& m) {
            std::cout << m.topic << ": " << m.payload << "\n";
            arrived.notify();
            return reception::taken;
        }});
    auto connecting = link.connect();
    auto const connected = co_await std::move(connecting);
    if (!connected)
        co_return connected.error();

    std::vector<topic_request> wanted{{"cogniot/example", mqtt::qos::at_least_once}};
    auto subscribing = link.subscribe(std::move(wanted), 5s);
    for (auto const& outcome : co_await std::move(subscribing))
        if (!outcome.granted)
            co_return outcome.why;

    auto publishing = link.publish({.topic = "cogniot/example", .payload = "hello"}, 5s);
    auto const outcome = co_await std::move(publishing);
    if (outcome.how != publish_outcome::kind::delivered)
        co_return outcome.why;
    auto waiting = arrived.wait(5s);
    bool const is_awake = co_await std::move(waiting);
    if (!is_awake)
        co_return fail(errc::no_answer_in_time, "the message did not come back");
    auto closing = link.close();
    co_await std::move(closing);
    co_return result<void>();
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: plain_mqtt HOST PORT\n";
        return 2;
    }
    net::origin const broker{
        .tls = false, .host = argv[1], .port = static_cast<std::uint16_t>(std::atoi(argv[2]))};
    net::loop loop;
    result<void> done;
    loop.run_until_done([&]() -> net::task<void> {
        auto saying = say_hello(loop, broker);
        done = co_await std::move(saying);
    });
    if (!done)
        std::cerr << done.error() << "\n";
    return done ? 0 : 1;
}
