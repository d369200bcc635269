// The article's job as a program: a Cognito user signs in and switches a device off.
//
//     COGNIOT_CONFIG=cogniot.yaml COGNIOT_USERNAME=alice COGNIOT_PASSWORD=… publish_as_user
//     device_1
//
// The same program works against AWS and against the local cloud: only the configuration differs.
#include "client/aws_wiring.hpp"
#include "client/errors.hpp"
#include "client/flow.hpp"
#include "client/mqtt_link.hpp"
#include "client/transports.hpp"
#include "crypto/random.hpp"

#include <cstdlib>
#include <iostream>

using namespace cogniot;
using namespace cogniot::client;

namespace {

std::string variable(char const* name) {
    char const* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// Endpoints, region and CA as AWS's own tools find them; pools and policy from our YAML file.
result<user_flow::parts> prepare(net::loop& loop, aws_config const& aws,
                                 setting_values const& values) {
    auto job = check_settings(values, reach::publish);
    if (!job)
        return job.error();
    auto endpoints = find_endpoints(aws, values);
    if (!endpoints)
        return endpoints.error();
    auto trust = find_trust(aws);
    if (!trust)
        return trust.error();
    return user_flow::parts{.on = loop,
                            .trust = *trust,
                            .aws = *endpoints,
                            .job = *job,
                            .around = real_clock_and_chance()};
}

net::task<result<publish_outcome>> switch_off(net::loop& loop, user_flow& user, std::string thing) {
    auto bringing = user.bring_up(
        {variable("COGNIOT_USERNAME"), secret(variable("COGNIOT_PASSWORD"))}, reach::publish);
    auto up = co_await std::move(bringing);
    if (!up)
        co_return up.error();
    mqtt_link link(loop, {.client_id = user.identity().text}, open_presigned_websocket(user),
                   crypto::system_random());
    auto connecting = link.connect();
    auto connected = co_await std::move(connecting);
    if (!connected)
        co_return connected.error();
    auto publishing = link.publish({.topic = "$aws/things/" + thing + "/shadow/update",
                                    .payload = R"({"state":{"desired":{"power":"OFF"}}})"},
                                   std::chrono::seconds(30));
    auto const outcome = co_await std::move(publishing);
    auto closing = link.close();
    co_await std::move(closing);
    co_return outcome;
}

} // namespace

int main(int argc, char** argv) {
    auto const values = read_config_file(variable("COGNIOT_CONFIG"));
    auto const aws = aws_config::load(process_surroundings());
    if (argc != 2 || !values || !aws) {
        std::cerr << "usage: COGNIOT_CONFIG=FILE … publish_as_user THING\n";
        return 2;
    }
    net::loop loop;
    auto parts = prepare(loop, *aws, *values);
    if (!parts) {
        std::cerr << parts.error() << "\n";
        return 2;
    }
    net::http_client http(loop, parts->trust);
    backend_credentials backend(loop, http, *aws);
    parts->backend = source_of(backend);
    user_flow user(std::move(*parts));
    result<publish_outcome> done = fail(errc::stopped);
    loop.run_until_done([&]() -> net::task<void> {
        auto switching = switch_off(loop, user, argv[1]);
        done = co_await std::move(switching);
    });
    if (!done || done->how != publish_outcome::kind::delivered) {
        std::cerr << (done ? done->why : done.error()) << "\n";
        return 1;
    }
    std::cout << "the broker acknowledged it\n";
    return 0;
}
